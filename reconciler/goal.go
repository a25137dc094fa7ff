package reconciler

import (
	"strings"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// goal are the images that a pod shall run: the plan's, or while it is rolled
// back those of before. Of the pods of a deleted plan that was completed, and of
// those that nothing is put back of, nothing is wanted.
func goal(plan Plan, recorded Status, pod Pod) []spec.Image {
	switch {
	case plan.Withdrawn, recorded.Attempt.Withdrawal != nil: // also while its source is yet to be read again
		return pod.origins(plan, recorded)
	case !recorded.Attempt.RollBack:
		return plan.Spec.Images
	case !pod.patchedSince(plan, recorded):
		return nil
	}
	var before []spec.Image
	for _, image := range plan.Spec.Images {
		if image.Image = pod.before(image.Container, recorded); image.Image != "" {
			before = append(before, image)
		}
	}
	return before
}

// before is the image that a roll-back gives to a container: the one last
// completed, else the owner's template's, else that before our first patch.
func (p Pod) before(container string, recorded Status) string {
	var completed []spec.Image
	if recorded.LastCompleted != nil {
		completed = recorded.LastCompleted.Images
	}
	for _, images := range [][]spec.Image{completed, p.Template} {
		if image, ok := spec.ImageFor(images, container); ok {
			return image
		}
	}
	mark, _ := p.Marks.of(container)
	return mark.Origin
}

// patchedSince tells whether the plan patched the pod since it was last completed.
func (p Pod) patchedSince(plan Plan, recorded Status) bool {
	completed := time.Time{}
	if last := recorded.LastCompleted; last != nil {
		completed = last.At
	}
	mine := p.Marks.by(plan.Key())
	return len(mine) > 0 && !mine.newest().Before(completed)
}

// changes are the images that have to be written to bring the pod to its goal.
func (p Pod) changes(goal []spec.Image) []spec.Image {
	var changes []spec.Image
	for _, want := range goal {
		if c, ok := p.container(want.Container); ok && !c.Exited && !spec.SameImage(c.Image, want.Image) {
			changes = append(changes, want)
		}
	}
	return changes
}

// lacks names a container of the goal that the pod does not have, "" for none.
func (p Pod) lacks(goal []spec.Image) string {
	for _, want := range goal {
		if _, ok := p.container(want.Container); !ok {
			return want.Container
		}
	}
	return ""
}

// names are the pod's containers, for a person who has misspelt one.
func (p Pod) names() string {
	var all []spec.Image
	for _, c := range p.Containers {
		all = append(all, spec.Image{Container: c.Name})
	}
	return containersOf(all)
}

// containersOf lists the containers of some images.
func containersOf(images []spec.Image) string {
	var names []string
	for _, image := range images {
		names = append(names, image.Container)
	}
	return strings.Join(names, ", ")
}
