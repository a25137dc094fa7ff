package reconciler

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// notes tell what this plan cannot do in place, or not as one might expect; restarting
// are the pods that a note on restarts counts.
func notes(plan Plan, progress progress, restarting []*subject, owners []align.Owner) []string {
	if plan.Withdrawn {
		return nil // nothing of it is to be rolled out
	}
	pods := progress.order
	var notes []string
	note := func(count int, format string, args ...any) {
		if count > 0 {
			notes = append(notes, fmt.Sprintf("%d of %d pods ", count, len(pods))+fmt.Sprintf(format, args...))
		}
	}
	if plan.Spec.GracePeriodSeconds > 0 {
		ungated := func(s *subject) bool { return s.Gate.Type == "" }
		note(number(restarting, ungated), "declare no readiness gate %s: they are restarted without being drained first", GateType)
	}
	for _, want := range plan.Spec.Images {
		is := func(kind func(Container) bool) int {
			return number(pods, func(s *subject) bool { c, ok := s.container(want.Container); return ok && kind(c) })
		}
		differs := func(c Container) bool { return !spec.SameImage(c.Image, want.Image) }
		note(is(func(c Container) bool { return c.Init }), "have %s as an init container: it runs the image when the pod is made anew, and nothing restarts now", want.Container)
		note(is(func(c Container) bool { return c.Exited && differs(c) }), "have container %s exited for good: it is not run again, and cannot be updated", want.Container)
		note(is(func(c Container) bool { return differs(c) && !spec.SameRegistry(c.Image, want.Image) }),
			"take %s from another registry: pull secrets and pull policy cannot be changed in place", want.Container)
		restartsAll := func(c Container) bool { return c.RestartsAll && differs(c) }
		note(is(restartsAll), "restart all their containers when %s exits, by a rule of its own: where its image cannot be pulled, %s too",
			want.Container, neighboursOf(pods, want.Container, restartsAll))
		if spec.Moves(want.Image) {
			note(is(func(c Container) bool { return !differs(c) && !c.Init }), "name %s already: the same text restarts nothing, whatever the tag points to now", want.Image)
		}
	}
	notes = append(notes, notesOnReadiness(plan, owners)...)
	return listed(append(notes, notesOnTemplates(plan, progress, owners)...))
}

// listed keeps so many notes as somebody may read.
func listed(notes []string) []string {
	if more := len(notes) - notesListed; more > 0 {
		return append(notes[:notesListed], fmt.Sprintf("and %d more of these", more))
	}
	return notes
}

// notesOnReadiness tell whose minReadySeconds count, where they are not the plan's.
func notesOnReadiness(plan Plan, owners []align.Owner) []string {
	var notes []string
	for _, owner := range owners {
		if owner.MinReady > plan.Spec.MinReady() {
			notes = append(notes, fmt.Sprintf("a pod counts as available after %s, the minReadySeconds of %s", owner.MinReady, owner))
		}
	}
	return notes
}

// neighboursOf names the containers beside one, in the first pod where something holds
// of it.
func neighboursOf(pods []*subject, container string, holds func(Container) bool) string {
	for _, s := range pods {
		if c, ok := s.container(container); ok && holds(c) {
			return cmp.Or(s.beside(c), "nothing else")
		}
	}
	return ""
}

// beside names the pod's other containers that keep running.
func (p Pod) beside(c Container) string {
	var names []string
	for _, other := range p.Containers {
		if other.Name != c.Name && !other.Init {
			names = append(names, other.Name)
		}
	}
	return strings.Join(names, ", ")
}

// notesOnTemplates tell why pods made later will not come up new.
func notesOnTemplates(plan Plan, progress progress, owners []align.Owner) []string {
	switch {
	case plan.Spec.Target.Kind == "Pod":
		return nil
	case !plan.Aligns():
		return []string{fmt.Sprintf("the template of the %s is left as it is: pods made later come up on its image and are then upgraded in place",
			plan.Spec.Target.Kind)}
	case plan.Spec.Kept(len(progress.order)) > 0:
		return []string{"the template is left as it is, as long as the partition keeps pods on the old image"}
	}
	var notes []string
	for _, owner := range owners {
		if refused := owner.Preflight(plan.Spec.Images).Refused; refused != "" {
			notes = append(notes, refused)
		} else if owner.Differs(plan.Spec.Images) {
			notes = append(notes, fmt.Sprintf("the template of %s follows at the end, without a roll-out: pods made later come up new", owner))
		}
	}
	return notes
}

func number(pods []*subject, is func(*subject) bool) int {
	count := 0
	for _, pod := range pods {
		if is(pod) {
			count++
		}
	}
	return count
}
