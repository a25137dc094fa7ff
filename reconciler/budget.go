package reconciler

import (
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// maxInFlight bounds the pods under way at once, whatever the budget allows:
// beyond it each pod only waits longer for the API server and its kubelet.
const maxInFlight = 64

// choice is which pods are started now, and what withheld others.
type choice struct {
	starts   []*subject
	withheld string // by which PodDisruptionBudget, "" for none
	until    time.Time
}

// pick chooses the pods to start now, within the budgets and the pace.
//
// A pod that serves is started only while fewer pods than maxUnavailable are
// missing, unavailable or under way, and each PodDisruptionBudget that selects
// it has room; a broken pod takes nothing away and needs no room.
func pick(plan Plan, progress progress, strength strength, disruptions disruptions) choice {
	room := plan.Spec.Unavailable(strength.wanted) - strength.missing() - len(occupants(progress.order))
	pace := maxInFlight - underWay(progress.order)
	var c choice
	for _, pod := range progress.candidates() {
		switch {
		case len(c.starts) >= pace:
			return c
		case !pod.Ready.True:
			c.starts = append(c.starts, pod)
		case room <= 0 || plan.otherDomain(pod, progress.order, c.starts):
		case disruptions.exhausted(pod) != "":
			c.withheld, c.until = disruptions.exhausted(pod), disruptions.until
		default:
			c.starts = append(c.starts, pod)
			disruptions.take(pod)
			room--
		}
	}
	return c
}

// otherDomain keeps a pod back while pods of another domain are under way, where
// the plan wants one domain at a time.
func (p Plan) otherDomain(pod *subject, pods, starts []*subject) bool {
	if p.Spec.Order == nil || p.Spec.Order.Policy != spec.OneDomainAtATime {
		return false
	}
	other := func(s *subject) bool { return s.domain != pod.domain }
	serving := func(s *subject) bool { return s.Ready.True && other(s) }
	return slices.ContainsFunc(started(pods), other) || slices.ContainsFunc(starts, serving)
}

// occupants are the pods that use the budget: unavailable for any cause, about to
// be, or under way, or perhaps. Failures within maxFailures do not use it for ever,
// but until one that can serve again does.
func occupants(pods []*subject) []*subject {
	return slices.DeleteFunc(slices.Clone(pods), func(s *subject) bool {
		idle := s.Phase == Outdated || s.Phase == Drifted || s.Phase == Strayed
		return !s.doubted && s.Pod.Leaving == "" && (s.Phase == Failed && !s.Gate.Closed && !s.rising || s.Phase == Updated || idle && s.available)
	})
}

// disruptions are the PodDisruptionBudgets with the room they have left.
type disruptions struct {
	rooms   map[string]int      // by budget
	budgets map[string][]string // of a pod, by UID
	until   time.Time           // when time alone may end what is under way
}

// disruptionsOf counts what each budget still allows: no more than its status
// says, and no more than we count ourselves, where a pod under way in any plan
// is as good as gone, even if its status does not show that yet.
func disruptionsOf(observed Observed, now time.Time) disruptions {
	d := disruptions{rooms: map[string]int{}, budgets: map[string][]string{}}
	for _, budget := range observed.Budgets {
		healthy := 0
		for _, pod := range budget.Members {
			d.budgets[pod.UID] = append(d.budgets[pod.UID], budget.Name)
			inHand, until := pod.inHand(now)
			if pod.Ready.True && !inHand {
				healthy++
			}
			d.until = Earlier(d.until, until)
		}
		d.rooms[budget.Name] = min(budget.Allowed, healthy-budget.Desired)
	}
	return d
}

// exhausted names a budget that does not let the pod go, "" for none.
func (d disruptions) exhausted(pod *subject) string {
	for _, budget := range d.budgets[pod.UID] {
		if d.rooms[budget] < 1 {
			return fmt.Sprintf("PodDisruptionBudget %s, which allows no disruption now", budget)
		}
	}
	return ""
}

func (d disruptions) take(pod *subject) {
	for _, budget := range d.budgets[pod.UID] {
		d.rooms[budget]--
	}
}
