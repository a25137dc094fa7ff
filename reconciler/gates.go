package reconciler

import (
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// The reasons of objections that a person's retry ends.
const (
	ImageRewritten = "ImageRewritten" // by an admission webhook
	StrayedPods    = "Strayed"        // by somebody else
	WaveFailed     = "WaveFailed"     // no pod of the wave came up
	NotPutBack     = "NotPutBack"     // of a deleted plan
)

// Unschedulable is the reason where all that a plan waits for are pods that no node takes.
const Unschedulable = "Unschedulable"

// The reasons of objections that pass by themselves, or by a person's word.
const (
	Suspended        = "Suspended"
	AwaitingApproval = "AwaitingApproval"
	Soaking          = "Soaking"
	Frozen           = "Frozen"
	WindowClosed     = "WindowClosed"
	OverBudget       = "Budget"
	MovingSource     = "Moving"
	PodsMissing      = "PodsMissing" // of a completed plan: it holds up nothing
)

// scene is what the gates look at.
type scene struct {
	plan     Plan
	observed Observed
	recorded Status
	pods     []*subject
	progress progress
	strength strength
	choice   choice // what the budgets and the pace would let go
	now      time.Time
}

// gates are asked in this order, and the first objection is the reason shown.
// What holds for some time only comes after what somebody has to mend or to
// approve: that can be done by day, for a window of the night. Dependencies and
// hooks have their places beside suspension and approval.
var gates = slices.Concat(lasting, betweenWaves, passing)

// lasting objections end only when somebody does something.
var lasting = []gate{
	scene.alternating,
	scene.contested,
	scene.alarmed,
	scene.failed,
	scene.rewritten,
	scene.missing,
	scene.unfit,
	scene.held,
	scene.moving,
	scene.overtaken,
	scene.unproved,
	scene.fighting,
	scene.suspended,
}

// betweenWaves are those that hold back the next wave, and not the pods that the
// plan itself has brought down.
var betweenWaves = []gate{
	scene.approval,
	scene.soaking,
}

// passing objections end by time, or when the cluster has done its part.
var passing = []gate{
	scene.frozen,
	scene.closed,
	scene.emptied,
	scene.rolling,
	scene.busy,
	scene.strayed,
	scene.unreachable,
}

// gate looks at a scene, and objects or does not.
type gate func(scene) Objection

func (s scene) first(gates []gate) Objection {
	for _, gate := range gates {
		if objection := gate(s); objection.stands() {
			return objection
		}
	}
	return Objection{}
}

// objection is the first that stands. While only the next wave is held back, the
// pods that the plan has brought down may wait for something else.
func (s scene) objection() Objection {
	if s.plan.Withdrawn {
		return s.first(returning)
	}
	objection := s.first(gates)
	if downed := downed(s.choice.starts); len(downed) > 0 && s.betweenWaves() {
		objection.Until = Earlier(objection.Until, s.first(passing).Until)
	}
	return objection
}

// betweenWaves reports whether nothing is in the way but soak or approval.
func (s scene) betweenWaves() bool {
	return !s.first(lasting).stands() && s.first(betweenWaves).stands()
}

// starts are the pods to start now.
func (s scene) starts(objection Objection) []*subject {
	switch {
	case !objection.stands():
		return s.choice.starts
	case !s.plan.Withdrawn && s.betweenWaves() && !s.first(passing).stands():
		return downed(s.choice.starts)
	}
	return nil
}

// downed are the pods that the plan has brought down.
func downed(pods []*subject) []*subject {
	return slices.DeleteFunc(slices.Clone(pods), func(s *subject) bool { return !s.downed() })
}

// downed reports whether the plan has patched a pod since it was last completed
// that does not serve, and is yet to come to the plan's images.
func (s *subject) downed() bool { return s.moved && s.Phase == Outdated && !s.Ready.True }

func (s scene) contested() Objection {
	objection := stalled("Contested", s.observed.Contested)
	objection.GivesBack = true
	return objection
}

func (s scene) missing() Objection {
	return stalled("TargetNotUsable", s.observed.Missing)
}

func (s scene) held() Objection {
	if s.plan.Unread && s.progress.done() {
		return Objection{} // there is nothing to hold up
	}
	return stalled("PlanHeld", s.plan.Held)
}

// moving is a plan that its source no longer has, and another one may: it is neither
// rolled out nor put back until that is known.
func (s scene) moving() Objection {
	if s.plan.Moving == "" || s.recorded.Attempt.Result == Completed && s.progress.done() {
		return Objection{}
	}
	return Objection{Reason: MovingSource, Message: s.plan.Moving, GivesBack: true}
}

func (s scene) failed() Objection {
	attempt := s.recorded.Attempt
	next := "; revert in Git, or " + command(Retry, s.plan.Key())
	var objection Objection
	switch attempt.Result {
	case Halted:
		objection = stalled(string(Halted), attempt.Message+next)
	case RolledBack:
		objection = stalled(string(RolledBack), "rolled back after "+attempt.Message+next)
	}
	objection.GivesBack = true
	return objection
}

// rewritten stops the whole plan: an admission webhook would rewrite every pod's image.
func (s scene) rewritten() Objection {
	for _, pod := range s.pods {
		if pod.rewritten != "" {
			objection := stalled(ImageRewritten, pod.rewritten)
			objection.GivesBack = true
			return objection
		}
	}
	return Objection{}
}

// suspended holds pods back, as the plan or a person says; it has nothing to
// say once there is nothing to hold back.
func (s scene) suspended() Objection {
	held := s.suspension()
	if held == nil || s.progress.done() {
		return Objection{}
	}
	return Objection{Reason: Suspended, Message: "suspended " + held.String(), Until: held.Until}
}

// suspension is the one that stands, a person's before the plan's; nil for none.
func (s scene) suspension() *Suspension {
	plan, person := s.plan.Spec.Suspend, s.recorded.Suspension
	switch {
	case person.stands(s.now):
		return person
	case plan == nil || s.plan.Withdrawn:
		return nil
	}
	inGit := &Suspension{By: "the plan", Reason: plan.Reason}
	if plan.Until != nil {
		inGit.Until = *plan.Until
	}
	if !inGit.stands(s.now) {
		return nil
	}
	return inGit
}

// unheld tells whether soak and approval have nothing to hold back: no pod was
// moved and none is left to be, or the attempt goes back to what was completed.
func (s scene) unheld() bool {
	attempt, settled := s.recorded.Attempt, s.progress.done() && !s.moved()
	return s.progress.finished == 0 || attempt.Result != Progressing || s.returns() || settled
}

// unfit is a pod that cannot be brought to the plan at all.
func (s scene) unfit() Objection {
	for _, pod := range having(s.pods, Outdated) {
		if name := pod.lacks(pod.goal); name != "" {
			return stalled("ContainerNotFound", fmt.Sprintf("pod %s has no container %q, which the plan names; it has %s", pod.Name, name, pod.names()))
		}
		if deadline := s.plan.Spec.ProgressDeadline(); pod.MinReady >= deadline {
			return stalled("DeadlineTooShort", fmt.Sprintf("pod %s counts as available after %s, the minReadySeconds of its workload, "+
				"and progressDeadlineSeconds gives it %s; give it longer", pod.Name, pod.MinReady, deadline))
		}
		if s.plan.Spec.RequireReadinessGate && pod.Gate.Type == "" {
			return stalled("ReadinessGateRequired", fmt.Sprintf("pod %s declares no readiness gate %s, which the plan requires; "+
				"add it to the template, which replaces the pods, or take requireReadinessGate out of the plan", pod.Name, GateType))
		}
	}
	return s.unfitTemplate()
}

// unfitTemplate is that of a workload without pods, where nothing else can tell a
// container's name from a misspelt one. What was completed has had its pods.
func (s scene) unfitTemplate() Objection {
	if s.recorded.Attempt.Result == Completed || s.plan.Withdrawn {
		return Objection{}
	}
	for _, owner := range s.observed.Owners {
		if slices.ContainsFunc(s.pods, func(pod *subject) bool { return pod.Owner == owner.UID }) {
			continue // webhooks add containers to pods
		}
		for _, image := range s.plan.Spec.Images {
			if _, has := spec.ImageFor(owner.Images, image.Container); !has {
				return stalled("ContainerNotFound", fmt.Sprintf("%s has no pods, and its template has no container %q, which the plan names; it has %s",
					owner, image.Container, containersOf(owner.Images)))
			}
		}
	}
	return Objection{}
}

// unproved is a wave whose own pods have failed, all that are within reach, and no more
// than are tolerated: nothing has shown that the images come up.
func (s scene) unproved() Objection {
	if s.progress.done() || slices.ContainsFunc(s.progress.taken(), s.recorded.Attempt.opens) {
		return Objection{}
	}
	failed := failures(s.progress.own(s.progress.finished), s.recorded.Failed, s.now)
	if len(failed) == 0 {
		return Objection{}
	}
	return stalled(WaveFailed, fmt.Sprintf("wave %d of %d is not complete, no pod of it has come up: %s",
		s.progress.finished+1, len(s.progress.waves), failed[0]))
}

func (s scene) strayed() Objection {
	strayed := having(s.pods, Strayed)
	if len(strayed) == 0 || len(s.choice.starts) > 0 {
		return Objection{}
	}
	return stalled(StrayedPods, list(strayed))
}

// unreachable pods keep no wave open, but a roll-out is complete only with them.
func (s scene) unreachable() Objection {
	if !s.progress.done() {
		return Objection{}
	}
	waiting := slices.DeleteFunc(having(s.progress.taken(), Unreachable, Unscheduled, Leaving), s.excused)
	if len(waiting) == 0 {
		return Objection{}
	}
	return Objection{Reason: reasonFor(waiting, string(Unreachable)), Message: "waits for " + list(waiting)}
}

// excused reports whether nothing is left to do to a pod that is out of reach. One that
// never ran belongs to what the attempt brings up.
func (s scene) excused(pod *subject) bool {
	inHand, _ := pod.inHand(s.now)
	belongs := pod.Phase == Unscheduled && s.recorded.Attempt.Result == Progressing
	return len(pod.changes(pod.goal)) == 0 && !inHand && !belongs
}

// reasonFor is why pods are waited for, where it is not the same for all.
func reasonFor(waiting []*subject, mixed string) string {
	if slices.ContainsFunc(waiting, func(pod *subject) bool { return pod.Node != "" }) {
		return mixed
	}
	return Unschedulable
}

func (s scene) soaking() Objection {
	if s.unheld() {
		return Objection{}
	}
	wave, until := s.soak()
	if !s.now.Before(until) {
		return Objection{}
	}
	message := fmt.Sprintf("wave %d of %d is complete and soaks until %s", wave, len(s.progress.waves), until.Format(time.RFC3339))
	return Objection{Reason: Soaking, Message: message, Until: until, GivesBack: true}
}

// soak is which finished wave soaks longest, and until when.
func (s scene) soak() (wave int, until time.Time) {
	last := s.progress.finished - 1
	for i, w := range s.progress.waves[:last+1] {
		end := s.finishedAt(i).Add(time.Duration(w.Soak))
		if i == last && wave == 0 || end.After(until) && s.soaks(i) {
			wave, until = i+1, end
		}
	}
	return wave, until
}

// soaks reports whether the soak of a finished wave counts: not where it was found
// finished together with the next, unless those after it took no pods of their own,
// and others are to come.
func (s scene) soaks(wave int) bool {
	last := s.progress.finished - 1
	empty := !s.progress.done() && len(s.progress.first(wave)) == len(s.progress.first(last))
	return wave == last || empty || s.finishedAt(wave).Before(s.finishedAt(wave+1))
}

// finishedAt is when a finished wave was first seen finished.
func (s scene) finishedAt(wave int) time.Time {
	if known := s.recorded.Attempt.Waves; wave < s.progress.finished-1 && wave < len(known) {
		return Earlier(known[wave], s.progress.finishedAt) // a record may have nonsense
	}
	return s.progress.finishedAt
}

// moved tells whether the plan has patched any pod since it was last completed:
// an edit in the middle of a soak does not end it.
func (s scene) moved() bool {
	return slices.ContainsFunc(s.pods, func(pod *subject) bool { return pod.moved })
}

// emptied is a workload that has no pods: what was not seen to run is not complete,
// where pods are wanted, or were there when the attempt began.
func (s scene) emptied() Objection {
	attempt := s.recorded.Attempt
	gone := attempt.Restarts > 0 && (attempt.Result == Progressing || attempt.Result == RollingBack)
	empty, wants := s.strength.empty()
	switch {
	case wants && (len(s.pods) == 0 || s.progress.done()):
		return Objection{Reason: "NoPods", Message: "waits for pods: " + empty.String()}
	case len(s.pods) == 0 && gone:
		return Objection{Reason: "NoPods", Message: "waits for pods: there are none any more"}
	}
	return Objection{}
}

// busy says for which pods the next ones wait.
func (s scene) busy() Objection {
	if len(s.choice.starts) > 0 || s.progress.done() {
		return Objection{}
	}
	lack := ""
	if len(s.progress.candidates()) > 0 {
		lack = s.strength.String()
	}
	waiting := occupants(s.pods)
	refused := slices.DeleteFunc(having(s.progress.taken(), Outdated), func(pod *subject) bool { return !pod.deferred })
	troubled := s.troubled()
	switch {
	case len(troubled) > 0:
		return Objection{Reason: troubled[0].reason(), Message: "waits for " + list(troubled), Until: s.choice.until}
	case s.choice.withheld != "":
		return Objection{Reason: OverBudget, Message: "waits for " + s.choice.withheld, Until: s.choice.until}
	case len(waiting) > 0 && lack != "":
		return Objection{Reason: OverBudget, Message: "waits for " + list(waiting) + "; " + lack}
	case len(waiting) > 0:
		return Objection{Reason: reasonFor(waiting, OverBudget), Message: "waits for " + list(waiting)}
	case lack != "":
		return Objection{Reason: OverBudget, Message: lack}
	case len(refused) > 0:
		return Objection{Reason: writeRefused, Message: "waits for " + list(refused)}
	case s.strength.wanted == 0 && len(s.progress.candidates()) > 0:
		return Objection{Reason: OverBudget, Message: "its pods are not wanted any more, and are about to end"}
	}
	return Objection{}
}
