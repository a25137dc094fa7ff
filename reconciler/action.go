package reconciler

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// ErrDenied says that a write was refused, and did not take place.
var ErrDenied = errors.New("the API server denies the write")

// Writer is the field manager of all that patchwave writes.
const Writer = "patchwave"

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
	Patch  Verb = "Patch"  // write the images and the Marks together
	Reopen Verb = "Reopen" // open the gate and drop the note
)

// Action is one write to one pod, safe to repeat: a stale one is refused.
type Action struct {
	Verb   Verb
	Try    Try          // the attempt it belongs to
	Pod    Pod          // as decided on
	Images []spec.Image // Patch: those that change
	Marks  Marks        // Patch: what the containers were
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
	for _, image := range a.Images {
		was, _ := a.Pod.container(image.Container)
		changes = append(changes, fmt.Sprintf("%s: %s -> %s", image.Container, was.Image, image.Image))
	}
	return fmt.Sprintf("patching pod %s in place (%s)", a.Pod.Name, strings.Join(changes, ", "))
}

// actions are what is due to the pods under way, and the starts. Of the pods
// that were drained only those that may go on are patched.
func actions(plan Plan, recorded Status, pods, starts, mayGoOn []*subject, now time.Time) []Action {
	var todo []Action
	goOn := map[string]bool{}
	for _, pod := range mayGoOn {
		goOn[pod.UID] = true
	}
	for _, pod := range pods {
		switch {
		case pod.deferred:
		case pod.Gate.Closed && pod.released(goOn[pod.UID]):
			todo = append(todo, Action{Verb: Reopen, Try: recorded.Attempt.Try, Pod: pod.Pod})
		case pod.Phase == Drained:
			todo = append(todo, patch(plan, recorded, pod, now))
		}
	}
	for _, pod := range starts {
		todo = append(todo, start(plan, recorded, pod, now))
	}
	return todo
}

// givesBack are what opens the gates of pods that were not patched yet.
func givesBack(recorded Status, pods []*subject) []Action {
	var back []Action
	for _, pod := range having(pods, Draining, Drained) {
		back = append(back, Action{Verb: Reopen, Try: recorded.Attempt.Try, Pod: pod.Pod})
	}
	return back
}

// released tells whether nothing of ours keeps the pod from serving any more. A
// pod that only drains, and may not go on, is given back as it is.
func (s *subject) released(goesOn bool) bool {
	switch s.Phase {
	case Settling, Updated, Failed, Strayed, Drifted, Unscheduled, Outdated: // which the partition keeps
		return true
	case Draining, Drained:
		return !goesOn
	}
	return false
}

// start drains a serving pod that has a gate and is due a grace; any other, and
// one in which nothing restarts, is patched at once.
func start(plan Plan, recorded Status, pod *subject, now time.Time) Action {
	if pod.Gate.Type != "" && pod.Ready.True && plan.Spec.GracePeriod() > 0 && pod.restarts() {
		return Action{Verb: Drain, Pod: pod.Pod, Try: recorded.Attempt.Try, Drain: DrainMark{Plan: plan.Key().String(), Digest: plan.Digest}}
	}
	return patch(plan, recorded, pod, now)
}

// restarts tells whether any of the changes restarts a container: a plain init
// container only runs in the next pod.
func (s *subject) restarts() bool {
	return slices.ContainsFunc(s.changes(s.goal), func(image spec.Image) bool {
		c, _ := s.container(image.Container)
		return !c.Init
	})
}

func patch(plan Plan, recorded Status, pod *subject, now time.Time) Action {
	images, try := pod.changes(pod.goal), recorded.Attempt.Try
	var marks Marks
	for _, image := range images {
		c, _ := pod.container(image.Container)
		marks = append(marks, Mark{
			Container: c.Name, Plan: plan.Key().String(), Try: try, Time: now, Wrote: image.Image,
			Image: pod.started(c), ImageID: c.ImageID, ContainerID: c.ID, Origin: pod.origin(c, plan, recorded),
			Corrections: pod.corrected(c, plan, recorded),
		})
	}
	return Action{Verb: Patch, Try: try, Pod: pod.Pod, Images: images, Marks: pod.Marks.with(marks)}
}

// started is the image that a container was started with, as far as we know: where
// our last patch has not restarted it, that of before.
func (p Pod) started(c Container) string {
	if mark, patched := p.Marks.of(c.Name); patched && c.ID != "" && c.ID == mark.ContainerID {
		return mark.Image
	}
	return c.Image
}

// origin is the container's image before the plan's first patch of this series.
func (p Pod) origin(c Container, plan Plan, recorded Status) string {
	was, _ := p.Marks.by(plan.Key()).of(c.Name)
	if p.patchedSince(plan, recorded) && recorded.knows(was) && was.Origin != "" {
		return was.Origin
	}
	return c.Image
}
