package cluster

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

func named(kind, name string) spec.Target { return spec.Target{Kind: kind, Name: name} }

func selecting(kind string, labels map[string]string, expressions ...spec.SelectorRequirement) spec.Target {
	return spec.Target{Kind: kind, Selector: &spec.Selector{MatchLabels: labels, MatchExpressions: expressions}}
}

// crowd is a namespace in which labels lie: every pod has those of lobby.
func crowd() []metav1.Object {
	lobby, chat := deployment("lobby", "uid-lobby"), deployment("chat", "uid-chat")
	inSet := func(name, set string) *corev1.Pod { return pod(name, ownedBy("apps/v1", "ReplicaSet", set)) }
	return []metav1.Object{
		lobby, chat, replicaSet("lobby-old", "lobby"), replicaSet("lobby-new", "lobby"), replicaSet("chat-1", "chat"), replicaSet("lone", ""),
		// A set of a Deployment that was deleted and made anew under its name.
		&appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "ghost", UID: "uid-ghost", Namespace: "games", OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "apps/v1", Kind: "Deployment", Name: "lobby", UID: "uid-before", Controller: new(true)},
		}}},
		inSet("new-2", "lobby-new"), inSet("old-1", "lobby-old"), inSet("new-1", "lobby-new"), inSet("chat-pod", "chat-1"),
		inSet("lone-pod", "lone"), inSet("ghost-pod", "ghost"), pod("bare-2"), pod("bare-1"),
		pod("ending", ownedBy("apps/v1", "ReplicaSet", "lobby-new"), terminating),
		pod("of-a-job", ownedBy("batch/v1", "Job", "job")),
		pod("labelled", ownedBy("apps/v1", "ReplicaSet", "lobby-new"), func(p *corev1.Pod) { p.Labels = map[string]string{"only": "pods"} }, terminating),
		pod("noted", func(p *corev1.Pod) {
			p.OwnerReferences = owner("apps/v1", "ReplicaSet", "lobby-new")
			p.OwnerReferences[0].Controller = nil
		}),
	}
}

func TestObserveGoesByOwnersAndNotByLabels(t *testing.T) {
	app := func(values ...string) spec.SelectorRequirement {
		return spec.SelectorRequirement{Key: "app", Operator: "In", Values: values}
	}
	for name, test := range map[string]struct {
		target        spec.Target
		pods, missing string
	}{
		"a Deployment":        {named("Deployment", "lobby"), "new-1 new-2 old-1", ""},
		"another":             {named("Deployment", "chat"), "chat-pod", ""},
		"by labels":           {selecting("Deployment", map[string]string{"app": "chat"}), "chat-pod", ""},
		"several":             {selecting("Deployment", map[string]string{"tier": "front"}), "chat-pod new-1 new-2 old-1", ""},
		"by an expression":    {selecting("Deployment", nil, app("chat", "store")), "chat-pod", ""},
		"none of the name":    {named("Deployment", "lobbi"), "", "Deployment lobbi does not exist in namespace games"},
		"one of another kind": {named("StatefulSet", "lobby"), "", "StatefulSet lobby does not exist in namespace games; there is Deployment lobby"},
		"none of the labels":  {selecting("Deployment", map[string]string{"app": "x"}, app("y")), "", "no Deployment in namespace games matches app=x,app in (y)"},
		"the labels of its pods": {
			selecting("Deployment", map[string]string{"only": "pods"}), "",
			"no Deployment in namespace games matches only=pods; pods of Deployment lobby do, but a selector is of the labels of the Deployment itself: select by those, or write `name: lobby`",
		},
		"a bare pod":                 {named("Pod", "bare-1"), "bare-1", ""},
		"bare pods":                  {selecting("Pod", map[string]string{"app": "lobby"}), "bare-1 bare-2 noted", ""},
		"a pod that is not there":    {named("Pod", "bare-3"), "", "Pod bare-3 does not exist in namespace games"},
		"a pod that has an owner":    {named("Pod", "old-1"), "", "pod old-1 belongs to Deployment lobby; name that as the target"},
		"pods of no such label":      {selecting("Pod", map[string]string{"app": "x"}), "", "no Pod in namespace games matches app=x"},
		"a pod's name, a Deployment": {named("Deployment", "bare-1"), "", "Deployment bare-1 does not exist in namespace games"},
	} {
		t.Run(name, func(t *testing.T) {
			observed, err := showing(t, crowd()...).Observe(t.Context(), planFor(test.target))
			if err != nil {
				t.Fatal(err)
			}
			if got := names(observed.Pods); got != test.pods || observed.Missing != test.missing {
				t.Fatalf("pods %q, missing %q; want %q, %q", got, observed.Missing, test.pods, test.missing)
			}
		})
	}
}

