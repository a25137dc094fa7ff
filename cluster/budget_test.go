package cluster

import (
	"fmt"
	"testing"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	corev1 "k8s.io/api/core/v1"
)

func budget(name string, selector *metav1.LabelSelector, generation int64) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "games", Generation: 2},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: selector},
		Status:     policyv1.PodDisruptionBudgetStatus{ObservedGeneration: generation, DisruptionsAllowed: 2, DesiredHealthy: 1},
	}
}

func matching(app string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}
}

// A budget counts with all pods that it selects, whoever owns them; an older
// status allows nothing.
func TestBudgets(t *testing.T) {
	elsewhere := func(p *corev1.Pod) { p.Labels = map[string]string{"app": "chat"} }
	c := showing(t, pod("mine"), pod("other"), pod("gone", terminating), pod("chat", elsewhere),
		budget("fresh", matching("lobby"), 2), budget("stale", matching("lobby"), 1),
		budget("all", &metav1.LabelSelector{}, 2), budget("none", nil, 2), budget("chats", matching("chat"), 2))
	found, err := c.budgets(c.namespaces["games"], []*corev1.Pod{pod("mine")})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, b := range found {
		got[b.Name] = fmt.Sprintf("allows %d, %d healthy of %d", b.Allowed, b.Desired, len(b.Members))
	}
	want := map[string]string{"fresh": "allows 2, 1 healthy of 2", "stale": "allows 0, 1 healthy of 2", "all": "allows 2, 1 healthy of 3"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("budgets %v, want %v", got, want)
	}
}
