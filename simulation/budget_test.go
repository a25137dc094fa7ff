package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// budget2a: pods under way that were available when started are at most
// maxUnavailable, stale caches, lost answers and crashes included.
func (p *process) budget2a(started *pod, plan spec.Plan, key string) {
	if !started.outing.serving || p.skewed {
		return
	}
	out, why := 0, ""
	for _, pod := range p.living() {
		if o := pod.outing; o != nil && o.plan == key && pod.work == started.work && o.serving && !o.failed() && !p.refusedLong(pod, plan) {
			out++
			why += " " + pod.name + " (" + o.String() + ")"
		}
	}
	wanted := max(len(p.owned(started.work)), started.work.replicas)
	if d := p.decided[plan.Key()]; d != nil {
		seen, _ := d.wanted()
		wanted = max(wanted, seen, len(d.observed.Pods))
	}
	if allowed := most(plan.Spec, wanted); out > allowed {
		p.breaks("2a budget", "pod %s is started as number %d under way that served, of %d allowed:%s", started.name, out, allowed, why)
	}
}

// wanted is how many pods the target is to have, in what was looked at, and how many of
// these are not there.
func (d *decision) wanted() (wanted, missing int) {
	there := len(d.observed.Pods)
	for _, owner := range d.observed.Owners {
		return owner.Wanted, max(0, owner.Wanted-there)
	}
	return there + d.observed.Ending, d.observed.Ending
}

// budget2b: an available pod is started only if those missing, unavailable for any
// cause, and under way in any plan, are fewer than maxUnavailable.
func (p *process) budget2b(action reconciler.Action, d *decision) {
	wanted, missing := d.wanted()
	out, why := 1+missing, fmt.Sprintf(" %d missing", missing)
	for _, seen := range d.observed.Pods {
		if seen.UID == action.Pod.UID {
			continue
		}
		if p.uses(seen, d) {
			out++
			why += fmt.Sprintf(" %s (Ready %t since %s; %s)", seen.Name, seen.Ready.True, seen.Ready.Since.Sub(p.begin), p.byUID(seen.UID).outing)
		}
	}
	if allowed := most(d.plan.Spec, wanted); out > allowed {
		p.breaks("2b budget", "pod %s is started while, with it, %d are out, of %d allowed:%s", action.Pod.Name, out, allowed, why)
	}
}

// uses tells whether a pod uses the plan's budget.
func (p *process) uses(seen reconciler.Pod, d *decision) bool {
	truly, plan := p.byUID(seen.UID), d.plan.Spec
	if d.begun[seen.UID] {
		return seen.Ready.True
	}
	wait := max(minReady(plan), truly.work.minReady)
	unavailable := !seen.Ready.True || seen.Leaving != "" || wait > 0 && time.Now().Before(seen.Ready.Since.Add(wait))
	return (unavailable || truly.outing != nil && !truly.terminating) && !p.failedLong(seen, truly, d)
}

// failedLong tells whether a pod has had its time, and is not counted any more.
func (p *process) failedLong(seen reconciler.Pod, truly *pod, d *decision) bool {
	late := p.long(lastMark(seen.Marks, d.plan.Key().String()), d.plan)
	down := wants(d.plan.Spec, seen) && p.long(truly.unready, d.plan)
	return truly.outing.failed() || late || down || p.refusedLong(truly, d.plan.Plan)
}

// long tells whether something has lasted for the plan's deadline.
func (p *process) long(since time.Time, plan reconciler.Plan) bool {
	return !since.IsZero() && time.Since(since) >= deadline(plan.Spec)
}

// refusedLong tells whether a pod could not be written in all its time.
func (p *process) refusedLong(pod *pod, plan spec.Plan) bool {
	last, known := p.denials[pod.uid]
	if r := p.world.records[plan.Key()]; r != nil && r.status.Attempt.Retry != last.try.Retry {
		return false // that was another attempt
	}
	return known && last.try.Digest == plan.Digest() && time.Since(last.since) >= deadline(plan.Spec) && (last.try.RollBack || !wants(plan.Spec, pod.view()))
}

// disruptions2b: each PodDisruptionBudget that selects a serving pod has room
// for it: by its status, and by what the world itself counts.
func (p *process) disruptions2b(action reconciler.Action, d *decision) {
	for _, b := range d.observed.Budgets {
		if !slices.ContainsFunc(b.Members, func(m reconciler.Pod) bool { return m.UID == action.Pod.UID }) {
			continue
		}
		begun, healthy := 1, -1
		for _, m := range b.Members {
			switch {
			case d.begun[m.UID] && m.Ready.True:
				begun++
			case m.Ready.True && p.byUID(m.UID).outing == nil:
				healthy++
			}
		}
		if begun > b.Allowed || healthy < b.Desired {
			p.breaks("2b budget", "pod %s is number %d started at once, PodDisruptionBudget %s allows %d; it leaves %d healthy of %d",
				action.Pod.Name, begun, b.Name, b.Allowed, healthy, b.Desired)
		}
	}
}

// domains: with OneDomainAtATime no pod that serves is started while one of
// another domain is under way.
func (p *process) domains(action reconciler.Action, d *decision) {
	order := d.plan.Spec.Order
	if order == nil || order.Policy != spec.OneDomainAtATime {
		return
	}
	domain := func(pod reconciler.Pod) string { return pod.NodeLabels[order.TopologyKey] }
	for _, seen := range d.observed.Pods {
		truly := p.byUID(seen.UID)
		under := d.begun[seen.UID] && seen.Ready.True || truly.outing != nil && truly.outing.plan == d.plan.Key().String() &&
			!p.lost(seen) && !p.failedLong(seen, truly, d) && !truly.handled && (wants(d.plan.Spec, seen) || seen.Gate.Closed)
		if under && domain(seen) != domain(action.Pod) {
			p.breaks("order", "pod %s of %s is started while %s of %s is %s", action.Pod.Name, domain(action.Pod), seen.Name, domain(seen), truly.outing)
		}
	}
}
