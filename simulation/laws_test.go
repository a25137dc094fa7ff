package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// settleTime is how long a pass of the loop, with its writes, may take: so
// long a plan may be acted on that is not the newest any more.
const settleTime = 25 * time.Second

// judge holds the laws against what the loop is about to write, given what it
// looked at.
func (p *process) judge(action reconciler.Action) {
	if action.Verb == reconciler.Reopen {
		return
	}
	d := &p.decided
	starts := !action.Pod.Gate.Closed
	p.newest7(action, d.plan)
	if !starts {
		return
	}
	p.isolation11(action, d.plan)
	p.absence12(action, d.plan)
	p.latch(action, d.plan)
	if action.Pod.Ready.True {
		p.budget2b(action, d)
	}
	d.begun[action.Pod.UID] = true
	p.order4(action, d)
}

// commits holds the laws against a write as it takes place.
func (p *process) commits(action reconciler.Action, pod *pod) {
	if action.Verb == reconciler.Reopen {
		return
	}
	plan := p.book.plans[action.Try.Digest]
	key := plan.Key().String()
	p.scope1(action, pod, plan)
	if action.Verb == reconciler.Patch {
		p.grace3(pod, plan.Spec)
		p.once6(action, pod, plan)
	}
	if pod.outing == nil {
		pod.outing = &outing{plan: key, serving: pod.status.ready.True}
		p.budget2a(pod, plan, key)
	}
	if action.Verb == reconciler.Patch {
		pod.outing.patched, pod.outing.limit = lastMark(action.Marks, key), deadline(plan.Spec)
	}
}

func (p *process) scope1(action reconciler.Action, pod *pod, plan spec.Plan) {
	if pod.work.name != plan.Spec.Target.Name || pod.terminating || pod.gone {
		p.breaks("1 scope", "pod %s is not the plan's to touch (terminating %t)", pod.name, pod.terminating)
	}
	if action.Verb == reconciler.Patch && len(action.Images) == 0 {
		p.breaks("1 scope", "pod %s is patched with nothing", pod.name)
	}
	for _, image := range action.Images {
		if !slices.Contains(plan.Spec.Images, image) {
			p.breaks("1 scope", "pod %s: %s is not the plan's image for container %s", pod.name, image.Image, image.Container)
		}
	}
}

// budget2a: pods under way that were available when started are at most
// maxUnavailable, stale caches, lost answers and crashes included.
func (p *process) budget2a(started *pod, plan spec.Plan, key string) {
	if !started.outing.serving {
		return
	}
	out := 0
	for _, pod := range p.living() {
		if o := pod.outing; o != nil && o.plan == key && o.serving && !o.failed() && !p.refusedLong(pod, plan) {
			out++
		}
	}
	matched := len(p.owned(started.work))
	if p.decided.plan.Key().String() == key {
		matched = max(matched, len(p.decided.observed.Pods))
	}
	if allowed := most(plan.Spec, matched); out > allowed {
		p.breaks("2a budget", "pod %s is started as number %d under way that served, of %d allowed", started.name, out, allowed)
	}
}

// budget2b: an available pod is started only if those unavailable for any
// cause, and under way in any plan, are fewer than maxUnavailable.
func (p *process) budget2b(action reconciler.Action, d *decision) {
	out, why := 1, ""
	for _, pod := range d.observed.Pods {
		if pod.UID == action.Pod.UID {
			continue
		}
		truly := p.byUID(pod.UID)
		unavailable := !pod.Ready.True || minReady(d.plan.Spec) > 0 && d.at.Before(pod.Ready.Since.Add(minReady(d.plan.Spec)))
		started := d.begun[pod.UID] && pod.Ready.True
		late := p.long(lastMark(pod.Marks, d.plan.Key().String()), d.plan)
		down := wants(d.plan.Spec, pod) && p.long(truly.unready, d.plan)
		failed := truly.outing.failed() || late || down || p.refusedLong(truly, d.plan.Plan)
		if started || (unavailable || truly.outing != nil && !truly.terminating) && !failed && !d.begun[pod.UID] {
			out++
			why += fmt.Sprintf(" %s (unavailable %t, outing %t, ready since %s)", pod.Name, unavailable, truly.outing != nil, pod.Ready.Since.Sub(p.begin))
		}
	}
	if allowed := most(d.plan.Spec, len(d.observed.Pods)); out > allowed {
		p.breaks("2b budget", "pod %s is started while, with it, %d are out, of %d allowed:%s", action.Pod.Name, out, allowed, why)
	}
}

