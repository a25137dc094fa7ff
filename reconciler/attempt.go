package reconciler

import (
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// Result is how an attempt stands, or ended.
type Result string

// The results of an attempt.
const (
	Progressing Result = "Progressing"
	Completed   Result = "Completed"
	Halted      Result = "Halted"     // more pods failed than maxFailures
	Superseded  Result = "Superseded" // another digest came into force before it ended
	Withdrawn   Result = "Withdrawn"  // the plan was deleted
)

// Attempt is one plan digest being brought to the pods.
type Attempt struct {
	Digest    string       `json:"digest"`
	Revision  string       `json:"revision"`
	Images    []spec.Image `json:"images,omitempty"` // left out of the history
	Result    Result       `json:"result"`
	Message   string       `json:"message,omitempty"` // how it ended
	StartedAt time.Time    `json:"startedAt"`
	EndedAt   time.Time    `json:"endedAt,omitzero"`
	// Failure is what halted it. It stays, whatever becomes of the pod, until
	// another digest comes into force.
	Failure *Failure `json:"failure,omitempty"`
}

// Failure is a pod that did not come up on its new image.
type Failure struct {
	Pod       string    `json:"pod"`
	UID       string    `json:"uid"`
	Node      string    `json:"node,omitempty"`
	Container string    `json:"container,omitempty"`
	Reason    string    `json:"reason"`
	Message   string    `json:"message,omitempty"`
	At        time.Time `json:"at"`
}

// String names the pod, the container and the reason.
func (f Failure) String() string {
	text := "pod " + f.Pod
	if f.Container != "" {
		text += ", container " + f.Container
	}
	text += ": " + f.Reason
	if f.Message != "" {
		text += ": " + f.Message
	}
	return text
}

// attemptOf is the attempt under way for the plan's digest, or a new one.
func attemptOf(plan Plan, recorded Status, now time.Time) Attempt {
	attempt := recorded.Attempt
	restored := attempt.Result == Withdrawn && !plan.Withdrawn
	if attempt.Digest != plan.Digest || restored {
		attempt = Attempt{
			Digest: plan.Digest, Revision: plan.Revision, Images: plan.Spec.Images,
			Result: Progressing, StartedAt: now,
		}
	}
	if plan.Withdrawn {
		attempt = attempt.end(Withdrawn, "the plan was deleted", now)
	}
	return attempt
}

// latchFailure halts the attempt when more pods failed than are tolerated. A
// failed digest is not tried again, even if the pod recovers.
func (a Attempt) latchFailure(plan Plan, pods []subject, now time.Time) Attempt {
	failed := having(pods, Failed)
	if a.Failure != nil || plan.Withdrawn || len(failed) <= plan.Spec.MaxFailures {
		return a
	}
	first := failed[0].failure(now)
	a.Failure = &first
	a.Result, a.Message, a.EndedAt = Halted, first.String(), now
	return a
}

// latchCompletion ends the attempt when every wave is finished and nothing objects.
func (a Attempt) latchCompletion(progress progress, objection Objection, now time.Time) Attempt {
	if a.Result == Progressing && progress.done() && !objection.stands() {
		counts := count(progress.order)
		return a.end(Completed, fmt.Sprintf("%d of %d pods updated", counts.Updated, counts.Matched), now)
	}
	return a
}

// end gives an attempt that is still under way its result.
func (a Attempt) end(result Result, message string, now time.Time) Attempt {
	if a.Result == Progressing {
		a.Result, a.Message, a.EndedAt = result, message, now
	}
	return a
}

// returns tells whether the attempt goes back to the images that were last
// completed, which no soak holds up.
func (a Attempt) returns(recorded Status) bool {
	last := recorded.LastCompleted
	return last != nil && slices.Equal(last.Images, a.Images)
}
