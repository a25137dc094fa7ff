package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// kubelet is what the kubelet of a pod's node knows of it and is at.
type kubelet struct {
	busy       bool
	generation int64             // of the spec that it has seen
	images     map[string]string // of that spec
	door       bool              // the gate as it has seen it
	ready      reconciler.Condition
	containers reconciler.Condition
	lastSent   time.Time // when its last status arrives
}

// notice has the kubelet see the pod's spec and gate, after a while.
func (w *world) notice(p *pod) {
	lag := w.span("notice", p.uid, 2*time.Millisecond, 120*time.Millisecond)
	if w.strikes("kubelet slow to notice", p.uid) {
		lag = w.span("slow notice", p.uid, 200*time.Millisecond, 900*time.Millisecond)
	}
	w.after(lag, func() { w.see(p) })
}

func (w *world) see(p *pod) {
	if p.gone || !p.reachable() {
		return
	}
	door := p.gate == "" || p.door != nil && p.door.True
	if p.kubelet.generation == p.generation && p.kubelet.door == door {
		return
	}
	p.kubelet.generation, p.kubelet.door = p.generation, door
	for _, b := range p.boxes {
		p.kubelet.images[b.name] = w.heard(p, b)
	}
	w.publish(p)
	w.sync(p)
}

// heard is what the kubelet takes a container's image to be. Seldom it sees no
// difference to the one that runs, nor will it, until something else restarts that. Of a
// container that had not been published when it was patched nobody could tell.
func (w *world) heard(p *pod, b *box) string {
	if b.deaf == b.image {
		return p.kubelet.images[b.name]
	}
	b.deaf = ""
	busy := p.kubelet.busy || p.kubelet.images[b.name] != b.program.image || !b.program.running
	unknown := slices.ContainsFunc(p.marks, func(m reconciler.Mark) bool { return m.Container == b.name && m.ContainerID == "" })
	if b.init || busy || unknown || b.image == b.program.image || !w.strikes("patch not acted on", p.uid) {
		return b.image
	}
	w.tell("kubelet: %s/%s runs on, and %s makes no difference", p.name, b.name, b.image)
	b.deaf = b.image
	return b.program.image
}

// sync kills what runs another image, then pulls and starts, one pod worker
// after the other: what comes meanwhile waits, and is not coalesced.
func (w *world) sync(p *pod) {
	if p.kubelet.busy || p.gone || p.terminating || !p.reachable() {
		return
	}
	var stale []*box
	var kill time.Duration
	for _, b := range p.boxes {
		if !b.init && b.program.image != p.kubelet.images[b.name] {
			stale = append(stale, b)
			kill += w.stopping(p, b)
		}
	}
	if len(stale) == 0 {
		return
	}
	p.kubelet.busy = true
	wanted := map[string]string{}
	for _, b := range stale {
		wanted[b.name] = p.kubelet.images[b.name]
	}
	w.after(kill, func() {
		for _, b := range stale {
			w.kill(p, b, wanted[b.name])
		}
		w.publish(p)
		w.pull(p, stale)
	})
}

// stopping is how long the old program runs on, Ready all the while.
func (w *world) stopping(p *pod, b *box) time.Duration {
	if !b.program.running {
		return w.span("kill", p.uid, time.Millisecond, 5*time.Millisecond)
	}
	if p.slow {
		w.count("graceful stop")
		return w.span("kill", p.uid, 2*time.Second, p.stop)
	}
	return w.span("kill", p.uid, 50*time.Millisecond, 300*time.Millisecond)
}

func (w *world) kill(p *pod, b *box, next string) {
	w.tell("kubelet: %s/%s is stopped", p.name, b.name)
	b.program.running, b.program.up = false, false
	b.program.image, b.deaf = next, ""
	b.program.waiting, b.program.message = "ContainerCreating", ""
	w.changed(p)
}

// pull fetches the images, one after the other, then starts what came.
func (w *world) pull(p *pod, boxes []*box) {
	var took time.Duration
	for _, b := range boxes {
		took += w.span("pull", p.uid, 10*time.Millisecond, 400*time.Millisecond)
		if w.strikes("slow pull", p.uid) {
			took += w.span("slow pull", p.uid, time.Second, 8*time.Second)
		}
		_ = b
	}
	w.after(took, func() {
		p.kubelet.busy = false
		for _, b := range boxes {
			w.pulled(p, b)
		}
		w.publish(p)
		w.sync(p)
	})
}

func (w *world) pulled(p *pod, b *box) {
	if p.gone || p.terminating {
		return
	}
	if manner(b.program.image, "bad") || p.node.jam {
		w.count("image cannot be pulled")
		b.program.message = "manifest unknown"
		b.program.waiting = one(&w.chance, "pull error", p.uid, "ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff")
		w.retry(p, b, b.program.image)
		return
	}
	w.start(p, b)
}

// retry pulls again later, unless something else is wanted by then.
func (w *world) retry(p *pod, b *box, image string) {
	w.after(w.span("backoff", p.uid, 5*time.Second, 20*time.Second), func() {
		if !p.gone && !p.kubelet.busy && b.program.image == image && !b.program.running && !manner(image, "crash") {
			w.pulled(p, b)
			w.publish(p)
		}
	})
}

// start makes a container anew.
func (w *world) start(p *pod, b *box) {
	b.program.restarts++
	b.program.id = "containerd://" + p.uid + "-" + b.name + "-" + itoa(b.program.restarts)
	b.program.shown = p.node.nameOf(b.program.image)
	b.program.running, b.program.up, b.program.begun, b.program.since = true, false, false, time.Now()
	b.program.waiting, b.program.message = "", ""
	w.changed(p)
	id := b.program.id
	w.after(w.startup(p, b), func() {
		if p.gone || b.program.id != id || !b.program.running {
			return
		}
		if manner(b.program.image, "crash") {
			w.crash(p, b, w.span("crash backoff", p.uid, 10*time.Second, 80*time.Second))
			return
		}
		b.program.up, b.program.begun = true, true
		w.tell("kubelet: %s/%s is up on %s", p.name, b.name, b.program.image)
		w.changed(p)
		w.publish(p)
	})
}

// startup is how long a program takes to be up.
func (w *world) startup(p *pod, b *box) time.Duration {
	switch {
	case manner(b.program.image, "hang"):
		w.count("image never ready")
		return 1000 * time.Hour
	case manner(b.program.image, "slow"):
		w.count("slow start")
		return w.span("startup", p.uid, 3*time.Second, 25*time.Second)
	}
	return w.span("startup", p.uid, 20*time.Millisecond, 1500*time.Millisecond)
}

// nameOf is what status.image says: the first name a digest had on the node.
func (n *node) nameOf(image string) string {
	digest := digestOf(image)
	if n.names[digest] == "" {
		n.names[digest] = registry + plain(image)
	}
	return n.names[digest]
}

// crash ends a program by itself; the kubelet starts it again.
func (w *world) crash(p *pod, b *box, again time.Duration) {
	b.program.running, b.program.up = false, false
	b.program.waiting = "CrashLoopBackOff"
	id := b.program.id
	w.count("container crashes")
	w.tell("kubelet: %s/%s crashes (%s)", p.name, b.name, b.program.image)
	w.changed(p)
	w.publish(p)
	w.after(again, func() {
		if !p.gone && !p.kubelet.busy && b.program.id == id && !b.program.running {
			if b.deaf != "" { // made anew from the spec
				p.kubelet.images[b.name], b.deaf = b.deaf, ""
			}
			b.program.image = p.kubelet.images[b.name]
			w.start(p, b)
			w.publish(p)
		}
	})
}