// long tells whether something has lasted for the plan's deadline.
func (p *process) long(since time.Time, plan reconciler.Plan) bool {
	return !since.IsZero() && time.Since(since) >= deadline(plan.Spec)
}

// refusedLong tells whether a pod could not be written in all its time.
func (p *process) refusedLong(pod *pod, plan spec.Plan) bool {
	last, known := p.denials[pod.uid]
	return known && last.try.Digest == plan.Digest() && time.Since(last.since) >= deadline(plan.Spec) && !wants(plan.Spec, pod.view())
}

// grace3: a serving pod with a gate is patched only after it was seen not
// Ready, with its gate closed, for the whole grace: by the world's true time.
func (p *process) grace3(pod *pod, plan spec.PlanSpec) {
	if pod.gate == "" || grace(plan) == 0 {
		return
	}
	if pod.status.ready.True {
		p.breaks("3 grace", "pod %s is patched while it serves", pod.name)
		return
	}
	if pod.outing == nil || !pod.outing.serving || !pod.outing.patched.IsZero() {
		return
	}
	since := slices.MaxFunc([]time.Time{pod.unready, pod.shut}, time.Time.Compare)
	if had := time.Since(since); had < grace(plan) {
		p.breaks("3 grace", "pod %s is patched %s after it was drained, its grace is %s", pod.name, had, grace(plan))
	}
}

// order4: no pod of a wave starts before the wave before is complete and its
// soak is over.
//
// Pods whose marks are lost, to another plan or to a person, are left out: the
// attempt's account of its waves is lost with them.
func (p *process) order4(action reconciler.Action, d *decision) {
	var begun []string
	for _, seen := range d.observed.Pods {
		if pod := p.byUID(seen.UID); pod.handled || pod.meddled {
			return
		}
	}
	for _, seen := range d.observed.Pods {
		pod := p.byUID(seen.UID)
		under := pod.outing != nil && pod.outing.plan == d.plan.Key().String() && (wants(d.plan.Spec, seen) || seen.Gate.Closed)
		if d.begun[seen.UID] || under || p.finished(seen, pod, d) {
			begun = append(begun, pod.name)
		}
	}
	if limit := p.limit(d); len(begun) > limit {
		p.breaks("4 order", "pod %s is started, but the open wave ends at %d; begun or done are %s", action.Pod.Name, limit, begun)
	}
}

// finished tells whether a pod is done with, well or not, or cannot be reached.
func (p *process) finished(seen reconciler.Pod, pod *pod, d *decision) bool {
	return !p.doneSince(seen, pod, d).IsZero()
}

// lost tells whether a pod's node is not Ready, or was not a moment ago: what
// the pod's status says is the node controller's word.
func (p *process) lost(seen reconciler.Pod) bool {
	n, known := p.nodes[seen.Node]
	return known && (!n.ready || !seen.Ready.True && seen.Ready.Since.Before(n.since) && time.Since(n.since) < 11*time.Second)
}

func (p *process) doneSince(seen reconciler.Pod, pod *pod, d *decision) time.Time {
	if pod.outing.failed() || p.refusedLong(pod, d.plan.Plan) || p.lost(seen) {
		return p.begin
	}
	completed := time.Time{}
	if last := d.observed.Status.LastCompleted; last != nil {
		completed = last.At
	}
	since := p.servedSince(pod, d.plan, completed)
	if !since.IsZero() {
		since = since.Add(max(0, minReady(d.plan.Spec)-time.Second))
	}
	due := lastMark(seen.Marks, d.plan.Key().String()).Add(deadline(d.plan.Spec))
	if wants(d.plan.Spec, seen) && due.After(completed) && !time.Now().Before(due) && (since.IsZero() || since.After(due)) {
		return due // it has failed
	}
	return since
}

