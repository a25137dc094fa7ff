package reconciler

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// GateType is the readiness gate that patchwave drains by.
const GateType = "patchwave.dev/InPlaceReady"

// ErrStale says that a write was refused because the object had moved on. It
// is no error: look again.
var ErrStale = errors.New("the object has changed since it was observed")

// Verb is what an action does to a pod.
type Verb string

// The verbs. Each is one write, guarded by the pod's UID and resourceVersion.
const (
	Drain  Verb = "Drain"  // close the gate and note for which plan
	Patch  Verb = "Patch"  // write the images and the UpdateMark together
	Reopen Verb = "Reopen" // open the gate and drop the note
)

// Action is one write to one pod, safe to repeat: a stale one is refused.
type Action struct {
	Verb   Verb
	Pod    Pod          // as decided on
	Images []spec.Image // Patch: those that change
	Update UpdateMark   // Patch: what the containers were
	Drain  DrainMark    // Drain: for which plan
}

// String tells the action as a person would.
func (a Action) String() string {
	switch a.Verb {
	case Drain:
		return fmt.Sprintf("draining pod %s by its readiness gate", a.Pod.Name)
	case Reopen:
		return fmt.Sprintf("opening the readiness gate of pod %s", a.Pod.Name)
	}
	var changes []string
	for i, image := range a.Images {
		changes = append(changes, fmt.Sprintf("%s: %s -> %s", image.Container, a.Update.Containers[i].Image, image.Image))
	}
	return fmt.Sprintf("patching pod %s in place (%s)", a.Pod.Name, strings.Join(changes, ", "))
}

// actions are what is due to the pods under way, and the starts. Of the pods
// that were drained only those that may go on are patched.
func actions(plan Plan, pods, starts, mayGoOn []subject, now time.Time) []Action {
	var todo []Action
	goOn := map[string]bool{}
	for _, pod := range mayGoOn {
		goOn[pod.UID] = true
	}
	for _, pod := range pods {
		switch {
		case pod.deferred:
		case pod.Gate.Closed && pod.released(goOn[pod.UID]):
			todo = append(todo, Action{Verb: Reopen, Pod: pod.Pod})
		case pod.Phase == Drained:
			todo = append(todo, patch(plan, pod.Pod, now))
		}
	}
	for _, pod := range starts {
		todo = append(todo, start(plan, pod.Pod, now))
	}
	return todo
}

// released tells whether nothing of ours keeps the pod from serving any more. A
// pod that only drains, and may not go on, is given back as it is.
func (s subject) released(goesOn bool) bool {
	switch s.Phase {
	case Settling, Updated, Failed, Strayed:
		return true
	case Draining, Drained:
		return !goesOn
	}
	return false
}

// start drains a serving pod that has a gate and is due a grace; any other is
// patched at once.
func start(plan Plan, pod Pod, now time.Time) Action {
	if pod.Gate.Type != "" && pod.Ready.True && plan.Spec.GracePeriod() > 0 {
		return Action{Verb: Drain, Pod: pod, Drain: DrainMark{Plan: plan.Key().String(), Digest: plan.Digest}}
	}
	return patch(plan, pod, now)
}

func patch(plan Plan, pod Pod, now time.Time) Action {
	images := pod.changes(plan.Spec)
	mark := UpdateMark{Plan: plan.Key().String(), Digest: plan.Digest, Time: now}
	for _, image := range images {
		c, _ := pod.container(image.Container)
		mark.Containers = append(mark.Containers, ContainerMark{Name: c.Name, Image: c.Image, ImageID: c.ImageID, ContainerID: c.ID})
	}
	return Action{Verb: Patch, Pod: pod, Images: images, Update: mark}
}
