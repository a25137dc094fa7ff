package reconciler

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/patchwave/patchwave/spec"
)

// claim is what a plan works on: one container of one pod or of one template.
type claim struct{ uid, container string }

// Contested finds the plans that claim the same container of the same pod:
// both stop, or they would restart it in turn for ever. The answer names, by
// plan, the other one.
func Contested(plans []Plan, observed map[spec.Key]Observed) map[spec.Key]string {
	rivals := map[spec.Key]string{}
	claimed := map[claim]spec.Key{}
	for _, plan := range plans {
		for _, c := range claims(plan, observed[plan.Key()]) {
			first, taken := claimed[c.claim]
			if !taken {
				claimed[c.claim] = plan.Key()
				continue
			}
			rivals[first] = c.contest(plan.Key())
			rivals[plan.Key()] = c.contest(first)
		}
	}
	return rivals
}

// Claims are the containers of pods and templates that plans in force work on.
type Claims map[claim]bool

// ClaimsOf are those of all plans together; nobody asks where no plan was deleted.
func ClaimsOf(plans []Plan, observed map[spec.Key]Observed) Claims {
	if !slices.ContainsFunc(plans, func(p Plan) bool { return p.Withdrawn }) {
		return nil
	}
	claimed := Claims{}
	for _, plan := range plans {
		for _, c := range claims(plan, observed[plan.Key()]) {
			claimed[c.claim] = true
		}
	}
	return claimed
}

// Inherit tells the pods of a deleted plan which of their containers another plan
// claims now: a plan that was renamed is not put back.
func (o Observed) Inherit(plan Plan, claimed Claims) {
	if !plan.Withdrawn {
		return
	}
	for i, pod := range o.Pods {
		o.Pods[i].Inherited = nil
		for _, c := range pod.Containers {
			if claimed[claim{pod.UID, c.Name}] {
				o.Pods[i].Inherited = append(o.Pods[i].Inherited, c.Name)
			}
		}
	}
}

// claimant is a claim with the name of its object.
type claimant struct {
	claim

	name string
}

// claims are all that a plan claims, by name: a message that hangs on the order
// in which pods were found would be told anew at every look. A plan that its source
// no longer has claims nothing more.
func claims(plan Plan, observed Observed) []claimant {
	if plan.Withdrawn || plan.Moving != "" {
		return nil
	}
	var all []claimant
	for _, image := range plan.Spec.Images {
		for _, owner := range observed.Owners { // it may have no pods
			all = append(all, claimant{claim{owner.UID, image.Container}, owner.String()})
		}
	}
	pods := slices.SortedFunc(slices.Values(observed.Pods), func(a, b Pod) int { return cmp.Compare(a.Name, b.Name) })
	for _, pod := range pods {
		for _, image := range plan.Spec.Images {
			all = append(all, claimant{claim{pod.UID, image.Container}, "pod " + pod.Name})
		}
	}
	return all
}

func (c claimant) contest(other spec.Key) string {
	return fmt.Sprintf("plan %s claims container %s of %s, too; take it out of one of the two", other, c.container, c.name)
}
