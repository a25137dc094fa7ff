package clustertest

import (
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Pod makes up a pod that the API server takes: containers, sidecars and init
// containers, in any order. No scheduler looks at it.
func Pod(r *rand.Rand, namespace, name string) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": "lobby"}},
		Spec:       corev1.PodSpec{SchedulerName: "nobody"},
	}
	names := []string{"server", "proxy", "mesh", "log", "setup", "agent"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	count := 1 + r.IntN(4)
	for _, name := range names[:count] {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: name, Image: name + ":v1"})
	}
	for _, name := range names[count : count+r.IntN(len(names)-count+1)] {
		c := corev1.Container{Name: name, Image: name + ":v1"}
		if r.IntN(2) == 0 {
			c.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
		}
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
	}
	if r.IntN(2) == 0 {
		pod.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "example.com/open"}}
	}
	return pod
}

// Body makes up a strategic merge patch of a stored pod: what patchwave may send, in
// any order, and at times something that is refused.
func Body(r *rand.Rand, stored *corev1.Pod) (body map[string]any, subresource string) {
	body = map[string]any{"metadata": metadata(r, stored)}
	if r.IntN(3) == 0 {
		body["status"] = map[string]any{"conditions": conditions(r)}
		return body, "status"
	}
	spec := map[string]any{}
	if list := entries(r, stored.Spec.Containers); len(list) > 0 {
		spec["containers"] = list
	}
	if list := entries(r, stored.Spec.InitContainers); len(list) > 0 {
		spec["initContainers"] = list
	}
	if r.IntN(12) == 0 {
		spec["hostname"] = "another"
	}
	body["spec"] = spec
	return body, ""
}

// metadata guards a patch, mostly by what is stored.
func metadata(r *rand.Rand, stored *corev1.Pod) map[string]any {
	guard := map[string]any{"annotations": map[string]any{seldom(r, "patchwave.dev/update", "not a key"): seldom[any](r, "note", nil)}}
	if r.IntN(3) > 0 {
		guard["uid"] = seldom(r, string(stored.UID), "00000000-0000-0000-0000-000000000000")
	}
	if r.IntN(3) > 0 {
		guard["resourceVersion"] = seldom(r, stored.ResourceVersion, "1")
	}
	if r.IntN(4) == 0 {
		guard["labels"] = map[string]any{"controller-revision-hash": seldom(r, "lobby-1", "no label!")}
	}
	return guard
}

// entries name some of the containers, in any order.
func entries(r *rand.Rand, containers []corev1.Container) []any {
	var list []any
	for _, i := range r.Perm(len(containers)) {
		if r.IntN(3) == 0 {
			continue
		}
		entry := map[string]any{"name": containers[i].Name, "image": images[seldom(r, r.IntN(3), 3+r.IntN(3))]}
		switch r.IntN(25) {
		case 0:
			entry["name"] = "stranger"
		case 1:
			entry["command"] = []any{"sh"}
		case 2:
			entry = map[string]any{"name": containers[i].Name, "$patch": "delete"}
		}
		list = append(list, entry)
	}
	return list
}

// images are some that are taken, and three that are not.
var images = []string{"app:v2", "registry.example.com:5000/app@sha256:" + digest, "not:an:image", "", " app:v2", "app:v2\n"}

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// conditions are one to three, of the pod's own gate and others.
func conditions(r *rand.Rand) []any {
	var list []any
	for _, kind := range []string{"example.com/open", "Ready", "patchwave.dev/InPlaceReady"}[r.IntN(3):] {
		list = append(list, map[string]any{"type": seldom(r, kind, "no/type/at all"), "status": "False", "reason": "Test"})
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// seldom is mostly the first.
func seldom[T any](r *rand.Rand, mostly, rarely T) T {
	if r.IntN(10) == 0 {
		return rarely
	}
	return mostly
}
