package reconciler

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// progress is how far the waves have come.
type progress struct {
	order    []*subject // the pods, in the order in which the waves take them
	waves    []spec.Wave
	kept     int // pods that the partition leaves on the old image
	finished int // waves whose pods are all done
	// finishedAt is when the last of these was first seen finished.
	finishedAt time.Time
}

// measure orders the pods and finds the first unfinished wave. Waves are
// recomputed from the live pods, so scaling in the middle moves their bounds. A
// roll-back is a single wave.
func measure(plan Plan, recorded Status, pods []*subject, now time.Time) progress {
	p := progress{order: inOrder(plan, recorded.Attempt, pods), waves: plan.Spec.EffectiveWaves()}
	if recorded.Attempt.RollBack {
		p.waves = spec.PlanSpec{}.EffectiveWaves()
	} else {
		p.keep(plan, recorded, now)
	}
	for p.finished < len(p.waves) && recorded.Attempt.done(p.first(p.finished)) {
		p.finished++
	}
	if p.finished > 0 {
		p.finishedAt = now
	}
	if recorded.Wave.Finished == p.finished {
		p.finishedAt = recorded.Wave.FinishedAt
	}
	return p
}

// first returns the pods of a wave and of the ones before it.
func (p progress) first(wave int) []*subject {
	all := len(p.order)
	return p.order[:min(p.waves[wave].Pods.Of(all), all-p.kept)]
}

// done tells whether no pod keeps a wave open: failed pods are the failure
// latch's affair, as long as they are tolerated. Unreachable ones are not missed,
// but a wave that has no others is not done.
func (a Attempt) done(pods []*subject) bool {
	missing := 0
	for _, s := range pods {
		tolerated := s.Phase == Failed && a.Result != Halted
		switch {
		case s.Phase == Unreachable && len(s.changes(s.goal)) > 0:
			missing++
		case s.Phase != Updated && s.Phase != Drifted && s.Phase != Unreachable && !tolerated:
			return false
		}
	}
	return missing == 0 || missing < len(pods)
}

// done tells whether every wave is finished.
func (p progress) done() bool { return p.finished == len(p.waves) }

// begun tells whether no pod is left to be started, in any wave.
func (p progress) begun() bool {
	return len(having(p.order[:len(p.order)-p.kept], Outdated)) == 0
}

// taken are the pods that the first unfinished wave takes, with those before
// it; all that the waves take when none is unfinished.
func (p progress) taken() []*subject {
	return p.first(min(p.finished, len(p.waves)-1))
}

// candidates are the pods that could be started.
func (p progress) candidates() []*subject {
	return slices.DeleteFunc(having(p.taken(), Outdated), func(s *subject) bool { return s.deferred })
}

// having returns the pods in one of the phases.
func having(pods []*subject, phases ...Phase) []*subject {
	var found []*subject
	for _, pod := range pods {
		if slices.Contains(phases, pod.Phase) {
			found = append(found, pod)
		}
	}
	return found
}

// started are the pods that this plan has taken out of service, or might have.
func started(pods []*subject) []*subject {
	return slices.DeleteFunc(slices.Clone(pods), func(s *subject) bool {
		switch s.Phase {
		case Draining, Drained, Patched, Settling:
			return false
		case Failed, Unreachable, Strayed:
			return !s.Gate.Closed
		}
		return true
	})
}

func underWay(pods []*subject) int { return len(started(pods)) }

// unfinished tells whether a pod still is in our hands.
func unfinished(plan Plan, pods []*subject) bool {
	return slices.ContainsFunc(pods, func(s *subject) bool {
		return s.drainedFor(plan.Key()) || s.Phase == Patched && len(s.Marks.by(plan.Key())) > 0
	})
}
