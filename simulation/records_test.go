package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// saves holds the laws against what a record comes to say.
func (p *process) saves(key spec.Key, d *decision, old, next *record) {
	before, after := old.status, next.status
	p.asked7(key, before, after)
	p.book.latches(key, after.Attempt)
	if !p.skewed {
		p.limit(d, false)
	}
	ready, _ := after.Condition("Ready")
	was, _ := before.Condition("Ready")
	completed := ended(reconciler.Completed, before, after)
	if !d.plan.Withdrawn && (completed || ready.Status == "True" && was.Status != "True" && !scheduled(d.plan.Spec.Drift)) {
		p.completion(d)
	}
	if completed {
		p.forgetOrigins(key)
		p.book.completed[key] = append(p.book.completed[key], d.plan.Spec.Images...)
	}
	if ended(reconciler.RolledBack, before, after) {
		p.rolledBack(d)
	}
	p.consistent(key, d, after)
}

func ended(result reconciler.Result, before, after reconciler.Status) bool {
	return after.Attempt.Result == result && before.Attempt.Result != result
}

// latches keeps which digest has failed. Only a retry that a person asked for,
// or another digest, ends that.
func (b *book) latches(key spec.Key, after reconciler.Attempt) {
	halted, latched := b.halted[key]
	retried := latched && after.Digest == halted.Digest && after.Retry > halted.Retry && b.retried[after.Digest] > 0
	switch {
	case after.Result == reconciler.Withdrawn: // where it comes back, it is a new plan
		delete(b.halted, key)
	case after.Failure != nil:
		b.halted[key] = after.Try
	case retried || latched && after.Digest != halted.Digest:
		delete(b.halted, key)
	}
}

// asked7: what a record says that people want, people have asked for.
func (p *process) asked7(key spec.Key, before, after reconciler.Status) {
	if p.book.spoiled[key] {
		return
	}
	if s := after.Suspension; s != nil && (before.Suspension == nil || *s != *before.Suspension) && !p.book.askedFor(reconciler.SuspendPlan, after.Heeded) {
		p.breaks("7 records", "plan %s is suspended, which nobody asked for", key)
	}
	over := before.Suspension != nil && !before.Suspension.Until.IsZero() && (p.skewed || !time.Now().Add(p.skew).Before(before.Suspension.Until))
	if before.Suspension != nil && after.Suspension == nil && !over && !p.book.askedFor(reconciler.ResumePlan, after.Heeded) {
		p.breaks("7 records", "plan %s is resumed, which nobody asked for", key)
	}
	for _, a := range after.Attempt.Approvals {
		if !p.approved(p.decided[key], a.Wave) {
			p.breaks("7 records", "wave %d of plan %s is approved, which nobody asked for", a.Wave, key)
		}
	}
	if after.Attempt.Digest == before.Attempt.Digest && after.Attempt.Retry > before.Attempt.Retry && !p.book.askedFor(reconciler.Retry, after.Heeded) {
		p.breaks("7 records", "plan %s is tried again, which nobody asked for", key)
	}
}

// consistent: a record does not contradict itself.
func (p *process) consistent(key spec.Key, d *decision, s reconciler.Status) {
	_, stalled := s.Condition("Stalled")
	_, going := s.Condition("Reconciling")
	ready, known := s.Condition("Ready")
	sound := known && (ready.Status == "True") == (!stalled && !going) && !(stalled && going)
	counts := s.Pods.Matched == len(d.observed.Pods) && s.Pods.Updated+s.Pods.Outdated <= s.Pods.Matched && s.Wave.Finished <= s.Wave.Of
	bounded := len(s.Failed) <= 20 && len(s.Drift) <= 20 && len(s.History) <= 10
	halted := s.Attempt.Result != reconciler.Halted || s.Attempt.Failure != nil
	if !sound || !counts || !bounded || !halted || ready.Message == "" {
		p.breaks("7 records", "the record of %s contradicts itself: %+v", key, s)
	}
}

// completion is never claimed while an old program runs on a pod that can be
// reached and that the waves had to update, nor while one is on what the plan wrote
// to it meanwhile: a partition leaves none of those.
func (p *process) completion(d *decision) {
	var failed, old, brought []string
	var without []*pod
	for _, seen := range d.observed.Pods {
		pod := p.byUID(seen.UID)
		why := amiss(seen, pod, d.plan.Spec)
		switch {
		case why == "" || seen.Node == "" || !seen.NodeReady || pod.gone || pod.meddled || pod.handled:
		case p.movedOne(seen, d) && !wants(d.plan.Spec, seen) && !asCompleted(seen, d) && !p.refusedLong(pod, d.plan.Plan):
			brought = append(brought, pod.name)
		case pod.outing.failed() || pod.deaf() || p.refusedLong(pod, d.plan.Plan) || pod.left == d.plan.Digest:
			failed, without = append(failed, pod.name), append(without, pod)
		default:
			old = append(old, pod.name+" "+why)
		}
	}
	left := kept(d.plan.Spec, len(d.observed.Pods))
	if p.skewed {
		return
	}
	if len(brought) > 0 {
		p.breaks("completion", "plan %s is called complete while %s are where it has brought them since it was last completed", d.plan.Key(), brought)
	}
	if len(old) > left || len(failed)+len(old) > left+d.plan.Spec.MaxFailures {
		p.breaks("completion", "plan %s is called complete while %s; failed %s, kept %d", d.plan.Key(), old, failed, left)
		return
	}
	for _, pod := range without {
		pod.left = d.plan.Digest // and is not missed when it is called complete again
	}
}

// asCompleted reports whether a pod is on what its plan was last completed with.
func asCompleted(seen reconciler.Pod, d *decision) bool {
	last := d.observed.Status.LastCompleted
	return last != nil && wants(spec.PlanSpec{Images: last.Images}, seen)
}

// amiss says what a pod lacks to be on a plan's images.
func amiss(seen reconciler.Pod, pod *pod, plan spec.PlanSpec) string {
	if !wants(plan, seen) {
		return "is on another image"
	}
	for _, image := range plan.Images {
		b := pod.box(image.Container)
		if b.program.running && plain(b.program.image) != plain(image.Image) && plain(b.image) == plain(image.Image) && !b.init {
			return "still runs " + b.program.image
		}
	}
	return ""
}

// rolledBack is never claimed while a pod that can be reached is where the
// failed attempt has brought it.
func (p *process) rolledBack(d *decision) {
	for _, seen := range d.observed.Pods {
		pod := p.byUID(seen.UID)
		forward := slices.ContainsFunc(marksBy(seen.Marks, d.plan.Key().String()), func(m reconciler.Mark) bool {
			return m.Digest == d.plan.Digest && !m.RollBack && plain(pod.box(m.Container).image) != plain(m.Origin)
		})
		if forward && seen.NodeReady && seen.Node != "" && !pod.gone && !pod.meddled && !pod.handled && !pod.outing.failed() && !p.refusedLong(pod, d.plan.Plan) && !p.template(pod, d.plan.Spec) {
			p.breaks("completion", "plan %s is called rolled back while pod %s is not", d.plan.Key(), pod.name)
		}
	}
}

// template tells whether a pod is on its owner's template, or on what was
// completed before: nothing has to be put back.
func (p *process) template(pod *pod, plan spec.PlanSpec) bool {
	return !slices.ContainsFunc(plan.Images, func(image spec.Image) bool {
		now := spec.Image{Container: image.Container, Image: pod.box(image.Container).image}
		completed := slices.ContainsFunc(p.book.everCompleted(), func(i spec.Image) bool { return i == now })
		return pod.work.image(image.Container) != now.Image && !completed
	})
}
