package reconciler

import (
	"fmt"
	"slices"

	"github.com/patchwave/patchwave/spec"
)

// approval holds back what comes after a wave until a person has approved it.
func (s scene) approval() Objection {
	if s.unheld() {
		return Objection{}
	}
	for i, wave := range s.progress.waves[:s.progress.finished] {
		if wave.Approval == spec.ApprovalRequired && !s.recorded.Attempt.approved(i+1) && s.holdsBack(i) {
			message := fmt.Sprintf("wave %d of %d is complete and waits for approval: %s", i+1, len(s.progress.waves), command(Approve, s.plan.Key()))
			return Objection{Reason: AwaitingApproval, Message: message, GivesBack: true, Wave: i + 1}
		}
	}
	return Objection{}
}

// holdsBack reports whether the approval after a wave has anything to hold back: pods
// of the waves to come, or the end, where the waves after it took no pods of their own
// and the record tells of any patch. A record that was lost and made anew does not, and
// nobody is asked again for what is done.
func (s scene) holdsBack(wave int) bool {
	last := s.progress.finished - 1
	return !s.progress.done() || len(s.progress.first(wave)) == len(s.progress.first(last)) && slices.ContainsFunc(s.pods, s.tellsOf)
}

// tellsOf reports whether the record tells of an attempt that could have patched the
// pod last.
func (s scene) tellsOf(pod *subject) bool {
	if !pod.moved {
		return false
	}
	first := s.recorded.Attempt
	if past := s.recorded.History; len(past) > 0 {
		first = past[len(past)-1]
	}
	full := len(s.recorded.History) == historyLength // it may have told of more
	return full || !pod.Marks.by(s.plan.Key()).newest().Before(first.StartedAt)
}
