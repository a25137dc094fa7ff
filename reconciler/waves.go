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
	for p.finished < len(p.waves) && recorded.Attempt.done(p, p.finished) {
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

// own are the pods that a wave takes beside those of the waves before; none where it
// is rounded to the same number.
func (p progress) own(wave int) []*subject {
	before := 0
	if wave > 0 {
		before = len(p.first(wave - 1))
	}
	pods := p.first(wave)
	return pods[min(before, len(pods)):]
}

// done reports whether a wave is complete: no pod keeps it open, and where it takes
// pods of its own, one of them at least is up to date and available.
func (a Attempt) done(p progress, wave int) bool {
	own := p.own(wave)
	return !slices.ContainsFunc(p.first(wave), a.opens) && (len(own) == 0 || slices.ContainsFunc(own, a.proves))
}

// opens reports whether a pod keeps its wave open. Failed pods are the failure latch's
// affair, as long as they are tolerated; those that are out of reach are not missed.
func (a Attempt) opens(s *subject) bool {
	switch s.Phase {
	case Updated, Drifted, Unreachable, Unscheduled, Leaving:
		return false
	case Failed:
		return a.Result == Halted
	}
	return true
}

// proves reports whether a pod shows that the images come up. Once that was shown, a
// pod need not show it again.
func (a Attempt) proves(s *subject) bool {
	shown := a.Result == Completed || a.Result == RolledBack
	return s.Phase == Updated || s.Phase == Drifted || shown && len(s.changes(s.goal)) == 0
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
		case Failed, Unreachable, Unscheduled, Strayed:
			return !s.Gate.Closed
		}
		return true
	})
}

func underWay(pods []*subject) int { return len(started(pods)) }

// unfinished tells whether a pod still is in our hands. What somebody else has
// written over is in theirs.
func unfinished(plan Plan, pods []*subject) bool {
	return slices.ContainsFunc(pods, func(s *subject) bool {
		back := s.returns() && s.Phase != Updated && s.Phase != Strayed
		return back || s.drainedFor(plan.Key()) || s.Phase == Patched && len(s.Marks.by(plan.Key())) > 0
	})
}
