package clustertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func lobby() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "lobby", Namespace: "games", UID: "uid-1", ResourceVersion: "5", Generation: 1},
		Spec: corev1.PodSpec{
			Containers:     []corev1.Container{{Name: "mesh", Image: "mesh:v1"}, {Name: "server", Image: "app:v1"}, {Name: "log", Image: "log:v1"}},
			InitContainers: []corev1.Container{{Name: "setup", Image: "setup:v1"}, {Name: "agent", Image: "agent:v1"}},
		},
	}
}

// What the real API server answers to each of these was seen on Kubernetes 1.36.
func TestPatch(t *testing.T) {
	for body, want := range map[string]string{
		`{"spec":{"containers":[{"name":"server","image":"app:v2"}]}}`:                                                                          "",
		`{"spec":{"containers":[{"name":"mesh","image":"mesh:v2"},{"name":"log","image":"log:v2"}]}}`:                                           "",
		`{"spec":{"containers":[{"name":"log","image":"log:v2"},{"name":"mesh","image":"mesh:v2"}]}}`:                                           "422 [spec]",
		`{"spec":{"containers":[{"name":"log","image":"log:v2"}],"initContainers":[{"name":"agent","image":"a:v2"}]}}`:                          "",
		`{"spec":{"initContainers":[{"name":"agent","image":"a:v2"},{"name":"setup","image":"s:v2"}]}}`:                                         "422 [spec]",
		`{"spec":{"containers":[{"name":"stranger","image":"app:v2"}]}}`:                                                                        "422 [spec.containers]",
		`{"spec":{"containers":[{"name":"server","image":""}]}}`:                                                                                "422 [spec.containers[1].image]",
		`{"spec":{"containers":[{"name":"server","image":" app:v2"}]}}`:                                                                         "422 [spec.containers[1].image]",
		`{"spec":{"containers":[{"name":"stranger","image":"app:v2"}],"initContainers":[{"name":"agent","image":""}]}}`:                         "422 [spec.containers spec.initContainers[1].image]",
		`{"spec":{"hostname":"another"}}`:                                                                                                       "422 [spec]",
		`{"metadata":{"uid":"uid-2"}}`:                                                                                                          "422 [metadata.uid]",
		`{"metadata":{"resourceVersion":"4"},"spec":{"hostname":"another"}}`:                                                                    "409 []",
		`{"metadata":{"annotations":{"not a key":"x"}}}`:                                                                                        "422 [metadata.annotations]",
		`{"spec":{"$setElementOrder/containers":[{"name":"mesh"},{"name":"server"},{"name":"log"}],"containers":[{"name":"log","image":"l"}]}}`: "",
		`[]`: "400 []",
	} {
		patched, err := Patch(lobby(), []byte(body), "")
		if got := Told(err); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
		if err == nil && patched.Generation != 2 {
			t.Errorf("%s: generation is %d", body, patched.Generation)
		}
	}
}

func TestPatchOfStatus(t *testing.T) {
	for body, want := range map[string]string{
		`{"status":{"conditions":[{"type":"example.com/open","status":"True"}]},"spec":{"hostname":"is not looked at"}}`: "",
		`{"status":{"conditions":[{"type":"Ready","status":"False"}]}}`:                                                  "",
		`{"status":{"conditions":[{"type":"no/type/at all","status":"True"}]}}`:                                          "422 [status.conditions[0].Type]",
	} {
		patched, err := Patch(lobby(), []byte(body), "status")
		if got := Told(err); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
		if err == nil && (patched.Spec.Hostname != "" || patched.Generation != 1) {
			t.Errorf("%s: the spec is %+v", body, patched.Spec)
		}
	}
}

// What is taken keeps the containers where they were.
func TestGenerated(t *testing.T) {
	taken := map[bool]int{}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 0))
		pod := Pod(r, "games", "p")
		pod.UID, pod.ResourceVersion = "uid-1", "5"
		body, subresource := Body(r, pod)
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		patched, err := Patch(pod, text, subresource)
		taken[err == nil]++
		if err == nil && !slices.Equal(order(patched), order(pod)) {
			t.Errorf("seed %d: %s was taken, and brings %v into the order %v", seed, text, order(pod), order(patched))
		}
	}
	if taken[true] < 500 || taken[false] < 500 {
		t.Errorf("of the patches %d were taken, and %d refused", taken[true], taken[false])
	}
}

func order(pod *corev1.Pod) (names []string) {
	for _, c := range append(slices.Clone(pod.Spec.InitContainers), pod.Spec.Containers...) {
		names = append(names, c.Name)
	}
	return names
}

func TestTold(t *testing.T) {
	if got := Told(errors.New("no answer")); got != "no answer" {
		t.Error(got)
	}
	status := apierrors.NewBadRequest("no")
	if got := Told(fmt.Errorf("patching: %w", status)); got != "400 []" {
		t.Error(got)
	}
}
