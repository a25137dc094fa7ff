package reconciler

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/patchwave/patchwave/spec"
)

// claim is what a plan works on: one container of one pod.
type claim struct{ uid, container string }

// Contested finds the plans that claim the same container of the same pod:
// both stop, or they would restart it in turn for ever. The answer names, by
// plan, the other one.
func Contested(plans []Plan, observed map[spec.Key]Observed) map[spec.Key]string {
	rivals := map[spec.Key]string{}
	claimed := map[claim]spec.Key{}
	for _, plan := range plans {
		for _, c := range claims(plan, observed[plan.Key()].Pods) {
			first, taken := claimed[claim{c.pod.UID, c.container}]
			if !taken {
				claimed[claim{c.pod.UID, c.container}] = plan.Key()
				continue
			}
			rivals[first] = c.contest(plan.Key())
			rivals[plan.Key()] = c.contest(first)
		}
	}
	return rivals
}

// claimant is a pod of which a plan claims a container.
type claimant struct {
	pod       Pod
	container string
}

// claims are all that a plan claims, by name: a message that hangs on the order
// in which pods were found would be told anew at every look. A plan that is
// withdrawn claims nothing more.
func claims(plan Plan, pods []Pod) []claimant {
	var all []claimant
	pods = slices.SortedFunc(slices.Values(pods), func(a, b Pod) int { return cmp.Compare(a.Name, b.Name) })
	for _, pod := range pods {
		for _, image := range plan.Spec.Images {
			if !plan.Withdrawn {
				all = append(all, claimant{pod, image.Container})
			}
		}
	}
	return all
}

func (c claimant) contest(other spec.Key) string {
	return fmt.Sprintf("plan %s claims container %s of pod %s, too; take it out of one of the two", other, c.container, c.pod.Name)
}
