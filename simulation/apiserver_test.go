package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
)

var (
	errThrottled = fmt.Errorf("429: too many requests: %w", reconciler.ErrDenied)
	errInternal  = errors.New("500: etcdserver: leader changed")
	errLost      = errors.New("unexpected EOF")
	errInvalid   = fmt.Errorf("422: spec.containers[0].image: Required value: %w", reconciler.ErrDenied)
	errRefused   = fmt.Errorf("admission webhook \"policy.example.com\" denied the request: %w", reconciler.ErrDenied)
)

// Observe shows the plan's pods and record as the informers know them, never
// older than our own writes.
func (p *process) Observe(_ context.Context, plan reconciler.Plan) (reconciler.Observed, error) {
	p.hold(plan.Key().String())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return reconciler.Observed{}, errDead
	}
	p.looks++
	if p.spins() {
		return reconciler.Observed{}, errDead
	}
	observed := reconciler.Observed{}
	work := p.workload(plan.Spec.Target.Name)
	if work == nil {
		observed.Missing = plan.Spec.Target.Kind + " " + plan.Spec.Target.Name + " does not exist"
	}
	if work != nil {
		observed.Pods = p.podsOf(work)
	}
	p.shuffle(observed.Pods)
	if work != nil && work.kind != "Pod" {
		observed.Owners = []align.Owner{p.ownerOf(work, observed.Pods)}
	} else if work != nil {
		observed.Ending = p.ending(work)
	}
	observed.Budgets = p.budgetsOf(observed.Pods)
	if r := p.record(plan.Key()); r != nil {
		observed.Status, observed.Request = r.status, r.request
		observed.Mirrored = r.mirrors(plan) && !r.heeded()
	}
	p.decided[plan.Key()] = &decision{plan: plan, observed: observed, begun: map[string]bool{}}
	return observed, nil
}

// spins breaks a law when a process looks again and again while no time passes, as one
// does that is to be woken at a time that has passed. It would never end.
func (p *process) spins() bool {
	const most = 2000
	if now := time.Now(); !now.Equal(p.lookedAt) {
		p.lookedAt, p.looksThen = now, 0
	}
	p.looksThen++
	if p.looksThen == most {
		p.breaks("9 silence", "%d looks at one instant", most)
		p.die("it does not rest")
	}
	return p.looksThen >= most
}

// podsOf are a workload's pods as the informers know them.
func (p *process) podsOf(work *workload) (pods []reconciler.Pod) {
	for _, pod := range p.world.pods {
		s, ok := p.newest(pod.uid)
		if pod.work == work && ok && !s.terminating {
			pods = append(pods, p.seen(s))
		}
	}
	return pods
}

// ending are a workload's pods that terminate, as the informers know them.
func (p *process) ending(work *workload) int {
	ending := 0
	for _, pod := range p.world.pods {
		if s, ok := p.newest(pod.uid); ok && pod.work == work && s.terminating {
			ending++
		}
	}
	return ending
}

// seen adds what the informer of the nodes knows.
func (p *process) seen(s snapshot) reconciler.Pod {
	pod := s.Pod
	if n, ok := p.nodes[pod.Node]; ok {
		pod.NodeReady, pod.NodeSince, pod.NodeLabels = n.ready, n.since.Truncate(time.Second), map[string]string{zone: n.zone}
	}
	if pod.Template = nil; s.pod.work.kind != "Pod" {
		pod.Template, pod.Owner = p.ownerOf(s.pod.work, nil).Images, "uid-"+s.pod.work.name
	}
	return pod
}

// shuffle makes that nobody relies on an order.
func (p *process) shuffle(pods []reconciler.Pod) {
	for i := len(pods) - 1; i > 0; i-- {
		j := p.pick("order", "pods", i+1)
		pods[i], pods[j] = pods[j], pods[i]
	}
}

// Closed is nil: the namespace is always there.
func (p *process) Closed(string) error { return nil }

