package reconciler

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// keep puts the pods last that the partition leaves on an old image. One that is
// told to run the plan's images already is left as well, and keeps its place. Where
// fewer can be left than the partition asks for, the waves take the others.
func (p *progress) keep(plan Plan, recorded Status, now time.Time) {
	left := plan.Spec.Kept(len(p.order))
	if left == 0 {
		return
	}
	var kept []*subject
	for _, pod := range leavable(plan, p.order) {
		old, until := pod.old(plan, recorded, now)
		if !old || left == 0 {
			continue
		}
		left--
		if len(pod.changes(pod.goal)) > 0 {
			pod.keep(plan, until, now)
			kept = append(kept, pod)
		}
	}
	slices.Reverse(kept)
	taken := slices.DeleteFunc(slices.Clone(p.order), func(pod *subject) bool { return slices.Contains(kept, pod) })
	p.order, p.kept = append(taken, kept...), len(kept)
}

// leavable are the pods in the order in which a partition would rather leave them:
// first those that would come to an image that is new to them, from the end; then
// the others, what the plan has patched last at the end: a revert takes back what
// was brought, and leaves what was not.
func leavable(plan Plan, order []*subject) []*subject {
	pods := slices.Clone(order)
	slices.Reverse(pods)
	patched := func(s *subject) time.Time {
		if len(s.changes(s.goal)) > 0 && !s.goesBack() {
			return time.Time{}
		}
		return later(time.Unix(0, 0), s.Marks.by(plan.Key()).newest())
	}
	slices.SortStableFunc(pods, func(a, b *subject) int { return patched(a).Compare(patched(b)) })
	return pods
}

// goesBack reports whether the pod would come back to what it ran before it was patched.
func (s *subject) goesBack() bool {
	return slices.ContainsFunc(s.changes(s.goal), func(want spec.Image) bool {
		mark, marked := s.Marks.of(want.Container)
		c, _ := s.container(want.Container)
		return marked && spec.SameImage(c.Image, mark.Wrote) &&
			(spec.SameImage(want.Image, mark.Image) || spec.SameImage(want.Image, mark.Origin))
	})
}

// old reports whether a pod can be left as it is: the plan has not patched it
// since it was last completed, or not away from what it was completed with, and
// it serves. It may be down for a while, but not for good: until is when it
// would have been down for too long.
func (s *subject) old(plan Plan, recorded Status, now time.Time) (old bool, until time.Time) {
	if s.touched || s.moved && s.Phase != Updated && !s.unmoved(recorded) {
		return false, time.Time{}
	}
	if s.Ready.True || s.Gate.Closed || s.Phase == Unreachable || s.Begun.IsZero() {
		return true, time.Time{}
	}
	if trouble, troubled := s.trouble(); troubled && plan.names(trouble.Name) {
		return false, time.Time{}
	}
	until = later(s.Ready.Since, s.Begun).Add(plan.Spec.ProgressDeadline())
	return now.Before(until), ahead(until, now)
}

// unmoved reports whether a pod is told to run what was last completed, and nothing is
// under way there.
func (s *subject) unmoved(recorded Status) bool {
	last := recorded.LastCompleted
	return last != nil && (s.Phase == Outdated || s.Phase == Drifted) && len(s.changes(last.Images)) == 0
}

// names reports whether the plan has an image for the container.
func (p Plan) names(container string) bool {
	_, named := spec.ImageFor(p.Spec.Images, container)
	return named
}

// keep says that the partition wants the pod on its old image: that is no drift.
// While it is not available it uses the budget.
func (s *subject) keep(plan Plan, until, now time.Time) {
	s.drifts = nil
	if s.Phase == Drifted {
		_, available := s.availableAt(plan.Spec, now)
		s.Phase, s.Why, s.Until = Outdated, "", available
	}
	s.Until = Earlier(s.Until, until)
}