// limit is how many pods the waves let begin.
func (p *process) limit(d *decision) int {
	var done []time.Time
	for _, seen := range d.observed.Pods {
		pod := p.byUID(seen.UID)
		if since := p.doneSince(seen, pod, d); !since.IsZero() {
			done = append(done, since)
		}
	}
	slices.SortFunc(done, time.Time.Compare)
	n := len(d.observed.Pods)
	for i, wave := range d.plan.Spec.Waves {
		end := wave.Pods.Of(n)
		if len(done) < end {
			return end
		}
		if end > 0 && !p.soaked(d, i, done[end-1]) {
			return end
		}
	}
	return n
}

// soaked tells whether the soak of a wave is over that was complete at some time.
func (p *process) soaked(d *decision, wave int, complete time.Time) bool {
	status := d.observed.Status
	at := d.plan.Digest + " " + itoa(wave)
	wait := time.Duration(d.plan.Spec.Waves[wave].Soak)
	same := status.LastCompleted != nil && slices.Equal(status.LastCompleted.Images, d.plan.Spec.Images)
	if same || status.Attempt.Digest == d.plan.Digest && status.Attempt.Result == reconciler.Completed || !time.Now().Before(complete.Add(wait)) {
		p.book.passed[at] = true
	}
	return p.book.passed[at]
}

// once6: an image is written to a container at most once per pod and attempt,
// and never one that it has.
func (p *process) once6(action reconciler.Action, pod *pod, plan spec.Plan) {
	attempt := ""
	if r := p.world.records[plan.Key()]; r != nil {
		attempt = r.status.Attempt.Digest + r.status.Attempt.StartedAt.String()
	}
	for _, image := range action.Images {
		if plain(pod.box(image.Container).image) == plain(image.Image) {
			p.breaks("6 once", "pod %s is patched with the image it has", pod.name)
		}
		at := attempt + " " + image.Container + " " + image.Image
		if pod.written[at] && !pod.meddled {
			p.breaks("6 once", "pod %s gets %s twice in one attempt", pod.name, image.Image)
		}
		pod.written[at] = true
	}
}

// newest7: what is written follows from the newest commit that was read.
func (p *process) newest7(action reconciler.Action, plan reconciler.Plan) {
	newest, read := p.readings[plan.Source]
	if !read || time.Since(newest.at) < settleTime {
		return
	}
	starts := !action.Pod.Gate.Closed
	for _, known := range newest.Plans {
		if known.Key() == plan.Key() && known.Digest() != plan.Digest {
			p.breaks("7 newest wins", "pod %s is written for digest %s, which is not the newest", action.Pod.Name, short(plan.Digest))
		} else if known.Key() == plan.Key() {
			return
		}
	}
	if starts {
		p.breaks("7 newest wins", "pod %s is started for plan %s, which the newest commit does not have", action.Pod.Name, plan.Key())
	}
}

// latch is section 7: a digest that failed is not tried again.
func (p *process) latch(action reconciler.Action, plan reconciler.Plan) {
	if p.book.halted[plan.Key()] == plan.Digest {
		p.breaks("failure", "pod %s is started for digest %s, which is halted", action.Pod.Name, short(plan.Digest))
	}
	failed := 0
	for _, seen := range p.decided.observed.Pods {
		pod := p.byUID(seen.UID)
		o, slack := pod.outing, deadline(plan.Spec)+2*settleTime
		if o != nil && o.plan == plan.Key().String() && slices.ContainsFunc(marksBy(seen.Marks, plan.Key().String()), func(m reconciler.Mark) bool { return m.Digest == plan.Digest }) &&
			wants(plan.Spec, seen) && pod.node != nil && p.nodes[pod.node.name].ready && pod.downFor() > slack {
			failed++
		}
	}
	if failed > plan.Spec.MaxFailures && !p.book.spoiled[plan.Key()] {
		p.breaks("failure", "pod %s is started though %d pods have failed, %d are tolerated", action.Pod.Name, failed, plan.Spec.MaxFailures)
	}
}

// downFor is for how long a patched pod has been down without a break.
func (p *pod) downFor() time.Duration {
	if p.unready.IsZero() || p.outing.patched.IsZero() {
		return 0
	}
	return min(time.Since(p.unready), time.Since(p.outing.patched))
}