// Drained are the pods that were drained for any plan.
func (p *process) Drained(string) []reconciler.Pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	var drained []reconciler.Pod
	for _, pod := range p.world.pods {
		if s, ok := p.newest(pod.uid); ok && s.Drain != nil && !s.terminating && !p.dead {
			drained = append(drained, s.Pod)
		}
	}
	return drained
}

// Apply writes to one pod.
func (p *process) Apply(ctx context.Context, _ string, action reconciler.Action) error {
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		return errDead
	}
	if !p.leads() { // what it decides is as old as its view
		p.notes(action, errNotLed)
		p.mu.Unlock()
		return errNotLed
	}
	p.judge(action)
	p.mu.Unlock()
	var written snapshot
	err := p.call(ctx, "write", action.Pod.UID, func() (err error) {
		written, err = p.write(action)
		return err
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes(action, err)
	if err != nil {
		p.tell("api: %s: %v", action, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	if known, ok := p.wrote[written.UID]; !ok || known.version < written.version {
		p.wrote[written.UID] = written
	}
	return nil
}

// notes keeps since when a pod cannot be written.
func (p *process) notes(action reconciler.Action, err error) {
	switch last := p.denials[action.Pod.UID]; {
	case err == nil && action.Verb == reconciler.Reopen: // which no policy denies
	case err == nil:
		delete(p.denials, action.Pod.UID)
	case !errors.Is(err, reconciler.ErrStale) && (last.since.IsZero() || last.try != action.Try):
		p.denials[action.Pod.UID] = denial{action.Try, time.Now()}
	}
}

// write carries out one write to a pod, as the API server does.
func (p *process) write(action reconciler.Action) (snapshot, error) {
	pod := p.byUID(action.Pod.UID)
	if pod.gone {
		return snapshot{}, fmt.Errorf("404: %w", reconciler.ErrStale)
	}
	patched, err := p.takes(action, pod)
	if err != nil {
		return snapshot{}, err
	}
	if action.Verb == reconciler.Patch && p.denies(pod) {
		return snapshot{}, errRefused
	}
	p.writes++
	p.commits(action, pod)
	p.tell("write: %s", action)
	switch action.Verb {
	case reconciler.Drain:
		mark := action.Drain
		pod.drain = &mark
		p.setDoor(pod, false)
	case reconciler.Reopen:
		pod.drain = nil
		p.setDoor(pod, true)
	case reconciler.Patch:
		p.setImages(pod, action, imagesIn(patched))
	}
	return pod.snapshot(), nil
}

// setDoor writes the gate's condition.
func (w *world) setDoor(pod *pod, open bool) {
	if pod.door == nil || pod.door.True != open {
		pod.shut = time.Now()
	}
	pod.door = &reconciler.Condition{True: open, Since: time.Now().Truncate(time.Second)}
	w.store(pod)
	w.notice(pod)
}

// setImages stores what a patch has made of the images.
func (w *world) setImages(pod *pod, action reconciler.Action, images map[string]string) {
	pod.marks = action.Marks
	for _, b := range pod.boxes {
		image := images[b.name]
		if image == b.image {
			continue
		}
		b.image, b.writer, b.writtenAt = image, reconciler.Writer, time.Now()
		pod.had[b.name+"="+plain(b.image)] = true
		if w.rewrites && pod.work.rewritten {
			w.count("webhook rewrites an image")
			b.image = "mirror.local/" + image
		}
	}
	pod.generation++
	w.store(pod)
	w.notice(pod)
}

// denies is a policy that does not let some pods be patched for a while.
func (p *process) denies(pod *pod) bool {
	if !pod.denied && p.strikes("write denied", pod.uid) {
		pod.denied = true
	}
	return pod.denied && !p.calm
}

// store gives a pod its next version, and tells all who watch.
func (w *world) store(pod *pod) {
	w.version++
	pod.version = w.version
	w.changed(pod)
	w.disturbed(pod)
	w.recounts(pod.work)
	if w.process != nil {
		w.process.show(pod.snapshot())
	}
}
