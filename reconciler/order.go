package reconciler

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/patchwave/patchwave/spec"
)

// rank is the order of the waves: a wave counts first what is done, then what
// is under way, then takes broken pods, then healthy ones.
var rank = map[Phase]int{
	Updated: 0, Failed: 1, Settling: 2, Patched: 3, Drained: 4, Draining: 5, Occupied: 6,
	Outdated: 9, Drifted: 9, Strayed: 10, Leaving: 11, Unscheduled: 11, Unreachable: 11,
}

const (
	downedRank = 7 // an outdated pod that the plan has brought down
	brokenRank = 8 // one that does not serve
)

func (s *subject) rank() int {
	switch {
	case s.Phase == Outdated && s.Node == "": // it proves nothing, and comes up new when it may
		return rank[Unscheduled]
	case s.downed():
		return downedRank
	case s.Phase == Outdated && !s.Ready.True:
		return brokenRank
	}
	return rank[s.Phase]
}

// place is a pod's place in the order of the waves.
type place struct {
	*subject
	turn int // among the healthy pods that are still to be started
}

// inOrder sorts the pods: broken ones come first, then the plan's order holds,
// then their names. A roll-back begins with what was patched last.
func inOrder(plan Plan, attempt Attempt, pods []*subject) []*subject {
	places := make([]place, len(pods))
	for i, pod := range pods {
		places[i].subject = pod
		if order := plan.Spec.Order; order != nil {
			pod.domain = pod.NodeLabels[order.TopologyKey]
		}
	}
	ordered := plan.Spec.Target.Kind == "StatefulSet"
	byName := func(a, b place) int {
		if attempt.RollBack {
			return cmp.Or(b.Marks.newest().Compare(a.Marks.newest()), cmp.Compare(a.Name, b.Name))
		}
		return compareNames(a.Name, b.Name, ordered)
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.rank(), b.rank()), byName(a, b)) })
	if plan.Spec.Order != nil {
		takeTurns(places, plan.Spec.Order.Policy)
		slices.SortStableFunc(places, func(a, b place) int {
			return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.turn, b.turn), cmp.Compare(a.domain, b.domain))
		})
	}
	sorted := make([]*subject, len(places))
	for i, p := range places {
		sorted[i] = p.subject
	}
	return sorted
}

// takeTurns says how many of its domain come before each pod that is still to
// be started; with one domain at a time, whether its domain was begun.
func takeTurns(places []place, policy string) {
	before := map[string]int{}
	for i, p := range places {
		if p.rank() == rank[Outdated] {
			places[i].turn = before[p.domain]
		}
		before[p.domain]++
	}
	if policy != spec.OneDomainAtATime {
		return
	}
	begun := map[string]bool{}
	for i, p := range places {
		if p.rank() < downedRank {
			begun[p.domain] = true
		}
		places[i].turn = 1
		if begun[p.domain] {
			places[i].turn = 0
		}
	}
}

// compareNames sorts by name; pods of an ordered workload by ordinal, the
// highest first, as a StatefulSet does.
func compareNames(a, b string, ordered bool) int {
	if !ordered {
		return cmp.Compare(a, b)
	}
	return cmp.Or(cmp.Compare(ordinal(b), ordinal(a)), cmp.Compare(a, b))
}

func ordinal(name string) int {
	number, err := strconv.Atoi(name[strings.LastIndex(name, "-")+1:])
	if err != nil {
		return -1
	}
	return number
}
