package spec

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Places in the second and later documents of a file are lines of the file.
func TestPlacesInLaterDocuments(t *testing.T) {
	for name, row := range map[string]struct{ second, want string }{
		"a value":          {"apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan\nmetadata: {name: b, namespace: games}\nspec: {target: {kind: Pods, name: a}, images: [{container: a, image: a}]}\n", `a.yaml:9:23: spec.target.kind: "Pods" is not one of Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod (did you mean "Pod"?)`},
		"a key twice":      {"apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan\nkind: UpgradePlan\nmetadata: {name: b, namespace: games}\nspec: {target: {kind: Pod, name: a}, images: [{container: a, image: a}]}\n", `a.yaml:8:1: key "kind" is there twice, first on line 7`},
		"a tab":            {"apiVersion: patchwave.dev/v1alpha1\nmetadata:\n  \tname: b\n", `a.yaml:8:3: the indentation has a tab; YAML takes spaces only`},
		"above a syntax":   {"apiVersion: v1\nkind: Pod\nmetadata: {name: &x b, namespace: a}\noops\n", `a.yaml:9:1: YAML syntax: a ":" is missing after a key`},
		"a missing field":  {"apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan\nmetadata: {name: b}\nspec: {target: {kind: Pod, name: a}, images: [{container: a, image: a}]}\n", `a.yaml:8:1: metadata: missing field "namespace"`},
		"a scalar":         {"apiVersion: patchwave.dev/v1alpha1\nkind: UpgradePlan\nmetadata: {name: no, namespace: games}\nspec: {target: {kind: Pod, name: a}, images: [{container: a, image: a}]}\n", `a.yaml:8:18: metadata.name: no is read as false by some programs; write "no"`},
		"nothing but text": {"# a comment\nhello\n", `a.yaml:7:1: "hello" is text, but a patchwave upgrade plan is wanted`},
	} {
		_, problems := Load(folder(map[string]string{"a.yaml": named("a") + "---\n" + row.second}))
		if diff := cmp.Diff(row.want, written(problems)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	plans, _ := Load(folder(map[string]string{"a.yaml": named("a") + "---\n" + named("b")}))
	if want := (Position{"a.yaml", 8, 32}); len(plans) != 2 || plans[1].NamespaceAt != want {
		t.Errorf("the namespace of the second of %d plans stands at %v", len(plans), plans[len(plans)-1].NamespaceAt)
	}
}

// A percentage leaves a single pod none, a number does, and so do all.
func TestKept(t *testing.T) {
	for _, row := range []struct {
		partition     Amount
		matched, want int
	}{{Percent(50), 1, 0}, {Percent(100), 1, 1}, {Count(1), 1, 1}, {Percent(50), 2, 1}, {Percent(1), 0, 0}} {
		if got := (PlanSpec{Partition: &row.partition}).Kept(row.matched); got != row.want {
			t.Errorf("%s of %d keeps %d, not %d", row.partition, row.matched, got, row.want)
		}
	}
}

func TestEffectiveWaves(t *testing.T) {
	all, half := Wave{Pods: Percent(100)}, Wave{Pods: Percent(50)}
	for _, waves := range [][]Wave{{half, all}, {half}} {
		if got := (PlanSpec{Waves: waves}).EffectiveWaves(); len(got) != 2 || got[1] != all {
			t.Errorf("%v are %v", waves, got)
		}
	}
}

// What is done is the same whatever becomes of drift, and whenever it is done.
func TestWork(t *testing.T) {
	plan, until := Plan{}, time.Unix(1, 0)
	before := plan.Work()
	plan.Spec.Drift, plan.Spec.Suspend = &Drift{Mode: DriftOff}, &Suspend{"INC-231", &until}
	if plan.Work() != before {
		t.Error("drift and suspension are other work")
	}
	if plan.Spec.MaxFailures = 1; plan.Work() == before {
		t.Error("other failures are no other work")
	}
}
