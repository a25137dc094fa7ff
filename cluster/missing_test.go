package cluster

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/patchwave/patchwave/spec"
)

func inPhase(phase corev1.PodPhase) change { return func(p *corev1.Pod) { p.Status.Phase = phase } }

// setOf is a StatefulSet that another controller makes.
func setOf(name, apiVersion, kind, by string) *appsv1.StatefulSet {
	return &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: "games", UID: types.UID("uid-" + name), Labels: map[string]string{"app": name}, OwnerReferences: owner(apiVersion, kind, by),
	}}
}

// A target that is there and has nothing to upgrade is told of: no plan for it is complete.
func TestTargetsThatAreNothing(t *testing.T) {
	app := func(name string) spec.Target { return selecting("Pod", map[string]string{"app": name}) }
	labelled := func(value string) change { return func(p *corev1.Pod) { p.Labels = map[string]string{"app": value} } }
	const foreign = ": workloads and pods of another controller are not upgraded, since it would change them back; change the image there"
	objects := []metav1.Object{
		pod("mirror", ownedBy("v1", "Node", "node-1"), annotated(corev1.MirrorPodAnnotationKey, "x"), labelled("static")),
		pod("done", inPhase(corev1.PodSucceeded), labelled("batch")), pod("evicted", inPhase(corev1.PodFailed), labelled("batch")),
		pod("ending", terminating, labelled("leaving")),
		pod("of-a-job", ownedBy("batch/v1", "Job", "nightly"), labelled("batch")),
		pod("match-1", ownedBy("agones.dev/v1", "GameServer", "match"), labelled("match")),
		pod("es-0", ownedBy("apps/v1", "StatefulSet", "es"), labelled("es")),
		pod("kruise-0", ownedBy("apps.kruise.io/v1beta1", "StatefulSet", "kruise"), labelled("kruise")),
		setOf("es", "elastic.example/v1", "Search", "cluster"), setOf("lone", "v1", "ConfigMap", "owner"),
		pod("mixed-1", inPhase(corev1.PodFailed), labelled("mixed")), pod("mixed-2", labelled("mixed")),
		pod("round-0", ownedBy("apps/v1", "StatefulSet", "round")), setOf("round", "apps/v1", "StatefulSet", "round"),
	}
	for name, test := range map[string]struct {
		target        spec.Target
		pods, missing string
	}{
		"a mirror":                        {named("Pod", "mirror"), "", "pod mirror mirrors a static pod of node node-1: only the file there changes it"},
		"mirrors by label":                {app("static"), "", "pod mirror mirrors a static pod of node node-1: only the file there changes it"},
		"one that has finished":           {named("Pod", "done"), "", "pod done has finished (Succeeded), and is not run again"},
		"one that was evicted":            {named("Pod", "evicted"), "", "pod evicted has finished (Failed), and is not run again"},
		"several, none of which runs":     {app("batch"), "", "pod done has finished (Succeeded), and is not run again (and 2 more like it)"},
		"one that ends":                   {app("leaving"), "", "pod ending is being deleted"},
		"a Job's":                         {named("Pod", "of-a-job"), "", "pod of-a-job belongs to Job nightly: pods of Jobs are left alone"},
		"a controller's of its own":       {named("Pod", "match-1"), "", "pod match-1 is managed by GameServer match (agones.dev/v1)" + foreign},
		"a workload's that is managed":    {named("Pod", "es-0"), "", "pod es-0 is managed by Search cluster (elastic.example/v1)" + foreign},
		"another StatefulSet than ours":   {named("Pod", "kruise-0"), "", "pod kruise-0 is managed by StatefulSet kruise (apps.kruise.io/v1beta1)" + foreign},
		"a workload of another":           {named("StatefulSet", "es"), "", "StatefulSet es is managed by Search cluster (elastic.example/v1)" + foreign},
		"the same by label":               {selecting("StatefulSet", map[string]string{"app": "lone"}), "", "StatefulSet lone is managed by ConfigMap owner (v1)" + foreign},
		"one that runs beside one of old": {app("mixed"), "mixed-2", ""},
		"owners in a circle":              {named("Pod", "round-0"), "", "pod round-0 belongs to StatefulSet round; name that as the target"},
	} {
		t.Run(name, func(t *testing.T) {
			observed, err := showing(t, objects...).Observe(t.Context(), planFor(test.target))
			if err != nil {
				t.Fatal(err)
			}
			if got := names(observed.Pods); got != test.pods || observed.Missing != test.missing {
				t.Fatalf("pods %q, missing %q; want %q, %q", got, observed.Missing, test.pods, test.missing)
			}
		})
	}
	if got := first([]string{"b", "a"}); !strings.HasPrefix(got, "a (and 1 more") {
		t.Errorf("the first of some is %q", got)
	}
}
