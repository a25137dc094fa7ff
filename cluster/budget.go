package cluster

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/patchwave/patchwave/reconciler"
)

// budgets are the PodDisruptionBudgets that select any of the pods.
func (c *Cluster) budgets(ns namespace, pods []*corev1.Pod) ([]reconciler.Budget, error) {
	var found []reconciler.Budget
	for _, stored := range ns.budgets.GetStore().List() {
		budget := stored.(*policyv1.PodDisruptionBudget)
		selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
		if err != nil {
			return nil, fmt.Errorf("reading the selector of PodDisruptionBudget %s: %w", budget.Name, err)
		}
		if selectsAny(selector, pods) {
			found = append(found, reconciler.Budget{
				Name: budget.Name, Allowed: allowed(budget), Desired: int(budget.Status.DesiredHealthy), Members: c.members(ns, selector),
			})
		}
	}
	return found, nil
}

// allowed is what the status allows, if it speaks of the newest spec; the
// eviction API holds it so, too.
func allowed(budget *policyv1.PodDisruptionBudget) int {
	if budget.Status.ObservedGeneration < budget.Generation {
		return 0
	}
	return int(budget.Status.DisruptionsAllowed)
}

func selectsAny(selector labels.Selector, pods []*corev1.Pod) bool {
	for _, pod := range pods {
		if selector.Matches(labels.Set(pod.Labels)) {
			return true
		}
	}
	return false
}

// members are the living pods of the namespace that the selector matches.
func (c *Cluster) members(ns namespace, selector labels.Selector) []reconciler.Pod {
	var members []reconciler.Pod
	for _, stored := range ns.pods.GetStore().List() {
		pod := c.pods.newest(stored.(*corev1.Pod))
		if pod.DeletionTimestamp == nil && selector.Matches(labels.Set(pod.Labels)) {
			members = append(members, convert(pod, nil))
		}
	}
	return members
}
