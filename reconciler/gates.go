package reconciler

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Objection is why no pod is started; the zero value is no objection. Until is
// when it ends by itself, if it does.
type Objection struct {
	Reason, Message string
	Until           time.Time
	// Stalled objections end only when somebody changes something.
	Stalled bool
	// GivesBack is an objection to going on with pods that only drain, too.
	GivesBack bool
}

func (o Objection) stands() bool { return o.Reason != "" }

// allows keeps the pods that may go on where they are under way already.
func (o Objection) allows(pods []subject) []subject {
	if o.GivesBack {
		return nil
	}
	return pods
}

// scene is what the gates look at.
type scene struct {
	plan     Plan
	observed Observed
	attempt  Attempt
	pods     []subject
	progress progress
	starts   []subject // what the budget and the pace would let go
	now      time.Time
}

// gates are asked in this order, and the first objection is the reason shown.
var gates = []func(scene) Objection{
	scene.contested,
	scene.failed,
	scene.missing,
	scene.unfit,
	scene.held,
	scene.soaking,
	scene.busy,
	scene.strayed,
}

func (s scene) firstObjection() Objection {
	for _, gate := range gates {
		if objection := gate(s); objection.stands() {
			return objection
		}
	}
	return Objection{}
}

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

func (s scene) failed() Objection {
	if s.attempt.Failure == nil {
		return Objection{}
	}
	objection := stalled("Halted", s.attempt.Failure.String())
	objection.GivesBack = true
	return objection
}

// unfit is a pod that cannot be brought to the plan at all.
func (s scene) unfit() Objection {
	for _, pod := range having(s.pods, Outdated) {
		if name := pod.lacks(s.plan.Spec); name != "" {
			return stalled("ContainerNotFound", fmt.Sprintf("pod %s has no container %q, which the plan names", pod.Name, name))
		}
		if s.plan.Spec.RequireReadinessGate && pod.Gate.Type == "" {
			return stalled("ReadinessGateRequired", fmt.Sprintf("pod %s declares no readiness gate %s, which the plan requires", pod.Name, GateType))
		}
	}
	return Objection{}
}

func (s scene) strayed() Objection {
	strayed := having(s.pods, Strayed)
	if len(strayed) == 0 || len(s.starts) > 0 {
		return Objection{}
	}
	return stalled("Strayed", list(strayed))
}

// stalled is an objection that lasts until somebody changes something.
func stalled(reason, message string) Objection {
	if message == "" {
		return Objection{}
	}
	return Objection{Reason: reason, Message: message, Stalled: true}
}

func (s scene) soaking() Objection {
	finished := s.progress.finished
	over := s.attempt.Result != Progressing || s.attempt.returns(s.observed.Status)
	if finished == 0 || over || !s.moved() {
		return Objection{}
	}
	until := s.progress.finishedAt.Add(time.Duration(s.progress.waves[finished-1].Soak))
	if !s.now.Before(until) {
		return Objection{}
	}
	message := fmt.Sprintf("wave %d of %d is complete and soaks until %s", finished, len(s.progress.waves), until.Format(time.RFC3339))
	return Objection{Reason: "Soaking", Message: message, Until: until, GivesBack: true}
}

// moved tells whether the plan has patched any pod since it was last completed:
// an edit in the middle of a soak does not end it.
func (s scene) moved() bool {
	completed := time.Time{}
	if last := s.observed.Status.LastCompleted; last != nil {
		completed = last.At
	}
	return slices.ContainsFunc(s.pods, func(pod subject) bool {
		return pod.markedBy(s.plan.Key()) && pod.Update.Time.After(completed)
	})
}

// busy says for which pods the next ones wait.
func (s scene) busy() Objection {
	waiting := occupants(s.pods)
	if len(s.starts) > 0 || s.progress.done() || len(waiting) == 0 {
		return Objection{}
	}
	return Objection{Reason: "Budget", Message: "waits for " + list(waiting)}
}

// list names a few pods and what each waits for.
func list(pods []subject) string {
	const shown = 3
	var names []string
	for _, pod := range pods[:min(shown, len(pods))] {
		why := pod.Why
		if why == "" {
			why = strings.ToLower(string(pod.Phase))
		}
		names = append(names, fmt.Sprintf("pod %s (%s)", pod.Name, why))
	}
	if more := len(pods) - shown; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
