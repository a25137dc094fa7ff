package reconciler

import "github.com/patchwave/patchwave/spec"

// View is what was seen of a namespace's plans together.
type View struct {
	Seen   map[spec.Key]Observed
	Unseen map[string]bool // by the keys' texts: what these have is not known
}

// belonging is a pod or an owner in the hands of a plan, "" for any.
type belonging struct{ uid, plan string }

func (v View) belongings(uids func(Observed) []string) map[belonging]bool {
	owned := map[belonging]bool{}
	for key, observed := range v.Seen {
		for _, uid := range uids(observed) {
			owned[belonging{uid, key.String()}], owned[belonging{uid, ""}] = true, true
		}
	}
	return owned
}

// Orphans are the pods that were drained for a plan which does not have them
// any more: it names another target now, or is gone together with its record.
// They are given back. One whose note makes no sense is any plan's that has it.
func Orphans(view View, drained []Pod) []Action {
	owned := view.belongings(func(o Observed) (uids []string) {
		for _, pod := range o.Pods {
			uids = append(uids, pod.UID)
		}
		return uids
	})
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
