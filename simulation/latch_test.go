package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// latch is section 7: a digest that failed is not tried again, unless a person
// says retry; only its pods may be put back. And where too many pods have
// failed, nothing is started even before that is recorded.
func (p *process) latch(action reconciler.Action, d *decision) {
	key := d.plan.Key()
	halted, latched := p.book.halted[key]
	if latched && halted.Digest == d.plan.Digest && halted.Retry == action.Try.Retry && !action.Try.RollBack {
		p.breaks("failure", "pod %s is started for digest %s, which is halted", action.Pod.Name, short(d.plan.Digest))
	}
	if n := p.downTooLong(d, action.Try); n > d.plan.Spec.MaxFailures && !p.book.spoiled[key] && !action.Try.RollBack && !p.skewed {
		p.breaks("failure", "pod %s is started though %d pods have failed, %d are tolerated", action.Pod.Name, n, d.plan.Spec.MaxFailures)
	}
}

// downTooLong counts the pods that the attempt brought down, beyond all doubt.
func (p *process) downTooLong(d *decision, try reconciler.Try) int {
	failed, slack := 0, deadline(d.plan.Spec)+2*settleTime
	for _, seen := range d.observed.Pods {
		pod := p.byUID(seen.UID)
		o := pod.outing
		ours := o != nil && o.plan == d.plan.Key().String() && slices.ContainsFunc(marksBy(seen.Marks, o.plan), func(m reconciler.Mark) bool {
			return m.Try == try
		})
		if ours && wants(d.plan.Spec, seen) && pod.node != nil && p.nodes[pod.node.name].ready &&
			time.Since(p.nodes[pod.node.name].since) > slack && pod.downFor() > slack {
			failed++
		}
	}
	return failed
}

// downFor is for how long a patched pod has been down without a break.
func (p *pod) downFor() time.Duration {
	if p.unready.IsZero() || p.outing.patched.IsZero() {
		return 0
	}
	return min(time.Since(p.unready), time.Since(p.outing.patched))
}

// isolation11: two plans that claim the same container both stop.
//
// A deleted plan claims nothing any more, and puts back what no other claims.
func (p *process) isolation11(action reconciler.Action, plan reconciler.Plan) {
	if plan.Withdrawn {
		plan.Spec.Images = action.Images
	}
	for source, r := range p.readings {
		for _, other := range r.Plans {
			if other.Key() != plan.Key() && time.Since(r.at) > settleTime && other.Spec.Target.Name == plan.Spec.Target.Name &&
				claimsSame(other, plan.Plan) && p.inForce(other, source) {
				p.breaks("11 isolation", "pod %s is started for %s, which %s contests", action.Pod.Name, plan.Key(), other.Key())
			}
		}
	}
}

func claimsSame(a, b spec.Plan) bool {
	return slices.ContainsFunc(a.Spec.Images, func(x spec.Image) bool {
		return slices.ContainsFunc(b.Spec.Images, func(y spec.Image) bool { return x.Container == y.Container })
	})
}

// inForce tells whether no earlier source has a plan of that name.
func (p *process) inForce(plan spec.Plan, source string) bool {
	for _, earlier := range sources {
		if earlier == source {
			return true
		}
		if _, taken := (commit{plans: p.readings[earlier].Plans}).plan(plan.Metadata.Name); taken {
			return false
		}
	}
	return true
}

// absence12: nothing starts before Git was read.
func (p *process) absence12(action reconciler.Action, plan reconciler.Plan) {
	if _, read := p.readings[plan.Source]; !read {
		p.breaks("12 absence", "pod %s is started before source %s was read", action.Pod.Name, plan.Source)
	}
}

// removes holds law 12 against a record that goes.
func (p *process) removes(key spec.Key, r *record) {
	newest, read := p.readings[r.source]
	switch {
	case !read && slices.Contains(sources, r.source):
		p.breaks("12 absence", "the record of %s goes, though source %s was not read", key, r.source)
	case time.Since(newest.at) < settleTime:
	case slices.ContainsFunc(newest.Plans, func(plan spec.Plan) bool { return plan.Key() == key }):
		p.breaks("12 absence", "the record of %s goes, though source %s has the plan", key, r.source)
	case slices.ContainsFunc(newest.Problems, func(b spec.Problem) bool { return b.Plan == key || b.Plan == spec.Key{} }):
		p.breaks("12 absence", "the record of %s goes, though source %s has a problem with it", key, r.source)
	}
}
