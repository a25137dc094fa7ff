package reconciler

import "github.com/patchwave/patchwave/spec"

// Orphans are the pods that were drained for a plan which does not have them
// any more: it names another target now, or is gone together with its record.
// They are given back. One whose note makes no sense is any plan's that has it.
func Orphans(observed map[spec.Key]Observed, drained []Pod) []Action {
	type belonging struct{ uid, plan string }
	owned := map[belonging]bool{}
	for key, o := range observed {
		for _, pod := range o.Pods {
			owned[belonging{pod.UID, key.String()}], owned[belonging{pod.UID, ""}] = true, true
		}
	}
	var back []Action
	for _, pod := range drained {
		plan := ""
		if pod.Drain != nil {
			plan = pod.Drain.Plan
		}
		if pod.Gate.Closed && !owned[belonging{pod.UID, plan}] {
			back = append(back, Action{Verb: Reopen, Pod: pod})
		}
	}
	return back
}
