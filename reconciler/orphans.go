package reconciler

import "github.com/patchwave/patchwave/spec"

// View is what is known of a namespace's plans together.
type View struct {
	Seen   map[spec.Key]Observed
	Unseen map[string]bool // by the keys' texts: what these have is not known
	Held   Held            // for any plan
	Claims Claims          // of the plans in force that could be looked at
}

// knows tells whether a plan is there, by its key's text.
func (v View) knows(plan string) bool {
	for key := range v.Seen {
		if key.String() == plan {
			return true
		}
	}
	return v.Unseen[plan]
}

// Orphans are the pods that were drained for a plan which does not have them
// any more: it names another target now, or is gone together with its record.
// They are given back. One whose note makes no sense is any plan's that has it.
func Orphans(view View, drained []Pod) []Action {
	type belonging struct{ uid, plan string }
	owned := map[belonging]bool{}
	for key, observed := range view.Seen {
		for _, pod := range observed.Pods {
			owned[belonging{pod.UID, key.String()}], owned[belonging{pod.UID, ""}] = true, true
		}
	}
	var back []Action
	for _, pod := range drained {
		plan := ""
		if pod.Drain != nil {
			plan = pod.Drain.Plan
		}
		unknown := view.Unseen[plan] || plan == "" && len(view.Unseen) > 0
		if pod.Gate.Closed && !unknown && !owned[belonging{pod.UID, plan}] {
			back = append(back, Action{Verb: Reopen, Pod: pod})
		}
	}
	return back
}
