package report

import (
	"fmt"
	"strings"

	"github.com/patchwave/patchwave/reconciler"
)

// urgency orders what can be said of a plan in a word: what needs a person comes
// first, and what is done with last.
var urgency = []string{"failed", "held up", "waiting for approval", "waiting", "rolling out", "superseded", "deleted", "completed"}

// kind is one of these.
func (a episode) kind() string {
	_, isStalled := a.stalled()
	switch {
	case a.Result == reconciler.Completed:
		return "completed"
	case a.Result == reconciler.Superseded:
		return "superseded"
	case a.Result == reconciler.Withdrawn:
		return "deleted"
	case a.Result != reconciler.Progressing:
		return "failed"
	case isStalled:
		return "held up"
	case a.awaitsApproval():
		return "waiting for approval"
	case a.waits():
		return "waiting"
	}
	return "rolling out"
}

// titles are what the results are called in a heading.
var titles = map[reconciler.Result]string{
	reconciler.Progressing: "rolling out", reconciler.Completed: "completed", reconciler.Halted: "**failed, and halted**",
	reconciler.RollingBack: "**failed, and is rolled back**", reconciler.RolledBack: "**failed, and was rolled back**",
	reconciler.Superseded: "superseded", reconciler.Withdrawn: "the plan was deleted",
}

func (a episode) title() string {
	stalled, isStalled := a.stalled()
	switch {
	case a.ended():
		return titles[a.Result]
	case isStalled:
		return "held up: " + words(stalled.Reason)
	case a.awaitsApproval():
		return "**waits for approval**"
	case a.waits():
		return "waits"
	}
	return titles[a.Result]
}

func (a episode) stalled() (reconciler.StatusCondition, bool) {
	if !a.present {
		return reconciler.StatusCondition{}, false
	}
	return a.record.Status.Condition("Stalled")
}

func (a episode) awaitsApproval() bool {
	return a.present && !a.ended() && a.record.Status.Wave.AwaitsApproval > 0
}

// waits tells whether no pod is under way, and the record says why.
func (a episode) waits() bool {
	ready, _ := a.record.Status.Condition("Ready")
	idle := a.present && a.Result == reconciler.Progressing && a.record.Status.Pods.UnderWay == 0
	return idle && strings.Contains(ready.Message, "; ")
}

// now is what a roll-out is at, or waits for. A summary names no pods, and so has
// none of the record's words.
func (a episode) now(b *strings.Builder) {
	ready, _ := a.record.Status.Condition("Ready")
	_, isStalled := a.stalled()
	switch {
	case !a.present || a.ended() || isStalled:
	case a.awaitsApproval():
		key, wave := a.record.Plan.Key(), a.record.Status.Wave
		fmt.Fprintf(b, "**Now:** wave %d of %d is complete, and the next waits for a person to say %s\n\n",
			wave.AwaitsApproval, wave.Of, code("patchwave approve "+key.Name+" -n "+key.Namespace))
	case !a.summary && ready.Message != "":
		fmt.Fprintf(b, "**Now:** %s\n\n", code(ready.Message))
	}
}
