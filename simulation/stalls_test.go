package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// justified tells whether a stall has its cause in the world.
func (w *world) justified(plan spec.Plan, attempt reconciler.Attempt, reason string) bool {
	work := w.workload(plan.Spec.Target.Name)
	switch reason {
	case "TargetNotUsable":
		return work == nil
	case "Contested":
		return w.contested(plan)
	case "Halted", "RolledBack", "WaveFailed":
		stormy := attempt.StartedAt.Before(w.begin.Add(calmTime))
		return stormy || !good(plan) || work.slow || w.neighbours(plan) || w.anyPod(work, func(p *pod) bool { return !p.truth() })
	case reconciler.Alternating:
		return w.book.spoiled[plan.Key()] // a branch was set back, and may have been to and fro
	case "ImageRewritten":
		return w.tally["webhook rewrites an image"] > 0
	case "Fight":
		return w.anyPod(work, func(p *pod) bool { return p.handled })
	case "Strayed":
		return w.tally["webhook rewrites an image"] > 0 || w.anyPod(work, func(p *pod) bool { return p.handled })
	case "ReadinessGateRequired":
		return plan.Spec.RequireReadinessGate && w.anyPod(work, func(p *pod) bool { return p.gate == "" })
	}
	return false
}

// neighbours tells whether other plans are at work on the same pods: one that
// another plan brings down has failed for both.
func (w *world) neighbours(plan spec.Plan) bool {
	for _, other := range w.book.plans {
		if other.Key() != plan.Key() && other.Spec.Target == plan.Spec.Target {
			return true
		}
	}
	return false
}

func (w *world) contested(plan spec.Plan) bool {
	for _, r := range w.records {
		if r.plan.Key() != plan.Key() && r.plan.Spec.Target.Name == plan.Spec.Target.Name && claimsSame(plan, r.plan) {
			return true
		}
	}
	return false
}

// good tells whether a plan's images come up.
func good(plan spec.Plan) bool {
	return !slices.ContainsFunc(plan.Spec.Images, func(i spec.Image) bool {
		return manner(i.Image, "bad") || manner(i.Image, "crash") || manner(i.Image, "hang") || manner(i.Image, "slow")
	})
}

func (w *world) anyPod(work *workload, is func(*pod) bool) bool {
	for _, p := range w.living() {
		if p.work == work && is(p) {
			return true
		}
	}
	return false
}

func (w *world) allUp(plan spec.Plan) bool {
	return !w.anyPod(w.workload(plan.Spec.Target.Name), func(p *pod) bool { return !p.status.ready.True })
}

// suspended tells whether Git keeps a plan from being rolled out.
func (w *world) suspended(plan spec.Plan) bool {
	s := plan.Spec.Suspend
	return s != nil && (s.Until == nil || time.Now().Before(*s.Until))
}

// renamed tells whether a pod runs its image under another name since before a
// patch that restarted nothing, because it took back what somebody had written.
func (w *world) renamed(plan spec.Plan) bool {
	return w.anyPod(w.workload(plan.Spec.Target.Name), func(p *pod) bool {
		return p.handled && slices.ContainsFunc(p.boxes, func(b *box) bool { return b.program.shown != registry+plain(b.image) })
	})
}
