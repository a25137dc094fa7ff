package reconciler

import (
	"cmp"
	"slices"
	"time"
)

// hasDone tells whether all that the plan asks for was completed for one that
// differs in time alone: its windows, freezes, suspension, or what becomes of
// drift. What has drifted since is for the plan to say, and no reason to begin
// anew. A patch that is yet to take effect is: somebody has to answer for it.
func (s Status) hasDone(plan Plan, pods []Pod, now time.Time) bool {
	return s.Attempt.Result == Completed && s.Attempt.Work == plan.Work() && !slices.ContainsFunc(pods, func(p Pod) bool {
		settled, _ := p.settled(plan.Spec.ProgressDeadline(), now)
		doubtful, _ := p.doubtful(now)
		return !settled || doubtful
	})
}

// handOver begins an attempt at the plan, which is completed by the one before.
func (s Status) handOver(plan Plan, now time.Time) Status {
	attempt := newAttempt(plan, now).end(Completed, s.Attempt.Message, now)
	attempt.DoneAt = s.Attempt.completedAt() // pods are judged by this
	next := s.begin(attempt, "", now)
	next.Failed, next.Wave, next.Templates, next.Corrections = s.Failed, s.Wave, s.Templates, s.Corrections
	next.LastCompleted = attempt.completion()
	return next
}

// since is when the pods' time begins to run.
func (a Attempt) since() time.Time { return cmp.Or(a.DoneAt, a.StartedAt) }

// completedAt is when all that it asks for was completed, by it or by one before it.
func (a Attempt) completedAt() time.Time { return cmp.Or(a.DoneAt, a.EndedAt) }

// completion is what is remembered of an attempt that has ended well.
func (a Attempt) completion() *Completion {
	return &Completion{At: a.EndedAt, Digest: a.Digest, Revision: a.Revision, Images: a.Images}
}
