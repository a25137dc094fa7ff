package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/patchwave/patchwave/cluster/clustertest"
)

// injected is what is left of a Deployment after a webhook has put its containers first.
const injected = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: lobby, namespace: NAMESPACE}
spec:
  replicas: 2
  selector: {matchLabels: {app: lobby}}
  template:
    metadata: {labels: {app: lobby}}
    spec:
      nodeSelector: {localkube/kubelet: simulated}
      initContainers:
        - {name: setup, image: "registry.example.com/setup:v1"}
        - {name: agent, image: "registry.example.com/agent:v1", restartPolicy: Always}
      containers:
        - {name: mesh, image: "registry.example.com/mesh:v1"}
        - {name: server, image: "registry.example.com/lobby:v1"}
        - {name: logger, image: "registry.example.com/logger:v1"}
`

// A plan names containers in another order than the pods have them.
func TestAnyOrderOfContainers(t *testing.T) {
	p := begin(t)
	if err := p.Apply(p.ctx, strings.ReplaceAll(injected, "NAMESPACE", p.Namespace)); err != nil {
		t.Fatal(err)
	}
	lobby := owner{p, "Deployment", "lobby", ""}
	lobby.settled("v1")
	before := p.pods()
	text := strings.NewReplacer("NAMESPACE", p.Namespace, "TAG", "v2").Replace(plan)
	more := "images:"
	for _, name := range []string{"logger", "agent", "mesh", "setup"} {
		more += fmt.Sprintf("\n    - {container: %s, image: \"registry.example.com/%s:v2\"}", name, name)
	}
	text = strings.Replace(text, "images: [{", more+"\n    - {", 1)
	text = strings.Replace(text, "lobby:v2\"}]", "lobby:v2\"}", 1)
	p.await(p.push(map[string]string{"plans/lobby.yaml": text}), p.about(), "success")
	after := p.living()
	for _, pod := range after {
		if before[pod.Name].uid != string(pod.UID) {
			t.Errorf("pod %s is not one of before", pod.Name)
		}
		if got := imagesOf(pod.Spec); got != "setup:v2 agent:v2 mesh:v2 lobby:v2 logger:v2" {
			t.Errorf("pod %s has %s", pod.Name, got)
		}
	}
	template, err := p.Kube.AppsV1().Deployments(p.Namespace).Get(p.ctx, "lobby", metav1.GetOptions{})
	if err != nil || len(after) != 2 {
		t.Fatalf("%d pods, %v", len(after), err)
	}
	if got := imagesOf(template.Spec.Template.Spec); got != "setup:v2 agent:v2 mesh:v2 lobby:v2 logger:v2" {
		t.Errorf("the template has %s", got)
	}
}

func imagesOf(spec corev1.PodSpec) string {
	var images []string
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for _, c := range list {
			images = append(images, strings.TrimPrefix(c.Image, "registry.example.com/"))
		}
	}
	return strings.Join(images, " ")
}

// What unit tests and simulation hold an API server for takes and refuses what this one
// does, over pods and patches made up by chance.
func TestPatchesAreTakenAlike(t *testing.T) {
	p := begin(t)
	answers := map[bool]int{}
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		pods := p.Kube.CoreV1().Pods(p.Namespace)
		pod, err := pods.Create(p.ctx, clustertest.Pod(r, p.Namespace, fmt.Sprint("made-", seed)), metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			body, subresource := clustertest.Body(r, pod)
			text, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			is, refused := pods.Patch(p.ctx, pod.Name, types.StrategicMergePatchType, text,
				metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}, strings.Fields(subresource)...)
			ours, refusedByUs := clustertest.Patch(pod, text, subresource)
			answers[refused == nil]++
			if got, want := clustertest.Told(refusedByUs), clustertest.Told(refused); got != want {
				t.Errorf("seed %d: %s %s: we answer %q (%v), the API server %q (%v)", seed, subresource, text, got, refusedByUs, want, refused)
				continue
			}
			if refused == nil && !alike(ours, is) {
				t.Errorf("seed %d: %s %s: we make it %+v, the API server %+v", seed, subresource, text, ours, is)
			}
		}
	}
	if answers[true] < 50 || answers[false] < 50 {
		t.Errorf("%d patches were taken and %d refused: too few of one", answers[true], answers[false])
	}
}

// alike tells whether two pods are the same in what patchwave may write.
func alike(ours, is *corev1.Pod) bool {
	conditions := func(pod *corev1.Pod) (told []string) {
		for _, c := range pod.Status.Conditions {
			told = append(told, fmt.Sprint(c.Type, c.Status, c.Reason))
		}
		return told
	}
	return apiequality.Semantic.DeepEqual(ours.Spec, is.Spec) && ours.Generation == is.Generation &&
		apiequality.Semantic.DeepEqual(ours.Annotations, is.Annotations) && apiequality.Semantic.DeepEqual(ours.Labels, is.Labels) &&
		apiequality.Semantic.DeepEqual(conditions(ours), conditions(is))
}
