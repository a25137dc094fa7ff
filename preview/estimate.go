package preview

import (
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// restartTime is what a container's restart is taken for where nothing is known:
// some seconds of pull and start.
const restartTime = 10 * time.Second

// Estimate says how long a forecast would take, and what that is taken from: the
// plan's past roll-outs, or else its own fields.
func Estimate(f reconciler.Forecast, status reconciler.Status) (lasts time.Duration, basis string) {
	if f.Moves() == 0 {
		return 0, ""
	}
	if took := past(status); len(took) > 0 {
		basis = fmt.Sprintf("as its last %d roll-outs took, in the middle", len(took))
		if len(took) == 1 {
			basis = "as its last roll-out took"
		}
		return took[len(took)/2], basis
	}
	return byFields(f), "by the plan's fields, and 10s for a restart"
}

// past is what the completed roll-outs took that have moved anything, sorted.
func past(status reconciler.Status) []time.Duration {
	var took []time.Duration
	for _, attempt := range append([]reconciler.Attempt{status.Attempt}, status.History...) {
		if attempt.Result == reconciler.Completed && attempt.Restarts > 0 {
			took = append(took, attempt.EndedAt.Sub(attempt.StartedAt))
		}
	}
	slices.Sort(took)
	return took
}

// byFields adds up the waves: so many batches, each drained, restarted and made
// ready, and the soak after every wave that moves anything but the last.
func byFields(f reconciler.Forecast) time.Duration {
	plan := f.Plan.Spec
	batch := plan.GracePeriod() + restartTime + plan.MinReady()
	var total time.Duration
	for i, moves := range f.Waves {
		batches := (len(moves) + max(1, f.AtOnce) - 1) / max(1, f.AtOnce)
		total += time.Duration(batches) * batch
		if i < len(f.Waves)-1 && len(moves) > 0 {
			total += time.Duration(plan.EffectiveWaves()[i].Soak)
		}
	}
	return total
}
