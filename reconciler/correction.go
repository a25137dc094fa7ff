package reconciler

import (
	"cmp"
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// Correction is when a completed plan last wrote over what somebody else had
// written to a container, and how often in a row it has. The pod's mark says the
// same, until another writer drops it.
type Correction struct {
	UID       string    `json:"uid"`
	Container string    `json:"container"`
	Times     int       `json:"times"`
	At        time.Time `json:"at"`
}

// correctionsKept bounds a record: the heart decides by them, so the newest of as many
// pods as one writer is likely to fight over.
const correctionsKept = 500

// lastCorrection is the later of what pod and record say, after the last resume;
// the time of our last write in any case.
func (p Pod) lastCorrection(container string, plan Plan, recorded Status) Correction {
	mark, _ := p.Marks.by(plan.Key()).of(container)
	image, _ := spec.ImageFor(plan.Spec.Images, container)
	last := Correction{UID: p.UID, Container: container, At: mark.Time}
	if spec.SameImage(mark.Wrote, image) && mark.Time.After(recorded.Resumed) {
		last.Times = mark.Corrections
	}
	for _, kept := range recorded.Corrections {
		if kept.UID == p.UID && kept.Container == container && !kept.At.Before(last.At) {
			last.Times, last.At = max(kept.Times, last.Times), kept.At
		}
	}
	return last
}

// corrections counts how often in a row our image was written over: one that held
// for long ends the row.
func (p Pod) corrections(c Container, plan Plan, recorded Status) int {
	last := p.lastCorrection(c.Name, plan, recorded)
	if c.WrittenAt.Sub(last.At) > heldFor {
		return 0
	}
	return last.Times
}

// corrected is what the count becomes by another patch.
func (p Pod) corrected(c Container, plan Plan, recorded Status) int {
	if recorded.Attempt.Result != Completed {
		return 0
	}
	return p.corrections(c, plan, recorded) + 1
}

// corrections are the last of each pod, the newest first; the list is cut.
func corrections(plan Plan, recorded Status, pods []*subject) []Correction {
	var all []Correction
	for _, pod := range pods {
		for _, image := range plan.Spec.Images {
			if last := pod.lastCorrection(image.Container, plan, recorded); last.Times > 0 {
				all = append(all, last)
			}
		}
	}
	slices.SortFunc(all, func(a, b Correction) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.UID, b.UID), cmp.Compare(a.Container, b.Container))
	})
	return all[:min(correctionsKept, len(all))]
}

// makePeace forgets fights, and what led to them.
func (s Status) makePeace(now time.Time) Status {
	s.Resumed, s.Corrections, s.Drift = now, nil, slices.Clone(s.Drift)
	for i := range s.Drift {
		s.Drift[i].Fight = false
	}
	return s
}
