package simulation

import (
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// pod is a pod as the API server has it, and as it truly is.
type pod struct {
	name, uid   string
	work        *workload
	node        *node // nil while it is not scheduled
	version     int
	generation  int64
	gate        string                // the gate it declares
	door        *reconciler.Condition // the gate's condition; nil while there is none
	marks       reconciler.Marks
	drain       *reconciler.DrainMark
	label       string // the revision it is said to be of,
	labelSeen   string // and that its controller knows of
	terminating bool
	ending      time.Time // since when it terminates
	gone        bool
	boxes       []*box
	stop        time.Duration
	slow        bool   // it shuts down gracefully, which takes seconds
	status      status // as last published

	kubelet  kubelet
	outing   *outing              // while it is under way by our doing
	served   map[string]time.Time // by image, when it was first served here
	unready  time.Time            // since when the API server shows it not Ready
	shut     time.Time            // since when its gate is closed
	denied   bool                 // a policy lets nobody patch it
	written  map[string]bool      // what we wrote, by attempt
	origins  map[origin]string    // what containers ran before a plan that was not completed since patched them
	had      map[string]bool      // "container=image", all that its spec ever asked for
	meddled  bool                 // somebody took away what we had noted on it
	noteless bool                 // somebody took away for which plan it is drained
	handled  bool                 // somebody changed its images
	left     string               // digest of a plan that was completed without it
	born     time.Time
	taken    time.Time // when a kubelet took it up
	leaving  bool      // it is about to be taken away

	corrections map[string]int // of what somebody else wrote, by attempt
	replaced    bool           // by somebody who drops our marks
}

// box is a container: what the spec asks for, and what runs.
type box struct {
	name, image   string
	init, sidecar bool
	startup       bool   // it has a startup probe
	writer        string // who wrote the image last
	writtenAt     time.Time
	strayed       time.Time // when somebody else wrote first since we last did
	program       program
	deaf          string // the image in which its kubelet sees no difference to the program's
}

// program is what truly runs in a container.
type program struct {
	image            string
	id, shown        string // the status's containerID and image
	running, up      bool   // up: its probes pass
	begun            bool   // they have passed since it started
	since            time.Time
	waiting, message string
	restarts         int
}

// status is what a kubelet publishes, as a whole.
type status struct {
	observed          int64
	ready, containers reconciler.Condition
	boxes             []reconciler.Container
}

func (p *pod) box(name string) *box {
	for _, b := range p.boxes {
		if b.name == name {
			return b
		}
	}
	return nil
}

// reachable tells whether its kubelet can be.
func (p *pod) reachable() bool { return p.node != nil && !p.node.down }

// truth tells whether every container that can runs what the spec asks for,
// and is up.
func (p *pod) truth() bool {
	return !slices.ContainsFunc(p.boxes, func(b *box) bool { return !b.init && !b.true() })
}

// true reports whether the container runs what the spec asks for, and is up.
func (b *box) true() bool { return b.program.image == b.image && b.program.running && b.program.up }

// content tells whether its kubelet has brought it to all that it sees a need for, and
// it is up.
func (p *pod) content() bool {
	return !slices.ContainsFunc(p.boxes, func(b *box) bool {
		return !b.init && (b.program.image != p.kubelet.images[b.name] || !b.program.running || !b.program.up)
	})
}

// deaf tells whether its kubelet has seen an image and does not act on it.
func (p *pod) deaf() bool {
	return slices.ContainsFunc(p.boxes, func(b *box) bool { return b.deaf != "" && b.deaf == b.image })
}

// view is the pod as an informer would show it.
func (p *pod) view() reconciler.Pod {
	v := reconciler.Pod{
		Name: p.name, UID: p.uid, ResourceVersion: itoa(p.version),
		Generation: p.generation, ObservedGeneration: p.status.observed, MinReady: p.work.minReady,
		Ready: p.status.ready, ContainersReady: p.status.containers.True,
		Gate: reconciler.Gate{Type: p.gate}, TerminationGrace: p.stop, Marks: p.marks, Drain: p.drain,
	}
	if p.node != nil {
		v.Node, v.Begun = p.node.name, p.taken.Truncate(time.Second)
	}
	if p.leaving {
		v.Leaving = "Eviction API"
	}
	if p.gate != "" && p.door != nil {
		v.Gate.Closed, v.Gate.Since = !p.door.True, p.door.Since
	}
	for _, b := range p.boxes {
		v.Containers = append(v.Containers, p.status.box(b))
	}
	return v
}

// box is a container's published status under its present spec.
func (s status) box(b *box) reconciler.Container {
	c := reconciler.Container{Name: b.name, Image: b.image, Init: b.init, Sidecar: b.sidecar}
	for _, shown := range s.boxes {
		if shown.Name == b.name {
			c = shown
			c.Image = b.image
		}
	}
	c.Writer, c.WrittenAt = b.writer, b.writtenAt.Truncate(time.Second)
	return c
}

// shown is a container's status as its kubelet knows it.
func (b *box) shown() reconciler.Container {
	p := b.program
	c := reconciler.Container{
		Name: b.name, Init: b.init, Sidecar: b.sidecar, ID: p.id, RunningImage: p.shown,
		Running: p.running && (p.begun || !b.startup), Waiting: p.waiting, Message: p.message,
	}
	if p.running {
		c.StartedAt = p.since.Truncate(time.Second)
	}
	if p.shown != "" {
		c.ImageID = "sha256:" + digestOf(p.shown)
	}
	if b.init {
		c.Running = false
	}
	return c
}

// marksBy are the marks of a plan, by its key.
func marksBy(marks reconciler.Marks, key string) reconciler.Marks {
	return slices.DeleteFunc(slices.Clone(marks), func(m reconciler.Mark) bool { return m.Plan != key })
}

// lastMark is when a plan last patched a pod, by its own account; zero for never.
func lastMark(marks reconciler.Marks, key string) time.Time {
	var last time.Time
	for _, m := range marksBy(marks, key) {
		if m.Time.After(last) {
			last = m.Time
		}
	}
	return last
}

// manner is how an image behaves: its tag says so.
func manner(image, manner string) bool { return strings.Contains(image, ":"+manner) }

// digestOf is equal for tags that differ in a trailing letter: two names of one
// image.
func digestOf(image string) string { return strings.TrimRight(plain(image), "x") }

func itoa(n int) string {
	const digits = "0123456789"
	if n < 10 {
		return digits[n : n+1]
	}
	return itoa(n/10) + digits[n%10:n%10+1]
}
