package reconciler

import (
	"slices"
	"time"
)

// skew is how far the clocks of two processes may be apart.
const skew = time.Minute

// sane drops what no process of ours can have written: a record is a public
// place, and nonsense in it shall neither stop a plan for ever nor pass for the
// end of one.
func (s Status) sane(now time.Time) Status {
	last := s.LastCompleted
	forged := s.Attempt.Result == Completed && (last == nil || last.Digest != s.Attempt.Digest || !last.At.Equal(s.Attempt.EndedAt))
	if forged || !s.Attempt.sane(now) {
		s.Attempt, s.Wave, s.Failed = Attempt{}, Wave{}, nil
	}
	if last != nil && last.At.After(now.Add(skew)) {
		s.LastCompleted = nil
	}
	if s.Resumed.After(now.Add(skew)) {
		s.Resumed = time.Time{}
	}
	s.Corrections = slices.DeleteFunc(slices.Clone(s.Corrections), func(c Correction) bool { return c.At.After(now.Add(skew)) })
	if s.Wave.FinishedAt.After(now) {
		s.Wave.FinishedAt = now
	}
	return s
}

func (a Attempt) sane(now time.Time) bool {
	if a.StartedAt.After(now.Add(skew)) || a.EndedAt.After(now.Add(skew)) || a.DoneAt.After(a.EndedAt) {
		return false
	}
	switch a.Result {
	case Progressing, Completed:
		return !a.RollBack
	case Withdrawn: // in any state
		return a.RollBack == (a.Withdrawal != nil)
	case Halted:
		return a.Failure != nil
	case RollingBack, RolledBack:
		return a.Failure != nil && a.RollBack
	}
	return false
}

// sane drops marks from the future, which would hold a deadline off for ever, as the
// clock of a node may.
func (p Pod) sane(now time.Time) Pod {
	if p.Begun.After(now.Add(skew)) {
		p.Begun = time.Unix(0, 0) // nobody knows when
	}
	p.Marks = p.Marks.where(func(m Mark) bool { return !m.Time.After(now.Add(skew)) })
	return p
}
