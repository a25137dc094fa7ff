package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// budget is a PodDisruptionBudget over whole workloads, with its status.
type budget struct {
	name             string
	works            []*workload
	unavailable      int // how many of the pods may be
	allowed, desired int // its status, as the disruption controller wrote it last
	due              bool
}

// protect gives some workloads a budget; two may share one.
func (w *world) protect() {
	if !w.odds("budget", "", 250) {
		return
	}
	b := &budget{name: "all", works: w.workloads, unavailable: one(&w.chance, "budget", "unavailable", 0, 1, 1, 2)}
	if w.odds("budget", "one workload", 300) {
		b.works = w.workloads[:1]
	}
	w.count("PodDisruptionBudget")
	w.budgets = append(w.budgets, b)
	w.recount(b)
}

func (b *budget) selects(p *pod) bool { return slices.Contains(b.works, p.work) }

// disturbed has the disruption controller look at the budgets of a pod, later.
func (w *world) disturbed(p *pod) {
	for _, b := range w.budgets {
		if b.due || !b.selects(p) {
			continue
		}
		b.due = true
		lag := w.span("disruption controller", b.name, 5*time.Millisecond, 300*time.Millisecond)
		if w.strikes("slow disruption controller", b.name) {
			lag = w.span("slow disruption controller", b.name, time.Second, 8*time.Second)
		}
		w.after(lag, func() { w.recount(b) })
	}
}

func (w *world) recount(b *budget) {
	b.due = false
	expected, healthy := 0, 0
	for _, work := range b.works {
		for _, p := range w.owned(work) {
			expected++
			if p.status.ready.True {
				healthy++
			}
		}
	}
	b.desired = max(0, expected-b.unavailable)
	b.allowed = max(0, healthy-b.desired)
	if shown, p := *b, w.process; p != nil {
		p.deliver(func() { p.budgets[b.name] = shown })
	}
}

// budgetsOf are the budgets that select any of the pods, as informers show them.
func (p *process) budgetsOf(pods []reconciler.Pod) []reconciler.Budget {
	var found []reconciler.Budget
	for _, b := range p.world.budgets {
		shown := p.budgets[b.name]
		if !slices.ContainsFunc(pods, func(pod reconciler.Pod) bool { return b.selects(p.byUID(pod.UID)) }) {
			continue
		}
		budget := reconciler.Budget{Name: b.name, Allowed: shown.allowed, Desired: shown.desired}
		for _, pod := range p.world.pods {
			if s, ok := p.newest(pod.uid); ok && b.selects(pod) && !s.terminating {
				budget.Members = append(budget.Members, s.Pod)
			}
		}
		found = append(found, budget)
	}
	return found
}

// evict deletes a pod as a drain of its node does: within the budgets.
func (w *world) evict() bool {
	p := w.some("evict")
	if p == nil {
		return false
	}
	for _, b := range w.budgets {
		if !b.selects(p) {
			continue
		}
		if b.allowed < 1 {
			w.count("eviction refused")
			return false
		}
		b.allowed--
	}
	w.remove(p)
	return true
}

// blocked tells whether a budget never lets a workload's pods go.
func (w *world) blocked(work *workload) bool {
	return slices.ContainsFunc(w.budgets, func(b *budget) bool { return slices.Contains(b.works, work) && b.allowed < 1 })
}
