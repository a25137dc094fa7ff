package reconciler

import (
	"fmt"
	"slices"
	"time"
)

// The reasons of the condition Drifted beside Fight.
const (
	reported   = "Reported"
	scheduled  = "Scheduled"  // for a pass that is to come
	waiting    = "Waiting"    // for what holds up any start
	correcting = "Correcting" // now
)

// driftCondition tells of drift while there is some: of one, and of a fight first.
func (s scene) driftCondition(objection Objection) []StatusCondition {
	drifts := drift(s.progress.order)
	if len(drifts) == 0 {
		return nil
	}
	message := drifts[0].String()
	switch more := number(s.progress.order, (*subject).strays) - 1; more {
	case 0:
	case 1:
		message += "; another pod"
	default:
		message += fmt.Sprintf("; %d more pods", more)
	}
	reason, when := s.remedy(drifts[0], objection)
	return []StatusCondition{{Type: "Drifted", Status: "True", Reason: reason, Message: message + when}}
}

// remedy is what becomes of drift, and when.
func (s scene) remedy(first Drift, objection Objection) (reason, when string) {
	pass := s.pass()
	switch {
	case first.Fight:
		return Fight, s.peace()
	case !s.plan.Spec.Drift.Corrected():
		return reported, ""
	case objection.stands() && underWay(s.progress.order) == 0:
		return waiting, "; " + objection.Message
	case !pass.IsZero():
		return scheduled, "; " + s.after(pass)
	}
	return correcting, ""
}

// strays tells whether anything of the pod has drifted.
func (s *subject) strays() bool { return len(s.drifts) > 0 }

// pass is when the schedule lets the next correction start; zero where it lets
// one now, or has nothing to say.
func (s scene) pass() time.Time {
	var next time.Time
	for _, pod := range s.progress.order {
		switch {
		case pod.Phase == Drifted:
			next = Earlier(next, pod.Until)
		case pod.strays() && pod.Phase != Unreachable:
			return time.Time{}
		}
	}
	return next
}

// after says when a correction may start that waits for a pass: suspension and
// hours hold it up as well.
func (s scene) after(pass time.Time) string {
	if held := s.suspension(); held != nil {
		if held.Until.IsZero() {
			return "suspended " + held.String()
		}
		pass = later(pass, held.Until)
	}
	span, _ := s.plan.hours().Opening(pass)
	if span.From.IsZero() {
		return "no opening is in sight"
	}
	return "corrected from " + span.From.UTC().Format(time.RFC3339)
}

// timed are the gates that hold any pod for some time.
var timed = []gate{scene.suspended, scene.frozen, scene.closed}

// fighting is a pod that somebody else keeps changing back. It does not hold up
// the others, and what holds those for some time does not hide it.
func (s scene) fighting() Objection {
	drifts, held := drift(s.progress.order), s.first(timed)
	others := len(s.choice.starts) > 0 || s.busy().stands()
	if len(drifts) == 0 || !drifts[0].Fight || others && !held.stands() {
		return Objection{}
	}
	objection := stalled(Fight, drifts[0].String()+s.peace())
	objection.Until = held.Until
	return objection
}

// peace says how to end a fight.
func (s scene) peace() string { return "; " + command(ResumePlan, s.plan.Key()) + " lets them go on" }

// foreseen is what keeps a plan from starting now, a schedule included.
func (s scene) foreseen() Objection {
	objection := s.objection()
	if pass := s.pass(); !objection.stands() && !pass.IsZero() {
		return Objection{Reason: scheduled, Message: s.after(pass), Until: pass}
	}
	if !objection.stands() {
		return s.stuck()
	}
	return objection
}

// stuck foresees that those pods alone would be patched that no node takes: that is no
// end of their use of the budget, and the others wait for them.
func (s scene) stuck() Objection {
	serving := slices.ContainsFunc(s.progress.candidates(), func(pod *subject) bool { return pod.Ready.True })
	placed := slices.ContainsFunc(s.choice.starts, func(pod *subject) bool { return pod.Node != "" })
	waiting := occupants(s.pods)
	if !serving || placed || len(waiting) == 0 {
		return Objection{}
	}
	return Objection{Reason: reasonFor(waiting, OverBudget), Message: "waits for " + list(waiting)}
}
