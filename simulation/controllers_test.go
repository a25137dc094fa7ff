package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// workload owns pods. Its controller makes and removes them; nobody but us touches
// its template.
type workload struct {
	name, kind string
	replicas   int
	boxes      []box // the shape of its pods
	owner      owner
	gated      func(n int) bool
	stateful   bool          // a pod made anew has the name of the one before
	rewritten  bool          // a webhook gives its images another name
	slow       bool          // its programs take their time to stop
	stop       time.Duration // terminationGracePeriodSeconds
	minReady   time.Duration // minReadySeconds
	quota      int           // pods that it may have at most, 0 for any number
	refused    bool          // a pod could not be made: it is tried again
	born       int
}

// image is what the template names for a container.
func (work *workload) image(container string) string {
	image, _ := spec.ImageFor(work.owner.images, container)
	return image
}

func (w *world) workload(name string) *workload {
	for _, work := range w.workloads {
		if work.name == name {
			return work
		}
	}
	return nil
}

// owned are a workload's pods that are not on their way out.
func (w *world) owned(work *workload) []*pod {
	return slices.DeleteFunc(w.living(), func(p *pod) bool { return p.work != work || p.terminating })
}

// control has the controller look at its pods, after a while.
func (w *world) control(work *workload) {
	w.after(w.span("controller", work.name, 5*time.Millisecond, 300*time.Millisecond), func() {
		pods := w.owned(work)
		for i := len(pods); i > work.replicas; i-- {
			w.remove(pods[i-1])
		}
		for i := w.present(work); i < work.replicas && work.kind != "Pod"; i++ {
			if w.keepsAway(work) {
				w.tryAgain(work)
				break
			}
			w.bear(work)
		}
		w.controlOwner(work)
	})
}

// scale is somebody, or an autoscaler, who wants another number of pods.
func (w *world) scale(work *workload, replicas int) {
	work.replicas = replicas
	w.tell("%s is scaled to %d", work.name, work.replicas)
	w.storeOwner(work)
	w.control(work)
}

// present are a workload's pods that stand in the way of others: of a StatefulSet
// those that terminate as well.
func (w *world) present(work *workload) int {
	if work.stateful {
		return len(w.existing(work))
	}
	return len(w.owned(work))
}

// existing are all its pods that are not gone.
func (w *world) existing(work *workload) []*pod {
	return slices.DeleteFunc(w.living(), func(p *pod) bool { return p.work != work })
}

// keepsAway reports whether a quota or an admission webhook refuses a new pod.
func (w *world) keepsAway(work *workload) bool {
	if work.quota > 0 && len(w.existing(work)) >= work.quota {
		w.count("pod kept away by a quota")
		return true
	}
	return w.strikes("pod refused", work.name)
}

func (w *world) tryAgain(work *workload) {
	if work.refused {
		return
	}
	work.refused = true
	w.after(w.span("refused", work.name, time.Second, 15*time.Second), func() {
		work.refused = false
		w.control(work)
	})
}

// bear makes a pod from the template: not scheduled, its gate without a condition.
func (w *world) bear(work *workload) *pod {
	name := work.name + "-" + itoa(work.born)
	if work.stateful {
		name = w.freeName(work)
	}
	p := &pod{
		name: name, uid: "uid-" + work.name + "-" + itoa(work.born), work: work, generation: 1,
		stop: work.stop, slow: work.slow, served: map[string]time.Time{}, written: map[string]bool{}, corrections: map[string]int{}, born: time.Now(), had: map[string]bool{}, unready: time.Now(),
		kubelet: kubelet{images: map[string]string{}},
	}
	if work.gated(work.born) {
		p.gate = reconciler.GateType
	}
	images, label := work.bornOf()
	p.label, p.labelSeen = label, label
	for _, b := range work.boxes {
		b.image, _ = spec.ImageFor(images, b.name)
		p.boxes = append(p.boxes, &b)
		p.had[b.name+"="+plain(b.image)] = true
	}
	work.born++
	w.pods = append(w.pods, p)
	w.book.pods[p.uid] = p
	if time.Since(w.begin) == 0 {
		w.grown(p)
		return p
	}
	w.tell("controller: pod %s is born on %s", p.name, p.boxes[len(p.boxes)-1].image)
	w.store(p)
	if w.strikes("never scheduled", p.uid) {
		return p
	}
	w.after(w.span("schedule", p.uid, 5*time.Millisecond, 500*time.Millisecond), func() { w.schedule(p) })
	return p
}

