package reconciler

import "slices"

// tally counts on, as long as the attempt had not ended before: which waves are
// finished, and how many containers were restarted. A pod that has gone takes
// its restarts with it, so the count never goes back.
func (a Attempt) tally(before Attempt, progress progress) Attempt {
	if !before.EndedAt.IsZero() {
		return a
	}
	if more := progress.finished - len(a.Waves); more > 0 && !a.RollBack {
		a.Waves = slices.Clone(a.Waves)
		for range more {
			a.Waves = append(a.Waves, progress.finishedAt)
		}
	}
	restarts := 0
	for _, pod := range progress.order {
		for _, mark := range pod.Marks {
			if mark.Digest == a.Digest && mark.Retry == a.Retry {
				restarts++
			}
		}
	}
	a.Restarts = max(a.Restarts, restarts)
	return a
}
