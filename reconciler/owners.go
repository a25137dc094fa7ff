package reconciler

import (
	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// align brings the templates of the pods' owners along, once nothing else is
// left to do, and ends what was begun before and is wanted no more. It objects
// to the plan's being complete until all is done.
func (s scene) align(objection Objection) (Objection, []align.Step) {
	due := !objection.stands() && s.aligns()
	var steps []align.Step
	for _, owner := range s.observed.Owners {
		var outcome align.Outcome
		switch {
		case due && s.runs(owner)(s.plan.Spec.Images):
			outcome = align.Next(owner, s.plan.Key(), s.plan.Spec.Images)
		case owner.Mark != nil && owner.Mark.Plan == s.plan.Key().String():
			outcome = align.Finish(owner, s.runs(owner))
		}
		if owner.Refusal.Refuses(outcome.Steps, s.now) {
			if due {
				objection = s.refused(*owner.Refusal)
			}
			objection.Until = Earlier(objection.Until, owner.Refusal.Until)
			continue
		}
		steps = append(steps, outcome.Steps...)
		if due && !objection.stands() {
			objection = unaligned(outcome)
		}
	}
	return objection, steps
}

// refused is a write to an owner that the API server would not have. Where that lasts,
// somebody has to mend it.
func (s scene) refused(refusal align.Refusal) Objection {
	if lasts := refusal.Since.Add(steady); s.now.Before(lasts) {
		return Objection{Reason: "Aligning", Message: refusal.Message, Until: lasts}
	}
	return stalled("TemplateNotAligned", refusal.Message)
}

// aligns tells whether the templates shall follow the pods now.
func (s scene) aligns() bool {
	ended := s.recorded.Attempt.Result
	return s.plan.Aligns() && s.progress.done() && s.progress.kept == 0 && (ended == Progressing || ended == Completed)
}

// alarmed stops everything where an alignment went wrong: its Deployment is paused,
// and a person has to look, whatever the plan has become since.
func (s scene) alarmed() Objection {
	for _, owner := range s.observed.Owners {
		if alarm := owner.Alarm(); alarm != "" && owner.Mark.Plan == s.plan.Key().String() {
			return stalled("TemplateNotAligned", alarm)
		}
	}
	return Objection{}
}

// Aligns tells whether the plan's owners have templates that follow their pods.
func (p Plan) Aligns() bool {
	return p.Spec.Template != spec.LeaveTemplate && p.Spec.Target.Kind != "Pod" && !p.Withdrawn
}

func unaligned(outcome align.Outcome) Objection {
	switch {
	case outcome.Refused != "":
		return stalled("TemplateNotAligned", outcome.Refused)
	case outcome.Waits != "":
		return Objection{Reason: "Aligning", Message: "waits to align the template: " + outcome.Waits}
	case len(outcome.Steps) > 0:
		return Objection{Reason: "Aligning", Message: outcome.Steps[0].String()}
	}
	return Objection{}
}

// runs tells whether all pods of an owner have images. A roll-back takes them away.
func (s scene) runs(owner align.Owner) func([]spec.Image) bool {
	return func(images []spec.Image) bool {
		for _, pod := range s.pods {
			if pod.Owner == owner.UID && len(pod.changes(images)) > 0 {
				return false
			}
		}
		return !s.recorded.Attempt.RollBack
	}
}

// held tells whether a template is still in the plan's hands.
func (o Observed) held(plan Plan) bool {
	for _, owner := range o.Owners {
		if owner.Mark != nil && owner.Mark.Plan == plan.Key().String() {
			return true
		}
	}
	return false
}

// Abandoned are the steps that end alignments of plans which do not have the
// owner any more: they name another target now, or are gone with their record.
func Abandoned(view View, held Observed) []align.Step {
	owned := view.belongings(func(o Observed) (uids []string) {
		for _, owner := range o.Owners {
			uids = append(uids, owner.UID)
		}
		return uids
	})
	var pods []*subject
	for _, pod := range held.Pods {
		pods = append(pods, &subject{Pod: pod})
	}
	var steps []align.Step
	for _, owner := range held.Owners {
		if owner.Mark != nil && !view.Unseen[owner.Mark.Plan] && !owned[belonging{owner.UID, owner.Mark.Plan}] {
			steps = append(steps, align.Finish(owner, scene{pods: pods}.runs(owner)).Steps...)
		}
	}
	return steps
}

// rolling waits where Kubernetes itself replaces pods: two roll-outs at once
// would take more pods away than either allows.
func (s scene) rolling() Objection {
	for _, owner := range s.observed.Owners {
		if why := owner.Rolling(); why != "" && !s.progress.done() {
			return Objection{Reason: "OwnerRolling", Message: "waits: " + why}
		}
	}
	return Objection{}
}
