package preview

import (
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// Estimate says how long a forecast would take, and what that is taken from: the
// plan's past roll-outs, or else its own fields.
func Estimate(f reconciler.Forecast, status reconciler.Status) (lasts time.Duration, basis string) {
	if f.Moves() == 0 {
		return 0, ""
	}
	if took := past(f, status); len(took) > 0 {
		basis = fmt.Sprintf("as its last %d roll-outs took, in the middle", len(took))
		if len(took) == 1 {
			basis = "as its last roll-out took"
		}
		return took[len(took)/2], basis
	}
	return byFields(f, reconciler.RestartTime), "by the plan's fields, and 10s for a restart"
}

// past is what the roll-outs took that this one will be like, sorted.
func past(f reconciler.Forecast, status reconciler.Status) []time.Duration {
	var took []time.Duration
	for _, attempt := range append([]reconciler.Attempt{status.Attempt}, status.History...) {
		lasted := attempt.EndedAt.Sub(attempt.StartedAt)
		if attempt.Result == reconciler.Completed && alike(attempt.Restarts, f.Restarts()) && !waited(f, attempt, lasted) {
			took = append(took, lasted)
		}
	}
	slices.Sort(took)
	return took
}

// alike tells whether neither is more than twice the other.
func alike(a, b int) bool { return a <= 2*b && b <= 2*a }

// waited tells whether an attempt has waited for a person, or for so long for
// something else that each restart might have failed meanwhile.
func waited(f reconciler.Forecast, attempt reconciler.Attempt, lasted time.Duration) bool {
	return len(attempt.Approvals) > 0 || lasted > byFields(f, f.Plan.Spec.ProgressDeadline())
}

// byFields adds up the waves that move anything: so many batches, each drained where its
// pods are, restarted and made ready, and the soak of the wave before.
func byFields(f reconciler.Forecast, restart time.Duration) time.Duration {
	plan := f.Plan.Spec
	batch := restart + max(plan.MinReady(), f.MinReady)
	if f.Drained() > 0 {
		batch += plan.GracePeriod()
	}
	var total time.Duration
	for i, moves := range f.Waves {
		batches := (len(moves) + max(1, f.AtOnce) - 1) / max(1, f.AtOnce)
		total += time.Duration(batches) * batch
		if i > 0 && len(moves) > 0 {
			total += time.Duration(plan.EffectiveWaves()[i-1].Soak)
		}
	}
	return total
}
