package simulation

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// settleTime is how long a pass of the loop, with its writes, may take: so
// long a plan may be acted on that is not the newest any more.
const settleTime = 25 * time.Second

// judge holds the laws against what the loop is about to write, given what it
// looked at.
func (p *process) judge(action reconciler.Action) {
	plan, known := p.book.plans[action.Try.Digest]
	d := p.decided[plan.Key()]
	switch {
	case action.Verb == reconciler.Reopen:
		return
	case !known || d == nil:
		p.breaks("1 scope", "pod %s is written for digest %q, which no plan ever had", action.Pod.Name, action.Try.Digest)
		return
	}
	p.newest7(action, d.plan)
	if action.Pod.Gate.Closed {
		return
	}
	p.mayStart(action, d)
	if action.Pod.Ready.True {
		p.roomy(action, d)
	}
	d.begun[action.Pod.UID] = true
	if !action.Try.RollBack && !p.skewed {
		p.order4(action, d)
	}
}

// mayStart are the laws that keep any pod from being started.
func (p *process) mayStart(action reconciler.Action, d *decision) {
	p.isolation11(action, d.plan)
	p.absence12(action, d.plan)
	p.latch(action, d)
	p.suspended5(action, d)
	p.hours5(action, d)
	if action.Pod.Leaving != "" {
		p.breaks("1 scope", "pod %s is started, though it is about to be taken away", action.Pod.Name)
	}
	p.correctsDrift(action, d)
}

// roomy are the laws that keep a pod that serves from being started.
func (p *process) roomy(action reconciler.Action, d *decision) {
	if !p.skewed {
		p.budget2b(action, d)
		p.domains(action, d)
	}
	p.disruptions2b(action, d)
}

// commits holds the laws against a write as it takes place.
func (p *process) commits(action reconciler.Action, pod *pod) {
	if action.Verb == reconciler.Reopen {
		p.gate3(action, pod)
		return
	}
	plan := p.book.plans[action.Try.Digest]
	key := plan.Key().String()
	p.scope1(action, pod, plan)
	if action.Verb == reconciler.Patch {
		p.grace3(pod, plan.Spec)
		p.once6(action, pod, plan)
		pod.noteOrigins(action, plan.Key())
	}
	if pod.outing == nil || pod.outing.plan != key && action.Verb == reconciler.Patch { // another plan takes it over
		pod.outing = &outing{plan: key, serving: pod.status.ready.True}
		p.budget2a(pod, plan, key)
	}
	if action.Verb == reconciler.Patch {
		pod.outing.patched, pod.outing.limit = lastMark(action.Marks, key), deadline(plan.Spec)
	}
}

// scope1: only pods of the target, only the containers named, only the images
// wanted there.
func (p *process) scope1(action reconciler.Action, pod *pod, plan spec.Plan) {
	if pod.work.name != plan.Spec.Target.Name || pod.terminating || pod.gone {
		p.breaks("1 scope", "pod %s is not the plan's to touch (terminating %t)", pod.name, pod.terminating)
	}
	if action.Verb == reconciler.Patch && len(action.Images) == 0 {
		p.breaks("1 scope", "pod %s is patched with nothing", pod.name)
	}
	for _, image := range action.Images {
		if !p.wantedThere(action, pod, plan, image) {
			p.breaks("1 scope", "pod %s: %s is not wanted in container %s", pod.name, image.Image, image.Container)
		}
	}
}

// wantedThere tells whether an image is the plan's, or, to roll back, one of
// before.
func (p *process) wantedThere(action reconciler.Action, pod *pod, plan spec.Plan, image spec.Image) bool {
	if !action.Try.RollBack {
		return slices.Contains(plan.Spec.Images, image)
	}
	if d := p.decided[plan.Key()]; d.plan.Withdrawn || d.observed.Status.Attempt.Withdrawal != nil {
		return p.mayReturnTo(pod, plan.Key(), image)
	}
	_, named := spec.ImageFor(plan.Spec.Images, image.Container)
	return named && plan.Spec.OnFailure == spec.RollBack &&
		(pod.had[image.Container+"="+plain(image.Image)] || slices.Contains(p.book.completed[plan.Key()], image))
}

