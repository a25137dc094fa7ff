package reconciler

import (
	"cmp"
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// progress is how far the waves have come.
type progress struct {
	order    []subject // the pods, in the order in which the waves take them
	waves    []spec.Wave
	finished int // waves whose pods are all done
	// finishedAt is when the last of these was first seen finished.
	finishedAt time.Time
}

// rank is the order of the waves: a wave counts first what is done, then what
// is under way, then takes broken pods, then healthy ones.
var rank = map[Phase]int{
	Updated: 0, Failed: 1, Settling: 2, Patched: 3, Drained: 4, Draining: 5, Occupied: 6,
	Outdated: 8, Strayed: 9, Unreachable: 10,
}

const brokenRank = 7 // an outdated pod that does not serve

func (s subject) rank() int {
	if s.Phase == Outdated && !s.Ready.True {
		return brokenRank
	}
	return rank[s.Phase]
}

// measure orders the pods and finds the first unfinished wave. Waves are
// recomputed from the live pods, so scaling in the middle moves their bounds.
func measure(plan Plan, attempt Attempt, pods []subject, recorded Status, now time.Time) progress {
	p := progress{order: slices.Clone(pods), waves: plan.Spec.EffectiveWaves()}
	slices.SortFunc(p.order, func(a, b subject) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Name, b.Name))
	})
	for p.finished < len(p.waves) && attempt.done(p.first(p.finished)) {
		p.finished++
	}
	p.finishedAt = now
	if recorded.Attempt.Digest == attempt.Digest && recorded.Wave.Finished == p.finished {
		p.finishedAt = recorded.Wave.FinishedAt
	}
	if p.finished == 0 {
		p.finishedAt = time.Time{}
	}
	return p
}

// first returns the pods of a wave and of the ones before it.
func (p progress) first(wave int) []subject {
	return p.order[:p.waves[wave].Pods.Of(len(p.order))]
}

// done tells whether no pod keeps a wave open: failed pods are the failure
// latch's affair, as long as they are tolerated, and unreachable ones are not missed.
func (a Attempt) done(pods []subject) bool {
	return !slices.ContainsFunc(pods, func(s subject) bool {
		tolerated := s.Phase == Failed && a.Failure == nil
		return s.Phase != Updated && s.Phase != Unreachable && !tolerated
	})
}

// done tells whether every wave is finished.
func (p progress) done() bool { return p.finished == len(p.waves) }

// taken are the pods that the first unfinished wave takes, with those before it.
func (p progress) taken() []subject {
	if p.done() {
		return nil
	}
	return p.first(p.finished)
}

// candidates are the pods that could be started.
func (p progress) candidates() []subject {
	return slices.DeleteFunc(having(p.taken(), Outdated), func(s subject) bool { return s.deferred })
}

// having returns the pods in one of the phases.
func having(pods []subject, phases ...Phase) []subject {
	var found []subject
	for _, pod := range pods {
		if slices.Contains(phases, pod.Phase) {
			found = append(found, pod)
		}
	}
	return found
}

// underWay counts the pods that this plan has taken out of service, or might have.
func underWay(pods []subject) int {
	started := len(having(pods, Draining, Drained, Patched, Settling))
	for _, pod := range having(pods, Failed, Unreachable, Strayed) {
		if pod.Gate.Closed {
			started++
		}
	}
	return started
}

// unfinished tells whether a pod still is in our hands.
func unfinished(plan Plan, pods []subject) bool {
	return slices.ContainsFunc(pods, func(s subject) bool {
		return s.drainedFor(plan.Key()) || s.Phase == Patched && s.markedBy(plan.Key())
	})
}