func (w *world) freeName(work *workload) string {
	for i := 0; ; i++ {
		name := work.name + "-" + itoa(i)
		if !slices.ContainsFunc(w.living(), func(p *pod) bool { return p.name == name && p.work == work }) {
			return name
		}
	}
}

// grown makes a pod of long ago: it serves since before the run.
func (w *world) grown(p *pod) {
	long := w.begin.Add(-time.Hour)
	p.node, p.taken = w.nodes[w.pick("node", p.uid, len(w.nodes))], p.born
	if p.gate != "" {
		p.door = &reconciler.Condition{True: true, Since: long}
	}
	for _, b := range p.boxes {
		b.program = program{
			image: b.image, id: "containerd://" + p.uid + "-" + b.name, shown: p.node.nameOf(b.image), running: true, up: true, begun: true, since: long,
		}
		p.kubelet.images[b.name] = b.image
	}
	ready := reconciler.Condition{True: true, Since: long}
	p.kubelet.generation, p.kubelet.door, p.kubelet.ready, p.kubelet.containers = 1, true, ready, ready
	p.status = w.survey(p)
	p.unready = time.Time{}
	w.changed(p)
	for image := range p.served {
		p.served[image] = long
	}
}

func (w *world) schedule(p *pod) {
	if p.gone || p.node != nil {
		return
	}
	up := slices.DeleteFunc(slices.Clone(w.nodes), func(n *node) bool { return !n.ready || n.down })
	if len(up) == 0 {
		w.after(w.span("schedule", p.uid, time.Second, 5*time.Second), func() { w.schedule(p) })
		return
	}
	p.node, p.taken = one(&w.chance, "node", p.uid, up...), time.Now()
	for _, b := range p.boxes {
		b.program.waiting = "ContainerCreating"
		if b.init {
			b.program = program{image: b.image, id: "containerd://" + p.uid + "-" + b.name, shown: b.image}
		}
	}
	w.store(p)
	w.notice(p)
}

// remove deletes a pod: it terminates, then it is gone, and its controller
// makes another.
func (w *world) remove(p *pod) {
	if p.terminating {
		return
	}
	w.tell("pod %s is deleted", p.name)
	p.terminating, p.ending = true, time.Now()
	w.store(p)
	ends := w.span("terminate", p.uid, 100*time.Millisecond, 12*time.Second)
	if w.strikes("slow end", p.uid) {
		ends = w.span("slow end", p.uid, 12*time.Second, 2*time.Minute)
	}
	w.after(ends, func() {
		p.gone = true
		w.store(p)
		w.control(p.work)
	})
	w.control(p.work)
}

// lose cuts a node off; its pods run on, unseen.
func (w *world) lose(n *node) {
	if n.down {
		return
	}
	n.down = true
	w.tell("node %s is lost", n.name)
	w.after(w.span("node monitor", n.name, 500*time.Millisecond, 40*time.Second), func() {
		if n.down {
			w.setNode(n, false)
		}
	})
}

// setNode is what the node controller writes: pods of a node that is not Ready
// are not.
func (w *world) setNode(n *node, ready bool) {
	if n.ready == ready {
		return
	}
	n.ready, n.since = ready, time.Now()
	w.tell("node %s Ready=%t", n.name, ready)
	if p, seen := w.process, n.seen(); p != nil {
		p.deliver(func() { p.nodes[n.name] = seen })
	}
	for _, p := range w.living() {
		if p.node == n && !ready && p.status.ready.True {
			p.status.ready = turned(p.status.ready, false)
			w.store(p)
		}
	}
}

// find brings a node back.
func (w *world) find(n *node) {
	if !n.down {
		return
	}
	n.down = false
	w.setNode(n, true)
	for _, p := range w.living() {
		if p.node == n {
			w.see(p)
			w.publish(p)
			w.sync(p)
		}
	}
}
