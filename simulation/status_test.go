package simulation

import (
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// publish sends the pod's status as it is now; it arrives later, in order.
func (w *world) publish(p *pod) {
	if p.gone || !p.reachable() {
		return
	}
	sent := w.survey(p)
	w.changed(p)
	lag := w.span("status", p.uid, time.Millisecond, 80*time.Millisecond)
	if w.strikes("stale status", p.uid) {
		lag = w.span("stale status", p.uid, 3*time.Second, 5*time.Second)
	}
	at := time.Now().Add(lag)
	if !at.After(p.kubelet.lastSent) {
		at = p.kubelet.lastSent.Add(1)
	}
	p.kubelet.lastSent = at
	w.after(time.Until(at), func() { w.arrive(p, sent) })
}

// survey is the status as the kubelet makes it up. Generation goes ahead of
// the containers by itself: it is sent when the spec is seen.
func (w *world) survey(p *pod) status {
	s := status{observed: p.kubelet.generation}
	up := p.node != nil
	for _, b := range p.boxes {
		s.boxes = append(s.boxes, b.shown())
		up = up && (b.init || b.program.running && b.program.up)
	}
	p.kubelet.containers = turned(p.kubelet.containers, up)
	p.kubelet.ready = turned(p.kubelet.ready, up && p.kubelet.door)
	s.containers, s.ready = p.kubelet.containers, p.kubelet.ready
	return s
}

// turned is a condition after it was looked at again.
func turned(c reconciler.Condition, is bool) reconciler.Condition {
	if c.True == is && !c.Since.IsZero() {
		return c
	}
	return reconciler.Condition{True: is, Since: time.Now().Truncate(time.Second)}
}

// arrive is a status that reaches the API server.
func (w *world) arrive(p *pod, s status) {
	if p.gone || p.node.down || p.status.equal(s) {
		return
	}
	p.status = s
	w.store(p)
}

func (s status) equal(other status) bool {
	if s.observed != other.observed || s.ready != other.ready || s.containers != other.containers || len(s.boxes) != len(other.boxes) {
		return false
	}
	for i := range s.boxes {
		if s.boxes[i] != other.boxes[i] {
			return false
		}
	}
	return true
}
