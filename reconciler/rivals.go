package reconciler

import (
	"fmt"
	"time"
)

// Alternating is the reason of a plan whose record goes to and fro between two commits.
const Alternating = "RevisionsAlternate"

// So many attempts in so short a time, at the same two commits in turn, are nobody's
// wish: who reverts makes a new commit each time.
const (
	alternations    = 4
	alternateWithin = 10 * time.Minute
)

// rivals are the attempts at the two commits between which the record goes to and fro:
// two processes follow one plan, each from a branch of its own, its branch is set to and
// fro, or a Git server answers with either commit. A person's resume ends it, and so does a third commit.
func (s Status) rivals() (now, other Attempt, alternating bool) {
	if len(s.History) < alternations-1 {
		return Attempt{}, Attempt{}, false
	}
	last := append([]Attempt{s.Attempt}, s.History[:alternations-1]...)
	for i, attempt := range last {
		if !attempt.isAt(last[i%2].Digest, last[i%2].Revision) {
			return Attempt{}, Attempt{}, false
		}
	}
	first := last[alternations-1].StartedAt
	alternating = last[0].Digest != last[1].Digest && s.Attempt.StartedAt.Sub(first) <= alternateWithin && first.After(s.Resumed)
	return last[0], last[1], alternating
}

func (a Attempt) isAt(digest, revision string) bool {
	return a.Digest == digest && a.Revision == revision
}

// yields reports whether the record is left to the other of two rivals: both would write
// it in turn for ever.
func (s Status) yields(plan Plan) bool {
	_, other, alternating := s.rivals()
	return alternating && other.isAt(plan.Digest, plan.Revision)
}

// alternating stops a plan where two of our own take turns.
func (s scene) alternating() Objection {
	now, other, alternating := s.recorded.rivals()
	if !alternating {
		return Objection{}
	}
	objection := stalled(Alternating, fmt.Sprintf("commits %s and %s take turns: two processes follow this plan, its branch is set to and fro, or the Git server answers with either; mend that, then %s",
		other.Revision, now.Revision, command(ResumePlan, s.plan.Key())))
	objection.GivesBack = true
	return objection
}
