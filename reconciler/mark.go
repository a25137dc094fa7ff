package reconciler

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// Mark is what a patch notes of a container, in the same write as its image.
// With it any process can read off the pod what is happening to it. A plan
// replaces the marks of the containers that it patches, and no others.
type Mark struct {
	Container string `json:"container"`
	Plan      string `json:"plan"`
	Try
	Time time.Time `json:"time"`
	// Wrote is the image that the patch brought.
	Wrote string `json:"wrote"`
	// Corrections counts how often in a row the plan, once completed, has written
	// over what somebody else wrote.
	Corrections int `json:"corrections,omitempty"`

	// What the container was before.
	Image       string `json:"image"`
	ImageID     string `json:"imageID,omitempty"`
	ContainerID string `json:"containerID,omitempty"`
	// Origin is the image before the plan's first patch since it was last
	// completed, handed on from mark to mark: what a roll-back of a pod without an
	// owner goes back to.
	Origin string `json:"origin,omitempty"`
}

// Marks are a pod's, one a container at most.
type Marks []Mark

// of returns the mark of a container.
func (m Marks) of(container string) (Mark, bool) {
	i := slices.IndexFunc(m, func(mark Mark) bool { return mark.Container == container })
	if i < 0 {
		return Mark{}, false
	}
	return m[i], true
}

// by returns the marks of a plan.
func (m Marks) by(plan spec.Key) Marks {
	return m.where(func(k Mark) bool { return k.Plan == plan.String() })
}

// notBy returns the marks of all other plans.
func (m Marks) notBy(plan spec.Key) Marks {
	return m.where(func(k Mark) bool { return k.Plan != plan.String() })
}

// where returns the marks of which something holds.
func (m Marks) where(holds func(Mark) bool) Marks {
	var found Marks
	for _, mark := range m {
		if holds(mark) {
			found = append(found, mark)
		}
	}
	return found
}

// restored puts back what another writer has dropped of our last marks.
func (m Marks) restored(ours Marks) Marks {
	dropped := ours.where(func(mark Mark) bool {
		noted, _ := m.of(mark.Container)
		return mark.Time.After(noted.Time)
	})
	if len(dropped) == 0 {
		return m
	}
	return m.with(dropped)
}

// newest is when the last of the patches was written, zero for never.
func (m Marks) newest() time.Time {
	var newest time.Time
	for _, mark := range m {
		newest = later(newest, mark.Time)
	}
	return newest
}

// with puts marks in the place of those of the same containers.
func (m Marks) with(others Marks) Marks {
	kept := m.where(func(mark Mark) bool { _, replaced := others.of(mark.Container); return !replaced })
	return append(kept, others...)
}
