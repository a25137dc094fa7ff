package reconciler

import (
	"errors"
	"time"

	"github.com/patchwave/patchwave/align"
)

// Memory is what a process has seen of pods and cannot be read off them, by
// UID. A new process begins without it: a grace gets longer by that, never
// shorter, and an image whose mark another writer has dropped is written once more.
type Memory map[string]*remembered

type remembered struct {
	drained       time.Time // since when it is not Ready with its gate closed
	generation    int64     // the newest that its kubelet knows,
	observed      time.Time // and since when
	availableFrom time.Time // until the last look; zero where it was not
	lastAvailable time.Time
	refusal       *Refusal
	doubted       time.Time // when a write ended without an answer
	marks         Marks     // of our last patch: another writer may drop them
}

const (
	firstRetry = 5 * time.Second // after a refused write; doubled each time
	lastRetry  = 5 * time.Minute

	// steady is how long a pod has to serve to have come up: one that serves for
	// less between its crashes has not.
	steady = time.Minute
)

func (m Memory) of(uid string) *remembered {
	if m[uid] == nil {
		m[uid] = &remembered{}
	}
	return m[uid]
}

// Note brings the memory up to date, and tells the pods what is remembered.
func (m Memory) Note(plan Plan, observed Observed, now time.Time) {
	for _, budget := range observed.Budgets {
		for i, member := range budget.Members {
			if r := m[member.UID]; r != nil {
				budget.Members[i].Doubted, budget.Members[i].Marks = r.doubted, member.Marks.restored(r.marks)
				budget.Members[i].SeenObserved = r.seenObserved(member, now)
			}
		}
	}
	pods := observed.Pods
	for i, pod := range pods {
		r := m.of(pod.UID)
		pods[i].Marks = pod.Marks.restored(r.marks)
		if !pod.Gate.Closed || pod.Ready.True {
			r.drained = time.Time{}
		} else if r.drained.IsZero() {
			r.drained = now
		}
		available, _ := pod.availableAt(plan.Spec, now)
		if available && r.availableFrom.IsZero() {
			r.availableFrom = pod.Ready.Since
		}
		if !r.availableFrom.IsZero() && now.Sub(r.availableFrom) >= min(steady, plan.Spec.ProgressDeadline()) {
			r.lastAvailable = now
		}
		if !available {
			r.availableFrom = time.Time{}
		}
		pods[i].SeenDrained, pods[i].LastAvailable = r.drained, r.lastAvailable
		pods[i].Refused, pods[i].Doubted = r.refusal, r.doubted
		pods[i].SeenObserved = r.seenObserved(pod, now)
	}
	for _, owners := range [][]align.Owner{observed.Owners, observed.Moved.Owners} {
		for i, owner := range owners {
			if r := m[owner.UID]; r != nil && r.refusal != nil {
				owners[i].Refusal = &align.Refusal{Step: r.refusal.step, Message: r.refusal.Message, Since: r.refusal.Since, Until: r.refusal.Until}
			}
		}
	}
}

// seenObserved is since when the kubelet is seen to know the pod's newest spec, zero
// while it does not.
func (r *remembered) seenObserved(pod Pod, now time.Time) time.Time {
	switch {
	case pod.ObservedGeneration < pod.Generation:
		return time.Time{}
	case r.generation != pod.Generation || r.observed.IsZero():
		r.generation, r.observed = pod.Generation, now
	}
	return r.observed
}

// Acted notes what became of an action: a refusal says when to try again, and a
// write without an answer may have taken place.
func (m Memory) Acted(action Action, err error, now time.Time) {
	r := m.of(action.Pod.UID)
	switch {
	case err == nil:
		if r.refusal.endedBy(action.Verb) {
			r.refusal = nil
		}
		if action.Verb == Patch {
			r.marks = action.Marks
		}
	case !errors.Is(err, ErrStale):
		m.refused(action.Pod.UID, action.Try, err.Error(), now)
		r.refusal.verb = action.Verb
		if !errors.Is(err, ErrDenied) {
			r.doubted = now
		}
	}
}

// endedBy reports whether a write that was let through ends the refusal: who lets a gate
// be opened may still deny an image.
func (r *Refusal) endedBy(verb Verb) bool { return r == nil || verb != Reopen || r.verb == Reopen }

// Aligned notes the same of a write to an owner.
func (m Memory) Aligned(step align.Step, err error, now time.Time) {
	switch {
	case err == nil:
		m.of(step.Owner.UID).refusal = nil
	case !errors.Is(err, ErrStale):
		m.unaligned(step, err.Error(), now)
	}
}

func (m Memory) unaligned(step align.Step, message string, now time.Time) {
	r := m.of(step.Owner.UID)
	switch last := r.refusal; {
	case last != nil && last.step != step.String() && now.Before(last.Until): // one of several, side by side
		return
	case last != nil && last.step != step.String():
		r.refusal = nil
	}
	m.refused(step.Owner.UID, Try{}, message, now)
	r.refusal.step = step.String()
}

func (m Memory) refused(uid string, try Try, message string, now time.Time) {
	r := m.of(uid)
	next := Refusal{Try: try, Since: now, Until: now.Add(firstRetry), Message: bounded(message)}
	if last := r.refusal; last != nil && last.Try == try {
		next.Since = last.Since
		next.Until = now.Add(min(2*last.wait, lastRetry))
	}
	next.wait = next.Until.Sub(now)
	r.refusal = &next
}

// Keep forgets the pods and owners that are gone.
func (m Memory) Keep(living map[string]bool) {
	for uid := range m {
		if !living[uid] {
			delete(m, uid)
		}
	}
}
