// Package align brings an owner's template to the images that its pods run
// already, without a roll-out: what a Deployment, StatefulSet, DaemonSet or
// ReplicaSet makes later comes up new, and no pod is replaced.
//
// Next looks at an owner and names the next writes. What was done so far is
// read off the owner, so any process can go on after any write, forwards or back.
// The ways were tried on the controllers of Kubernetes 1.36: a Deployment's is
//
//	hold (paused) -> the template of its ReplicaSet -> its own, and release
//
// and that of an owner with revisions
//
//	hold (partition, OnDelete) -> template -> label the pods -> release
package align

import (
	"fmt"
	"slices"

	"github.com/patchwave/patchwave/spec"
)

// Verb is what a step writes.
type Verb string

// The verbs. Each is one write, guarded by UID and resourceVersion.
const (
	Distinguish Verb = "Distinguish" // mark an old ReplicaSet's template, so that it is not taken for the new one
	Hold        Verb = "Hold"        // keep the controller from rolling out, and note the Mark
	SetTemplate Verb = "SetTemplate" // write the images into a template
	Label       Verb = "Label"       // say on a pod which revision it is of
	Release     Verb = "Release"     // give the owner back as it was
	Clear       Verb = "Clear"       // drop the Mark: all is well
	Unmark      Verb = "Unmark"      // drop the Mark's copy that a ReplicaSet carries
)

// Step is one write.
type Step struct {
	Verb     Verb
	Owner    Owner
	Set      *Set         // Distinguish, Unmark; SetTemplate: of a ReplicaSet and not of the owner
	Images   []spec.Image // SetTemplate; Release of a Deployment
	Mark     Mark         // Hold, Release: what the owner notes
	Pod      Pod          // Label
	Revision string       // Label
	// Trials are of a first Hold the steps that follow: where the API server would not
	// have one of them, nothing is begun.
	Trials []Step
}

// String tells the step as a person would.
func (s Step) String() string {
	owner := s.Owner.String()
	switch s.Verb {
	case Distinguish:
		return fmt.Sprintf("telling old ReplicaSet %s apart, for %s", s.Set.Name, owner)
	case Unmark:
		return fmt.Sprintf("taking the mark of a past alignment off ReplicaSet %s, of %s", s.Set.Name, owner)
	case Hold:
		return "holding " + owner
	case SetTemplate:
		if s.Set != nil {
			return "setting the template of ReplicaSet " + s.Set.Name
		}
		return "setting the template of " + owner
	case Label:
		return fmt.Sprintf("labelling pod %s as of revision %s", s.Pod.Name, s.Revision)
	case Release:
		return "releasing " + owner
	}
	return owner + " is aligned"
}

// Outcome is what is left to do: the next steps, or what they wait for, or why
// they are not to be taken. All empty: the owner is as it shall be.
type Outcome struct {
	Steps []Step
	Waits string
	// Refused says what a person has to mend first; nothing is written.
	Refused string
}

// Done tells whether nothing is left to do.
func (o Outcome) Done() bool { return len(o.Steps) == 0 && o.Waits == "" && o.Refused == "" }

func steps(all ...Step) Outcome { return Outcome{Steps: all} }

func waits(format string, args ...any) Outcome { return Outcome{Waits: fmt.Sprintf(format, args...)} }

// Next is what to do to bring the owner's template to the plan's images.
func Next(o Owner, plan spec.Key, images []spec.Image) Outcome {
	switch {
	case o.Mark != nil && o.Mark.Plan != plan.String():
		return waits("plan %s aligns %s", o.Mark.Plan, o)
	case o.Mark != nil && !slices.Equal(o.Mark.Images, images): // of an earlier commit
		return Finish(o, func(images []spec.Image) bool { return o.Mark.Released && o.has(images) })
	case o.Mark != nil:
		return o.carryOn(images)
	case o.has(images) && o.Lost() == "":
		return Outcome{}
	}
	if outcome := o.Preflight(images); !outcome.Done() {
		return outcome
	}
	return o.begin(plan, images)
}

// Finish ends what another process or another plan began: it goes on where the
// pods are on the images already, and else goes back.
func Finish(o Owner, runs func(images []spec.Image) bool) Outcome {
	switch {
	case o.Mark == nil:
		return Outcome{}
	case runs(o.Mark.Images):
		return o.carryOn(o.Mark.Images)
	}
	return o.carryOn(o.Mark.Before)
}

func (o Owner) begin(plan spec.Key, images []spec.Image) Outcome {
	mark := Mark{Plan: plan.String(), Images: images, Before: o.Of(images), Strategy: o.Strategy, Revision: o.Revision}
	switch o.Kind {
	case "ReplicaSet": // its controller does not touch living pods
		return steps(Step{Verb: SetTemplate, Owner: o, Images: images})
	case "Deployment":
		current, _ := o.current()
		mark.Set = current.UID
	}
	return steps(Step{Verb: Hold, Owner: o, Mark: mark, Trials: o.trials(mark, images)})
}

// trials are one of each kind of step that follows a hold.
func (o Owner) trials(mark Mark, images []spec.Image) []Step {
	o.Mark = &mark
	if o.Kind == "Deployment" {
		set, _ := o.marked()
		all := append(o.release(images).Steps, Step{Verb: SetTemplate, Owner: o, Set: &set, Images: images})
		return append(all, o.distinguish(o.twins(images)).Steps...)
	}
	all := []Step{{Verb: SetTemplate, Owner: o, Images: images}}
	if len(o.Pods) > 0 {
		all = append(all, Step{Verb: Label, Owner: o, Pod: o.Pods[0], Revision: "next"})
	}
	return all
}

func (o Owner) carryOn(images []spec.Image) Outcome {
	if o.Kind == "Deployment" {
		return o.viaSet(images)
	}
	return o.viaRevision(images)
}

// hold is needed again where somebody let the owner go in the middle. The strategy
// is theirs now.
func (o Owner) hold() Outcome {
	mark := *o.Mark
	mark.Released, mark.Strategy = false, o.Strategy
	return steps(Step{Verb: Hold, Owner: o, Mark: mark})
}

func (o Owner) release(images []spec.Image) Outcome {
	mark := *o.Mark
	mark.Released, mark.Others = true, map[string]int{}
	for _, set := range o.others() {
		mark.Others[set.UID] = set.Replicas
	}
	return steps(Step{Verb: Release, Owner: o, Mark: mark, Images: images})
}

func (o Owner) clear() Outcome { return steps(Step{Verb: Clear, Owner: o}) }

func (o Owner) unseen() Outcome { return waits("the controller of %s has not seen it yet", o) }
