package simulation

import (
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// mostCorrections are as many as a pod gets before a fight is told.
const mostCorrections = 3

// drift is what a plan says of it; mostly nothing.
func (w *world) drift(name string) *spec.Drift {
	return one(&w.chance, "drift", name, nil, nil, nil, nil,
		&spec.Drift{Schedule: w.cron("*/2 * * * *")}, &spec.Drift{Mode: "Correct", Schedule: w.cron("1-59/4 * * * *")},
		&spec.Drift{Mode: "Report"}, &spec.Drift{Mode: "Off"})
}

// scheduled tells whether drift may last.
func scheduled(d *spec.Drift) bool {
	return d != nil && (d.Schedule.String() != "" || d.Mode == "Report" || d.Mode == "Off")
}

// fight is another writer that changes a pod back whenever patchwave has
// written it.
func (w *world) fight() bool {
	p := w.some("fight")
	if p == nil {
		return false
	}
	until, replaces := time.Now().Add(w.span("fight", "for", 10*time.Second, 3*time.Minute)), w.odds("fight by replacing", "", 300)
	var turn func()
	turn = func() {
		if p.gone || p.terminating || time.Now().After(until) {
			return
		}
		if p.boxes[len(p.boxes)-1].writer == reconciler.Writer {
			if replaces && w.completedFor(p) { // with it go the marks
				w.count("another writer replaces pods")
				p.marks, p.outing, p.replaced = nil, nil, true
			}
			w.writeByHand(p, registry+"app:v0", "flux")
		}
		w.after(w.span("fight", p.uid, time.Second, 10*time.Second), turn)
	}
	w.writeByHand(p, registry+"app:v0", "flux")
	turn()
	return true
}

// completedFor tells whether all plans that have patched a pod are completed: what
// is written to it now is drift.
func (w *world) completedFor(p *pod) bool {
	return !slices.ContainsFunc(p.marks, func(m reconciler.Mark) bool {
		namespace, name, _ := strings.Cut(m.Plan, "/")
		r := w.records[spec.Key{Namespace: namespace, Name: name}]
		return r == nil || r.status.Attempt.Result != reconciler.Completed
	})
}

// correctsDrift: pods of a completed plan are started as it says of drift: not
// at all, or once a start of its schedule has come since they drifted.
func (p *process) correctsDrift(action reconciler.Action, d *decision) {
	drift, pod := d.plan.Spec.Drift, p.byUID(action.Pod.UID)
	if drift == nil || !isCompleted(action, d) || p.book.spoiled[d.plan.Key()] { // or it has begun anew
		return
	}
	if drift.Mode == "Report" || drift.Mode == "Off" {
		p.breaks("5 time", "pod %s is corrected under %s", pod.name, drift.Mode)
	}
	if drift.Schedule.String() == "" || p.skewed {
		return
	}
	since := pod.born
	for _, image := range d.plan.Spec.Images {
		if b := pod.box(image.Container); b != nil && b.writer != reconciler.Writer && b.strayed.After(since) {
			since = b.strayed
		}
	}
	// A pass begins up to a fifth of the period after its start.
	for at := time.Now().Truncate(time.Minute); at.After(since.Add(-49 * time.Second)); at = at.Add(-time.Minute) {
		if starts(drift.Schedule, at.Minute()) {
			return
		}
	}
	p.breaks("5 time", "pod %s has drifted since %s, and is corrected before %s has come", pod.name, since, drift.Schedule)
}

// stray is somebody else's write that our own writes over: with it begins
// another attempt, unless it has been too often.
func (p *process) stray(action reconciler.Action, pod *pod, attempt, container string) string {
	b := pod.box(container)
	r := p.world.records[spec.Key{Namespace: namespace, Name: p.book.plans[action.Try.Digest].Metadata.Name}]
	if b.writer == reconciler.Writer || b.writer == "" || r == nil || r.status.Attempt.Result != reconciler.Completed {
		return ""
	}
	most := mostCorrections * (1 + p.book.resumes())
	if pod.replaced { // what a process has not seen when it dies nobody counts
		most += p.world.started
	}
	if pod.corrections[attempt]++; pod.corrections[attempt] > most && !pod.meddled {
		p.breaks("6 once", "pod %s is corrected %d times, though %s changes it back", pod.name, pod.corrections[attempt], b.writer)
	}
	return " after " + b.writtenAt.String()
}

// resumes counts how often a person has said so, of any plan.
func (b *book) resumes() int {
	n := 0
	for _, asked := range b.asked {
		if asked.Verb == reconciler.ResumePlan {
			n++
		}
	}
	return n
}
