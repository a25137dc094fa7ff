package reconciler

import (
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
	Halted      Result = "Halted"      // more pods failed than maxFailures
	RollingBack Result = "RollingBack" // the same, and its pods are being put back
	RolledBack  Result = "RolledBack"  // they are
	Superseded  Result = "Superseded"  // another attempt came into force before it ended
	Withdrawn   Result = "Withdrawn"   // the plan was deleted
)

// Try names what an image is written for: once per pod and try.
type Try struct {
	Digest   string `json:"digest"`             // of the plan
	Retry    int    `json:"retry,omitempty"`    // counts a person's retries of it
	RollBack bool   `json:"rollBack,omitempty"` // its pods are put back
}

// Attempt is one plan digest being brought to the pods.
type Attempt struct {
	Try
	Revision  string       `json:"revision"`
	Work      string       `json:"work,omitempty"`   // the same for plans that differ in time alone
	Images    []spec.Image `json:"images,omitempty"` // left out of the history
	Result    Result       `json:"result"`
	Message   string       `json:"message,omitempty"` // how it ended
	StartedAt time.Time    `json:"startedAt"`
	EndedAt   time.Time    `json:"endedAt,omitzero"`
	// DoneAt is when all that it asks for was completed, by an attempt before it.
	DoneAt time.Time `json:"doneAt,omitzero"`
	// Failure is what halted it. It stays, whatever becomes of the pod, until
	// another digest comes into force, or a person says retry.
	Failure   *Failure   `json:"failure,omitempty"`
	Approvals []Approval `json:"approvals,omitempty"`
	// Waves are when the first, the second … wave was finished, for those who tell
	// of the attempt.
	Waves []time.Time `json:"waves,omitempty"`
	// Restarts counts the containers that it has restarted.
	Restarts int `json:"restarts,omitempty"`
	// Withdrawal is how its pods are put back, where the plan was deleted before it
	// was completed.
	Withdrawal *Withdrawal `json:"withdrawal,omitempty"`
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

// recorded is the record with what was asked since, and with the attempt at
// the plan in force: the one under way, or a new one.
func recorded(plan Plan, observed Observed, now time.Time) Status {
	s := observed.Status.sane(now).heed(observed.Request, now)
	known := s.Attempt.Digest != ""
	switch restored := s.Attempt.Result == Withdrawn && !plan.Withdrawn && !plan.Unread; {
	case s.Attempt.Digest == plan.Digest && !restored:
	case plan.Withdrawn && known: // it never came to its last form
	case s.yields(plan):
	case s.hasDone(plan, observed.Pods, now):
		s = s.handOver(plan, now)
	default:
		s = s.begin(newAttempt(plan, now), "superseded by "+plan.Revision, now)
	}
	if !s.Suspension.stands(now) {
		s.Suspension = nil
	}
	if s.Attempt.Revision == "" { // it was begun before Git was read
		s.Attempt.Revision = plan.Revision
	}
	if plan.Withdrawn {
		s = s.withdraw(plan, known && !observed.held(plan), now) // aligned is as good as completed
	}
	return s.noteTemplates(plan, observed.Owners)
}

func newAttempt(plan Plan, now time.Time) Attempt {
	return Attempt{
		Try: Try{Digest: plan.Digest}, Revision: plan.Revision, Work: plan.Work(), Images: plan.Spec.Images,
		Result: Progressing, StartedAt: now,
	}
}

// again is the same attempt from its beginning.
func (a Attempt) again(now time.Time) Attempt {
	return Attempt{
		Try: Try{Digest: a.Digest, Retry: a.Retry + 1}, Revision: a.Revision, Work: a.Work, Images: a.Images,
		Result: Progressing, StartedAt: now,
	}
}

// begin puts an attempt in the place of the one before, which goes into the history.
func (s Status) begin(attempt Attempt, why string, now time.Time) Status {
	if s.Attempt.Digest != "" {
		past := s.Attempt.end(Superseded, why, now)
		past.Images = nil // a record stays small
		s.History = slices.Insert(slices.Clone(s.History), 0, past)
		s.History = s.History[:min(historyLength, len(s.History))]
	}
	s.Attempt, s.Failed, s.Wave, s.Templates, s.Corrections = attempt, nil, Wave{}, nil, nil
	return s
}

// latchFailure ends the attempt when more pods failed than are tolerated: it
// halts, or puts its pods back. A failed digest is not tried again, even if
// the pod recovers.
func (a Attempt) latchFailure(plan Plan, pods []*subject, now time.Time) Attempt {
	failed := having(pods, Failed)
	over := plan.Withdrawn || a.Result == Withdrawn // and its source may be yet to be read again
	if over || len(failed) <= plan.Spec.MaxFailures || a.Result == Halted || a.Result == RolledBack {
		return a
	}
	first := failed[0].failure(now)
	switch {
	case a.RollBack:
		a.Result, a.Message, a.EndedAt = Halted, "rolling back failed: "+first.String()+"; it had failed first: "+a.Failure.String(), now
	case plan.Spec.OnFailure == spec.RollBack && a.Result == Progressing: // or there is nothing to go back to
		a.Failure, a.RollBack, a.Result, a.Message = &first, true, RollingBack, first.String()
	default:
		a.Failure, a.Result, a.Message, a.EndedAt = &first, Halted, first.String(), now
	}
	return a
}

// latchCompletion ends the attempt when every wave is finished and nothing objects.
func (a Attempt) latchCompletion(s scene, objection Objection) Attempt {
	switch {
	case !s.progress.done() || objection.stands():
	case a.Result == RollingBack:
		a.Result, a.EndedAt = RolledBack, s.now
	case a.Result == Progressing:
		return a.end(Completed, count(s.plan, a, s.progress).besides(s.strength), s.now)
	}
	return a
}

// end gives an attempt that is still under way its result.
func (a Attempt) end(result Result, message string, now time.Time) Attempt {
	if a.Result == Progressing || a.Result == RollingBack {
		a.Result, a.Message, a.EndedAt = result, message, now
	}
	return a
}

// returns tells whether the attempt goes back to the images that were last
// completed, which no soak and no approval holds up: every pod that the waves take
// now was taken away from them since.
func (s scene) returns() bool {
	attempt, last := s.recorded.Attempt, s.recorded.LastCompleted
	if attempt.RollBack || last == nil || !slices.Equal(last.Images, attempt.Images) {
		return attempt.RollBack
	}
	return !slices.ContainsFunc(having(s.progress.taken(), Outdated), func(pod *subject) bool { return !pod.moved })
}
