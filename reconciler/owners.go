package reconciler

import (
	"fmt"
	"slices"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// align brings the templates of the pods' owners along, once nothing else is
// left to do, and ends what was begun before and is wanted no more. As long as an
// owner is in the plan's hands it objects to the plan's being complete.
func (s scene) align(objection Objection) (Objection, []align.Step) {
	due := !objection.stands() && s.aligns()
	var steps []align.Step
	var told Objection
	for _, owner := range slices.Concat(s.observed.Owners, s.observed.Moved.Owners) {
		outcome := s.outcome(owner, due)
		one := s.unaligned(outcome)
		if owner.Refusal.Refuses(outcome.Steps) { // told on while it is tried again
			one = s.refused(*owner.Refusal)
		}
		if !owner.Refusal.Refuses(outcome.Steps) || !s.now.Before(owner.Refusal.Until) {
			steps = append(steps, outcome.Steps...)
		}
		if len(outcome.Steps) == 0 {
			steps = append(steps, s.sweep(owner)...)
		}
		told = told.and(one)
	}
	return objection.and(told), steps
}

// sweep is what an alignment of before has left behind. The plan does not wait for it.
func (s scene) sweep(owner align.Owner) []align.Step {
	left := owner.Sweep()
	if owner.Refusal.Refuses(left) && s.now.Before(owner.Refusal.Until) {
		return nil
	}
	return left
}

// outcome is what is left to do of an owner.
func (s scene) outcome(owner align.Owner, due bool) align.Outcome {
	mine := owner.Mark != nil && owner.Mark.Plan == s.plan.Key().String()
	runs, images := s.runs(owner), s.plan.Spec.Images
	due = due && runs(images) && !s.observed.moved(owner)
	switch {
	case due && (s.proved(owner) || mine):
		return align.Next(owner, s.plan.Key(), images)
	case due && owner.Differs(images):
		return align.Outcome{Waits: fmt.Sprintf("no pod of %s has come up on its images yet", owner)}
	case mine:
		return align.Finish(owner, runs)
	}
	return align.Outcome{Refused: owner.Lost()}
}

// proved reports whether a pod of the owner has come up on the wanted images. One that
// is scaled to none has nothing to show.
func (s scene) proved(owner align.Owner) bool {
	none := owner.Wanted == 0
	for _, pod := range s.pods {
		if pod.Owner == owner.UID {
			if pod.Phase == Updated {
				return true
			}
			none = false
		}
	}
	return none
}

// refused is a write to an owner that the API server would not have. Where that lasts,
// somebody has to mend it.
func (s scene) refused(refusal align.Refusal) Objection {
	if lasts := refusal.Since.Add(steady); s.now.Before(lasts) {
		return Objection{Reason: "Aligning", Message: refusal.Message, Until: Earlier(lasts, ahead(refusal.Until, s.now))}
	}
	objection := stalled("TemplateNotAligned", refusal.Message)
	objection.Until = ahead(refusal.Until, s.now)
	return objection
}

// aligns tells whether the templates shall follow the pods now.
func (s scene) aligns() bool {
	return s.plan.Aligns() && s.progress.done() && s.plan.Spec.Kept(len(s.pods)) == 0
}

// alarmed stops everything where an alignment went wrong: its Deployment is paused,
// and a person has to look, whatever the plan has become since.
func (s scene) alarmed() Objection {
	for _, owner := range slices.Concat(s.observed.Owners, s.observed.Moved.Owners) {
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

func (s scene) unaligned(outcome align.Outcome) Objection {
	switch {
	case outcome.Refused != "":
		return stalled("TemplateNotAligned", outcome.Refused)
	case outcome.Waits != "":
		return Objection{Reason: "Aligning", Message: "waits to align the template: " + outcome.Waits, Until: s.now.Add(align.SeenBy)}
	case len(outcome.Steps) > 0:
		return Objection{Reason: "Aligning", Message: outcome.Steps[0].String()}
	}
	return Objection{}
}

// runs tells whether all pods of an owner have images. A roll-back takes them away.
func (s scene) runs(owner align.Owner) func([]spec.Image) bool {
	moved := runs(s.observed.Moved.Pods, owner)
	return func(images []spec.Image) bool {
		lags := func(p *subject) bool { return p.Owner == owner.UID && len(p.changes(images)) > 0 }
		return !s.recorded.Attempt.RollBack && !slices.ContainsFunc(s.pods, lags) && moved(images)
	}
}

func runs(pods []Pod, owner align.Owner) func([]spec.Image) bool {
	return func(images []spec.Image) bool {
		return !slices.ContainsFunc(pods, func(p Pod) bool { return p.Owner == owner.UID && len(p.changes(images)) > 0 })
	}
}

// held tells whether a template is still in the plan's hands.
func (o Observed) held(plan Plan) bool {
	return len(o.Moved.Owners) > 0 || slices.ContainsFunc(o.Owners, func(owner align.Owner) bool {
		return owner.Lost() != "" || owner.Mark != nil && owner.Mark.Plan == plan.Key().String()
	})
}

func (o Observed) moved(owner align.Owner) bool {
	return slices.ContainsFunc(o.Moved.Owners, func(m align.Owner) bool { return m.UID == owner.UID })
}

// Held are owners of pods that are being aligned, with their pods.
type Held struct {
	Owners []align.Owner
	Pods   []Pod
}

// Of are those in a plan's hands that it does not have any more: it names another
// target now.
func (h Held) Of(plan spec.Key, observed Observed) Held {
	var moved Held
	for _, owner := range h.Owners {
		has := slices.ContainsFunc(observed.Owners, func(o align.Owner) bool { return o.UID == owner.UID })
		if owner.Mark == nil || owner.Mark.Plan != plan.String() || has {
			continue
		}
		moved.Owners = append(moved.Owners, owner)
		for _, pod := range h.Pods {
			if pod.Owner == owner.UID {
				moved.Pods = append(moved.Pods, pod)
			}
		}
	}
	return moved
}

// Abandoned are the steps that end alignments of plans which are gone together with
// their records.
func Abandoned(view View) []align.Step {
	var steps []align.Step
	for _, owner := range view.Held.Owners {
		if owner.Mark != nil && !view.knows(owner.Mark.Plan) {
			steps = append(steps, align.Finish(owner, runs(view.Held.Pods, owner)).Steps...)
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
