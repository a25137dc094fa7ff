package reconciler

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/patchwave/patchwave/spec"
)

// Turn is a turn of a plan's story, told once: as an Event and in the log.
type Turn struct {
	Warning bool
	Reason  string // CamelCase, as Events have it
	Message string
}

// Turns are the turns between two statuses of a plan, which is named in the commands
// that are told of.
func Turns(plan spec.Key, before, after Status) []Turn {
	var turns []Turn
	begun := before.Attempt.Digest != after.Attempt.Digest || before.Attempt.Retry != after.Attempt.Retry
	if begun {
		turns = append(turns, followed(before, after)...)
		turns = append(turns, Turn{Reason: "Started", Message: fmt.Sprintf("%s, %d up to date, at %s",
			plural(after.Pods.Matched, "pod"), after.Pods.Updated, after.Attempt.Revision)})
	}
	running := before.Attempt.Result == Progressing && (after.Attempt.Result == Progressing || after.Attempt.Result == Completed)
	if finished := after.Wave.Finished; finished > before.Wave.Finished && !begun && running && after.Pods.Matched > 0 {
		turns = append(turns, Turn{Reason: "WaveFinished", Message: fmt.Sprintf("wave %d of %d: %s pods updated",
			finished, after.Wave.Of, after.Pods.Shown)})
	}
	turns = append(turns, wishes(plan, before, after)...)
	turns = append(turns, drifts(before, after)...)
	turns = append(turns, stalls(before, after)...)
	turns = append(turns, putBack(before, after)...)
	if ended := after.Attempt.Result; ended != before.Attempt.Result || begun {
		switch ended {
		case Completed:
			turns = append(turns, completedTurn(after))
		case RollingBack:
			turns = append(turns, Turn{Warning: true, Reason: "RollingBack", Message: after.Attempt.Message})
		case Withdrawn:
			turns = append(turns, Turn{Reason: "Withdrawn", Message: "the plan is gone from Git; " + leftovers(after)})
		}
	}
	return turns
}

// followed tells why an attempt that was under way has ended for another one: a
// person's retry, or another revision.
func followed(before, after Status) []Turn {
	unfinished := before.Attempt.Result == Progressing && before.Attempt.Digest != ""
	switch {
	case unfinished && before.Attempt.Digest == after.Attempt.Digest && len(after.History) > 0:
		return []Turn{{Reason: "Retried", Message: after.History[0].Message}}
	case unfinished:
		return []Turn{{Reason: "Superseded", Message: fmt.Sprintf("%s takes over", after.Attempt.Revision)}}
	}
	return nil
}

// completedTurn says what was brought up, and what is missing.
func completedTurn(status Status) Turn {
	turn := Turn{Reason: string(Completed), Message: summary(status, Objection{})}
	if ready, _ := status.Condition("Ready"); ready.Reason == PodsMissing {
		turn.Message = ready.Message
	}
	return turn
}

// leftovers is what becomes of the pods of a deleted plan.
func leftovers(status Status) string {
	if w := status.Attempt.Withdrawal; w != nil && w.Pods > 0 {
		return "it was never completed, and its pods go back to what they ran before: " + strconv.Itoa(w.Pods)
	}
	return "finished pods are left as they are"
}

// putBack tells that the pods of a deleted plan are back.
func putBack(before, after Status) []Turn {
	was, is := before.Attempt.Withdrawal, after.Attempt.Withdrawal
	if is == nil || is.Pods == 0 || is.DoneAt.IsZero() || was != nil && !was.DoneAt.IsZero() {
		return nil
	}
	return []Turn{{Reason: "PutBack", Message: is.String()}}
}

// wishes tell what a person is waited for, and what one has asked.
func wishes(plan spec.Key, before, after Status) []Turn {
	var turns []Turn
	if wave := after.Wave.AwaitsApproval; wave > 0 && wave != before.Wave.AwaitsApproval {
		turns = append(turns, Turn{Reason: AwaitingApproval, Message: fmt.Sprintf("wave %d of %d is complete; %s lets the next one start", wave, after.Wave.Of, command(Approve, plan))})
	}
	if all := after.Attempt.Approvals; len(all) > len(before.Attempt.Approvals) {
		last := all[len(all)-1]
		turns = append(turns, Turn{Reason: "Approved", Message: fmt.Sprintf("wave %d of %d by %s", last.Wave, after.Wave.Of, last.By)})
	}
	was, is := before.Suspension, after.Suspension
	switch {
	case is != nil && (was == nil || *was != *is):
		turns = append(turns, Turn{Reason: Suspended, Message: is.String()})
	case was != nil && is == nil:
		turns = append(turns, Turn{Reason: "Resumed", Message: "no longer suspended " + was.String()})
	}
	return turns
}

// drifts tell of what has drifted since, and when nothing does any more.
func drifts(before, after Status) []Turn {
	var turns []Turn
	for _, drift := range after.Drift {
		if !drift.Fight && !slices.ContainsFunc(before.Drift, drift.same) {
			turns = append(turns, Turn{Warning: true, Reason: "Drifted", Message: drift.String()})
		}
	}
	over := len(before.Drift) > 0 && len(after.Drift) == 0 && after.Pods.Outdated <= after.Pods.Kept
	if over && before.Attempt.Try == after.Attempt.Try {
		turns = append(turns, Turn{Reason: "DriftOver", Message: "all pods name the plan's images again"})
	}
	return turns
}

// stalls tells of a plan that has stalled, or goes on.
func stalls(before, after Status) []Turn {
	was, _ := before.Condition("Stalled")
	is, stalled := after.Condition("Stalled")
	switch {
	case stalled && (was.Reason != is.Reason || was.Message != is.Message):
		return []Turn{{Warning: true, Reason: is.Reason, Message: is.Message}}
	case after.Attempt.Result == Withdrawn:
	case !stalled && was.Reason != "" && before.Attempt.Digest == after.Attempt.Digest && before.Attempt.Retry == after.Attempt.Retry:
		return []Turn{{Reason: "Resumed", Message: "goes on; it was held by: " + was.Message}}
	}
	return nil
}