// isolation11: two plans that claim the same container both stop.
func (p *process) isolation11(action reconciler.Action, plan reconciler.Plan) {
	for source, r := range p.readings {
		for _, other := range r.Plans {
			if other.Key() != plan.Key() && time.Since(r.at) > settleTime && other.Spec.Target.Name == plan.Spec.Target.Name &&
				claimsSame(other, plan.Plan) && p.inForce(other, source) {
				p.breaks("11 isolation", "pod %s is started for %s, which %s contests", action.Pod.Name, plan.Key(), other.Key())
			}
		}
	}
}

func claimsSame(a, b spec.Plan) bool {
	return slices.ContainsFunc(a.Spec.Images, func(x spec.Image) bool {
		return slices.ContainsFunc(b.Spec.Images, func(y spec.Image) bool { return x.Container == y.Container })
	})
}

// inForce tells whether no earlier source has a plan of that name.
func (p *process) inForce(plan spec.Plan, source string) bool {
	for _, earlier := range sources {
		if earlier == source {
			return true
		}
		if _, taken := (commit{plans: p.readings[earlier].Plans}).plan(plan.Metadata.Name); taken {
			return false
		}
	}
	return true
}

// absence12: nothing starts before Git was read.
func (p *process) absence12(action reconciler.Action, plan reconciler.Plan) {
	if _, read := p.readings[plan.Source]; !read {
		p.breaks("12 absence", "pod %s is started before source %s was read", action.Pod.Name, plan.Source)
	}
}

// removes holds law 12 against a record that goes.
func (p *process) removes(key spec.Key, r *record) {
	newest, read := p.readings[r.source]
	switch {
	case !read && slices.Contains(sources, r.source):
		p.breaks("12 absence", "the record of %s goes, though source %s was not read", key, r.source)
	case time.Since(newest.at) < settleTime:
	case slices.ContainsFunc(newest.Plans, func(plan spec.Plan) bool { return plan.Key() == key }):
		p.breaks("12 absence", "the record of %s goes, though source %s has the plan", key, r.source)
	case slices.ContainsFunc(newest.Problems, func(b spec.Problem) bool { return b.Plan == key || b.Plan == spec.Key{} }):
		p.breaks("12 absence", "the record of %s goes, though source %s has a problem with it", key, r.source)
	}
}

// saves holds the laws against what a record comes to say.
func (p *process) saves(key spec.Key, d decision, before, after reconciler.Status) {
	switch {
	case after.Attempt.Failure != nil:
		p.book.halted[key] = after.Attempt.Digest
	case after.Attempt.Digest != p.book.halted[key]:
		delete(p.book.halted, key)
	}
	p.limit(&d)
	ready, _ := after.Condition("Ready")
	was, _ := before.Condition("Ready")
	completed := after.Attempt.Result == reconciler.Completed && before.Attempt.Result != reconciler.Completed
	if !d.plan.Withdrawn && (completed || ready.Status == "True" && was.Status != "True") {
		p.completion(d)
	}
}

// completion is never claimed while an old program runs on a pod that can be
// reached and that the waves had to update.
func (p *process) completion(d decision) {
	failed := ""
	for _, seen := range d.observed.Pods {
		pod := p.byUID(seen.UID)
		why := p.amiss(seen, pod, d.plan.Spec)
		switch {
		case why == "" || seen.Node == "" || !seen.NodeReady || pod.gone || pod.meddled || pod.handled:
		case pod.outing.failed() || p.refusedLong(pod, d.plan.Plan):
			failed += " " + pod.name
		default:
			p.breaks("completion", "plan %s is called complete while pod %s %s", d.plan.Key(), pod.name, why)
		}
	}
	if n := strings.Count(failed, " "); n > d.plan.Spec.MaxFailures {
		p.breaks("completion", "plan %s is called complete with %d failed pods:%s", d.plan.Key(), n, failed)
	}
}

// amiss says what a pod lacks to be on a plan's images.
func (p *process) amiss(seen reconciler.Pod, pod *pod, plan spec.PlanSpec) string {
	if !wants(plan, seen) {
		return "is on another image"
	}
	for _, image := range plan.Images {
		b := pod.box(image.Container)
		if b.program.running && plain(b.program.image) != plain(image.Image) && plain(b.image) == plain(image.Image) && !b.init {
			return "still runs " + b.program.image
		}
	}
	return ""
}
