package simulation

import (
	"slices"
	"strings"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// checkEnd is held against a world that has been healthy and quiet for a while.
func (w *world) checkEnd() {
	w.stranded8()
	w.released13()
	w.putBack18()
	waiting := !w.stillness() && !w.allStalled()
	for _, source := range sources {
		for _, plan := range w.git.tips[source].plans {
			if w.process.inForce(plan, source) {
				waiting = w.live(plan) || waiting
			}
		}
	}
	if w.waits = waiting; !waiting {
		w.answer10()
	}
}

// stranded8: no pod that would serve is left with its gate closed.
func (w *world) stranded8() {
	for _, p := range w.living() {
		if p.gate != "" && !p.terminating && !p.noteless && p.content() && (p.door == nil || !p.door.True) {
			w.breaks("8 nothing stranded", "the gate of pod %s is left closed", p.name)
		}
	}
}

// released13: no owner is left held, and none in our hands.
func (w *world) released13() {
	for _, work := range w.workloads {
		if work.owner.held || work.owner.mark != nil {
			w.breaks("13 templates", "%s %s is left held %t with mark %+v", work.kind, work.name, work.owner.held, work.owner.mark)
		}
	}
}

// live: a plan has come to its end, or says rightly why not. It answers
// whether the plan waits for pods that others keep down.
func (w *world) live(plan spec.Plan) (waits bool) {
	r := w.records[plan.Key()]
	if r == nil || r.digest != plan.Digest() || r.status.Attempt.Digest != plan.Digest() {
		w.breaks("liveness", "plan %s at %s was never taken up", plan.Key(), short(plan.Digest()))
		return false
	}
	stalled, isStalled := r.status.Condition("Stalled")
	ready, _ := r.status.Condition("Ready")
	switch {
	case isStalled:
		if !w.justified(plan, r.status.Attempt, stalled.Reason) {
			w.breaks("liveness", "plan %s has stalled without cause: %s: %s", plan.Key(), stalled.Reason, stalled.Message)
		}
	case ready.Status == "True":
		w.fulfilled(plan)
	case w.suspended(plan), w.blocked(w.workload(plan.Spec.Target.Name)) && (strings.Contains(ready.Message, "PodDisruptionBudget") || strings.Contains(ready.Message, "outside ")):
		return true
	case len(w.owned(w.workload(plan.Spec.Target.Name))) == 0 && strings.Contains(ready.Message, "there are none any more"):
		return true // scaled to none in the middle
	case w.allUp(plan) && !w.renamed(plan) || w.process == nil:
		w.breaks("liveness", "plan %s is still under way: %s (%s)", plan.Key(), ready.Message, r.status.Attempt.Result)
	default:
		return true
	}
	return false
}

// fulfilled: what a plan calls complete is so.
func (w *world) fulfilled(plan spec.Plan) {
	if scheduled(plan.Spec.Drift) {
		return
	}
	if work := w.workload(plan.Spec.Target.Name); work.kind != "Pod" && work.replicas > 0 && len(w.owned(work)) == 0 {
		w.breaks("liveness", "plan %s is Ready, and %s has no pod, of %d", plan.Key(), work.name, work.replicas)
	}
	amiss := 0
	for _, p := range w.owned(w.workload(plan.Spec.Target.Name)) {
		if !wants(plan.Spec, p.view()) || !p.truth() && p.outing != nil {
			amiss++
		}
	}
	if work := w.workload(plan.Spec.Target.Name); amiss == 0 && work.kind != "Pod" && plan.Spec.Target.Kind != "Pod" && plan.Spec.Template != spec.LeaveTemplate && kept(plan.Spec, len(w.owned(work))) == 0 {
		w.templates13(plan, work)
	}
	if amiss > plan.Spec.MaxFailures+kept(plan.Spec, len(w.owned(w.workload(plan.Spec.Target.Name)))) {
		w.breaks("liveness", "plan %s is Ready with %d pods amiss, %d tolerated", plan.Key(), amiss, plan.Spec.MaxFailures)
	}
}

// templates13: what a workload makes from now on comes up new.
func (w *world) templates13(plan spec.Plan, work *workload) {
	for _, image := range plan.Spec.Images {
		if own := work.image(image.Container); plain(own) != plain(image.Image) {
			w.breaks("13 templates", "plan %s is Ready, and the template of %s names %s and not %s", plan.Key(), work.name, own, image.Image)
		}
	}
}

// answer10: whatever GitHub shows is final, and each newest tip has its answer.
func (w *world) answer10() {
	for at, status := range w.hub.shown {
		if status.State == report.Pending && !w.spoiled(at.context) && !w.forgotten(at) {
			w.breaks("10 answer", "%s %s is left pending: %s", at.sha[34:], at.context, status.Description)
		}
	}
	for key, r := range w.records {
		w.shows(key, r)
	}
	for _, source := range sources {
		tip := w.git.tips[source].sha
		if _, ok := w.hub.shown[place{"acme/" + source, tip, "prod"}]; !ok {
			w.breaks("10 answer", "the tip %s of source %s has no status", tip[34:], source)
		}
	}
}

// shows: what GitHub shows of a plan is what its record says.
func (w *world) shows(key spec.Key, r *record) {
	_, sha, _ := strings.Cut(r.status.Attempt.Revision, "@sha1:")
	shown := w.hub.shown[place{"acme/" + r.source, sha, "prod/" + key.String()}].State
	_, stalled := r.status.Condition("Stalled")
	want := report.Pending
	switch {
	case r.status.Attempt.Result == reconciler.Completed:
		want = report.Success
	case r.status.Attempt.Result == reconciler.Withdrawn:
		want = report.Error
	case stalled:
		want = report.Failure
	}
	if shown != want && !w.book.spoiled[key] {
		w.breaks("10 answer", "GitHub shows %q of %s at %s, the record says %q", shown, key, sha[34:], want)
	}
}

// spoiled tells whether a context is of a plan whose record was lost, and its
// history with it.
func (w *world) spoiled(context string) bool {
	for key := range w.book.spoiled {
		if context == "prod/"+key.String() {
			return true
		}
	}
	return false
}

// forgotten tells whether nobody knows any more what became of a commit: the
// process that saw it died, or the record that did is spoiled.
func (w *world) forgotten(at place) bool {
	return (w.started > 1 || len(w.book.spoiled) > 0) && at.context == "prod" && "acme/"+w.sourceOf(at.sha) != at.repository
}

// sourceOf is the source whose tip a commit is.
func (w *world) sourceOf(sha string) string {
	for _, source := range sources {
		if w.git.tips[source].sha == sha {
			return source
		}
	}
	return ""
}

// allStalled tells whether no plan has anything to do but to tell of its failure.
func (w *world) allStalled() bool {
	for _, r := range w.records {
		if _, stalled := r.status.Condition("Stalled"); !stalled {
			return false
		}
	}
	return true
}

// amounts are what silence is measured by.
type amounts struct{ writes, statuses, looks int }

func (w *world) amounts() amounts { return amounts{w.writes, w.hub.writes, w.looks} }

// silent9: a converged plan causes no write, and no loop of looks.
func (w *world) silent9(before amounts, crashes int) {
	now := w.amounts()
	if w.tally["container crashes"] > crashes { // each is told of
		return
	}
	if now.writes != before.writes || now.statuses != before.statuses {
		w.breaks("9 silence", "%d writes to the API server and %d to GitHub in %s of quiet",
			now.writes-before.writes, now.statuses-before.statuses, silence)
	}
	if looks := now.looks - before.looks; w.stillness() && looks > 60 {
		w.breaks("9 silence", "%d looks in %s of quiet", looks, silence)
	}
}

// waitsAtWindows tells whether a plan that a disruption budget holds up says so
// at each opening of its windows, and at their closing when the next one is.
func (w *world) waitsAtWindows() bool {
	for _, r := range w.records {
		windows := len(r.plan.Spec.Windows) > 0 || len(w.operator.Windows[0]) > 0
		if work := w.workload(r.plan.Spec.Target.Name); windows && work != nil && w.blocked(work) {
			return true
		}
	}
	return false
}

// stillness tells whether no pod does anything by itself, and no window or schedule
// wakes a plan that is not done.
func (w *world) stillness() bool {
	for _, r := range w.records {
		windows := len(w.operator.Windows) + len(w.book.plans[r.status.Attempt.Digest].Spec.Windows)
		if len(r.status.Drift) > 0 || r.status.Attempt.Result != reconciler.Completed && windows > 0 {
			return false
		}
	}
	for _, p := range w.living() {
		if !p.truth() {
			return false
		}
	}
	return true
}

func (w *world) story() string { return strings.Join(w.timeline, "\n") }

// storyToBreak is what led to the first law broken.
func (w *world) storyToBreak() string {
	const shown = 150
	end := 1 + slices.IndexFunc(w.timeline, func(line string) bool { return strings.Contains(line, "BROKEN") })
	return strings.Join(w.timeline[max(0, end-shown):end], "\n")
}