func TestObserveRefuses(t *testing.T) {
	elsewhere := planFor(named("Deployment", "lobby"))
	elsewhere.Metadata.Namespace = "system"
	for want, plan := range map[string]reconciler.Plan{
		`namespace "system" is not watched`:           elsewhere,
		`reading the target's selector`:               planFor(selecting("Pod", nil, spec.SelectorRequirement{Key: "app", Operator: "Like"})),
		`for 'in', 'notin' operators, values set can`: planFor(selecting("Deployment", nil, spec.SelectorRequirement{Key: "app", Operator: "In"})),
	} {
		if _, err := showing(t).Observe(t.Context(), plan); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// What was written is seen, even if the informer does not show it yet.
func TestObserveIsNotOlderThanOurOwnWrites(t *testing.T) {
	c := showing(t, deployment("lobby", "uid-lobby"), replicaSet("set", "lobby"),
		node("node-1", "True"), pod("p", ownedBy("apps/v1", "ReplicaSet", "set")))
	plan := planFor(named("Deployment", "lobby"))
	c.pods.wrote(pod("p", ownedBy("apps/v1", "ReplicaSet", "set"), func(p *corev1.Pod) { p.ResourceVersion, p.Generation = "10", 3 }))
	c.upgrades.wrote(upgradeOf(plan, "7", reconciler.Status{Wave: reconciler.Wave{Of: 3}}))
	observed, err := c.Observe(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if p := observed.Pods[0]; p.Generation != 3 || !p.NodeReady {
		t.Errorf("pod %+v", p)
	}
	if observed.Status.Wave.Of != 3 {
		t.Errorf("status %+v", observed.Status)
	}
	if diff := cmp.Diff(1, len(c.Records())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	c.upgrades.forget("uid-plan")
	if got := c.Records(); len(got) != 0 {
		t.Errorf("a deleted record is still known: %v", got)
	}
}

// names are the pods' names, sorted: an index lists in any order.
func names(pods []reconciler.Pod) string {
	var names []string
	for _, pod := range pods {
		names = append(names, pod.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// planFor is a plan in force for a target.
func planFor(target spec.Target) reconciler.Plan {
	plan := spec.Plan{
		APIVersion: spec.APIVersion, Kind: spec.PlanKind, Metadata: spec.Metadata{Namespace: "games", Name: "plan"},
		Spec: spec.PlanSpec{Target: target, Images: []spec.Image{{Container: "server", Image: "app:v2"}}},
	}
	return reconciler.Plan{Plan: plan, Source: "games", Digest: plan.Digest(), Revision: "main@sha1:abc"}
}

// upgradeOf is what the API server keeps of a plan.
func upgradeOf(plan reconciler.Plan, version string, status reconciler.Status) *Upgrade {
	return &Upgrade{
		TypeMeta:   metav1.TypeMeta{APIVersion: spec.APIVersion, Kind: UpgradeKind},
		ObjectMeta: metav1.ObjectMeta{Namespace: plan.Metadata.Namespace, Name: plan.Metadata.Name, UID: "uid-plan", ResourceVersion: version, Generation: 4},
		Spec:       UpgradeSpec{Source: plan.Source, Digest: plan.Digest, Plan: plan.Spec},
		Status:     status,
	}
}
