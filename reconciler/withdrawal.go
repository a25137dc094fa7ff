package reconciler

import (
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// Withdrawal is how the pods of a deleted plan are put back that it has patched and
// never completed: deleting a plan that was never completed is its roll-back.
type Withdrawal struct {
	Revision string    `json:"revision"` // the commit that no longer has the plan
	Pods     int       `json:"pods"`     // to be put back, or put back
	DoneAt   time.Time `json:"doneAt,omitzero"`
}

// withdraw ends an attempt whose plan was deleted. One that was completed stays so;
// of any other the pods are put back, where the record knows what it has patched and
// was not about to be completed.
func (s Status) withdraw(plan Plan, back bool, now time.Time) Status {
	a := s.Attempt
	if a.Result == Completed || a.Result == Withdrawn {
		return s
	}
	a.Result, a.Message, a.EndedAt = Withdrawn, "the plan was deleted", now
	if a.Failure != nil {
		a.Message += " after " + a.Failure.String()
	}
	if a.RollBack = back; back {
		a.Withdrawal = &Withdrawal{Revision: plan.Revision}
	}
	s.Attempt, s.Failed, s.Wave = a, nil, Wave{}
	return s
}

// returned brings the account of the pods that are put back up to date.
func (a Attempt) returned(pods []*subject, gone bool, now time.Time) Attempt {
	if a.Result != Withdrawn || a.Withdrawal == nil {
		return a
	}
	w := *a.Withdrawal
	w.Pods = max(w.Pods, number(pods, (*subject).returns))
	if gone && w.DoneAt.IsZero() {
		w.DoneAt = now
	}
	a.Withdrawal = &w
	return a
}

// String says how far it is.
func (w Withdrawal) String() string {
	what := fmt.Sprintf("%d pods", w.Pods)
	if w.Pods == 1 {
		what = "1 pod"
	}
	if w.DoneAt.IsZero() {
		return "the plan was deleted before it was completed; putting back " + what
	}
	return "the plan was deleted before it was completed; " + what + " put back"
}

// returns reports whether a deleted plan answers for what the pod runs.
func (s *subject) returns() bool { return s.withdrawn && len(s.goal) > 0 }

// beforeAll is what a container ran before the plan, or where a roll-back has put it.
func (p Pod) beforeAll(mark Mark, recorded Status) string {
	if mark.RollBack {
		return mark.Wrote
	}
	if last := recorded.LastCompleted; last != nil {
		if image, ok := spec.ImageFor(last.Images, mark.Container); ok {
			return image
		}
	}
	return mark.Origin
}

// templated reports whether the pod's owner makes pods with the image that the
// container has.
func (p Pod) templated(c Container) bool {
	image, ok := spec.ImageFor(p.Template, c.Name)
	return ok && spec.SameImage(image, c.Image)
}

// knows reports whether a mark is of an attempt that the record tells of, and that
// has not been completed since. One of an earlier plan of the same name is not.
func (s Status) knows(mark Mark) bool {
	if s.LastCompleted != nil && mark.Time.Before(s.LastCompleted.At) {
		return false
	}
	return mark.Digest == s.Attempt.Digest || slices.ContainsFunc(s.History, func(a Attempt) bool { return a.Digest == mark.Digest })
}

// origins are the images that a pod goes back to when its plan is deleted: those last
// completed, else those before the plan's first patch. What somebody else has written
// since stays, and so does what another plan claims by now, and what the pod would
// be made with anew.
func (p Pod) origins(plan Plan, recorded Status) []spec.Image {
	if recorded.Attempt.Withdrawal == nil {
		return nil
	}
	var back []spec.Image
	for _, mark := range p.Marks.by(plan.Key()) {
		c, there := p.container(mark.Container)
		ours := there && (spec.SameImage(c.Image, mark.Wrote) || c.Writer == Writer)
		if !ours || !recorded.knows(mark) || slices.Contains(p.Inherited, c.Name) || p.templated(c) && !mark.RollBack {
			continue
		}
		if image := p.beforeAll(mark, recorded); image != "" {
			back = append(back, spec.Image{Container: c.Name, Image: image})
		}
	}
	return back
}

// returning are the gates of a deleted plan. Its own windows, freezes and suspension
// went with it; the operator's freezes hold, and a person's suspension.
var returning = []gate{
	scene.alarmed,
	scene.unreturned,
	scene.suspended,
	scene.frozen,
	scene.rolling,
	scene.busy,
	scene.unreachable,
}

// unreturned objects when pods do not come up on what they ran before: more than are
// tolerated, or all that are left.
func (s scene) unreturned() Objection {
	failed := slices.DeleteFunc(having(s.pods, Failed), func(pod *subject) bool { return !pod.returns() })
	if len(failed) == 0 || len(failed) <= s.plan.Spec.MaxFailures && !s.progress.done() {
		return Objection{}
	}
	objection := stalled(NotPutBack, "the plan was deleted, and putting back failed: "+failures(failed, s.recorded.Failed, s.now)[0].String())
	objection.GivesBack = true
	return objection
}