// grace3: a serving pod with a gate is patched only after it was seen not
// Ready, with its gate closed, for the whole grace: by the world's true time.
func (p *process) grace3(pod *pod, plan spec.PlanSpec) {
	if pod.gate == "" || grace(plan) == 0 || p.skewed {
		return
	}
	if pod.status.ready.True {
		p.breaks("3 grace", "pod %s is patched while it serves", pod.name)
		return
	}
	if pod.outing == nil || !pod.outing.serving || !pod.outing.patched.IsZero() {
		return
	}
	since := slices.MaxFunc([]time.Time{pod.unready, pod.shut}, time.Time.Compare)
	if had := time.Since(since); had < grace(plan) {
		p.breaks("3 grace", "pod %s is patched %s after it was drained, its grace is %s", pod.name, had, grace(plan))
	}
}

// gate3: a gate stays closed from the patch until the new containers run, unless the
// pod has had all the time that its plan gives it, or its kubelet does not act on the patch.
func (p *process) gate3(action reconciler.Action, pod *pod) {
	if _, known := p.book.plans[action.Try.Digest]; !known { // no plan has the pod any more
		return
	}
	o := pod.outing
	if o == nil || o.patched.IsZero() || o.failed() || pod.handled || pod.meddled || pod.noteless || p.skewed || pod.door == nil || pod.door.True {
		return
	}
	for _, mark := range marksBy(pod.marks, o.plan) {
		if b := pod.box(mark.Container); !b.init && b.deaf != b.image && b.program.image != b.image {
			p.breaks("3 grace", "the gate of pod %s is opened, and %s still runs %s and not %s", pod.name, b.name, b.program.image, b.image)
		}
	}
}

// suspended5: a plan that is suspended, in Git or by a person, starts nothing.
func (p *process) suspended5(action reconciler.Action, d *decision) {
	if s := d.plan.Spec.Suspend; s != nil && !d.plan.Withdrawn && (s.Until == nil || time.Now().Before(*s.Until)) && !p.skewed {
		p.breaks("5 time", "pod %s is started, though its plan is suspended", action.Pod.Name)
	}
	s, request := d.observed.Status.Suspension, d.observed.Request
	heeded := request == nil || request.ID == d.observed.Status.Heeded
	if s != nil && heeded && (s.Until.IsZero() || time.Now().Before(s.Until)) && !p.skewed {
		p.breaks("5 time", "pod %s is started, though %s has suspended the plan", action.Pod.Name, s.By)
	}
	if !heeded && request.Verb == reconciler.SuspendPlan {
		p.breaks("5 time", "pod %s is started, though %s asks to suspend the plan", action.Pod.Name, request.By)
	}
}

// once6: an image is written to a container at most once per pod and attempt,
// and never one that it has.
func (p *process) once6(action reconciler.Action, pod *pod, plan spec.Plan) {
	attempt := ""
	if r := p.world.records[plan.Key()]; r != nil {
		attempt = r.status.Attempt.Digest + r.status.Attempt.StartedAt.String()
	}
	if action.Try.RollBack {
		attempt += " back"
	}
	for _, image := range action.Images {
		if plain(pod.box(image.Container).image) == plain(image.Image) {
			p.breaks("6 once", "pod %s is patched with the image it has", pod.name)
		}
		at := attempt + p.stray(action, pod, attempt, image.Container) + " " + image.Container + " " + image.Image
		if pod.written[at] && !pod.meddled {
			p.breaks("6 once", "pod %s gets %s twice in one attempt", pod.name, image.Image)
		}
		maps.DeleteFunc(pod.written, func(other string, _ bool) bool { // another plan's is undone
			return !strings.HasPrefix(other, plan.Digest()) && strings.Contains(other, " "+image.Container+" ")
		})
		pod.written[at] = true
	}
}

// newest7: what is written follows from the newest commit that was read.
func (p *process) newest7(action reconciler.Action, plan reconciler.Plan) {
	newest, read := p.readings[plan.Source]
	if !read || time.Since(newest.at) < settleTime {
		return
	}
	for _, known := range newest.Plans {
		if known.Key() == plan.Key() && known.Digest() != plan.Digest {
			p.breaks("7 newest wins", "pod %s is written for digest %s, which is not the newest", action.Pod.Name, short(plan.Digest))
		} else if known.Key() == plan.Key() {
			return
		}
	}
	if !action.Pod.Gate.Closed && !(plan.Withdrawn && action.Try.RollBack) {
		p.breaks("7 newest wins", "pod %s is started for plan %s, which the newest commit does not have", action.Pod.Name, plan.Key())
	}
}
