package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/cluster/clustertest"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// storing is an API server that has one pod, and takes or refuses what is written to it.
func storing(t *testing.T, c *Cluster, stored *corev1.Pod) {
	t.Helper()
	serve(t, c, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		subresource := map[string]string{statusPath: "status"}[r.URL.Path]
		patched, err := clustertest.Patch(stored, body, subresource)
		w.Header().Set("Content-Type", "application/json")
		if status, refused := err.(apierrors.APIStatus); refused {
			answer := status.Status()
			w.WriteHeader(int(answer.Code))
			_ = json.NewEncoder(w).Encode(answer)
			return
		}
		*stored = *patched
		_ = json.NewEncoder(w).Encode(stored)
	})
}

// A plan names containers, sidecars and init containers of a pod in any order.
func TestAnyOrderOfContainers(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		stored := clustertest.Pod(r, "games", "p")
		stored.TypeMeta, stored.UID, stored.ResourceVersion = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, "uid-p", "5"
		images := someOf(r, stored)
		action := reconciler.Action{Verb: reconciler.Patch, Pod: convert(stored, nil), Images: images}
		want := renamedTo(images, workload{template: &corev1.PodTemplateSpec{Spec: stored.Spec}}.images())
		c := showing(t)
		storing(t, c, stored)
		if err := c.Apply(t.Context(), "games", action); err != nil {
			t.Fatalf("seed %d: images %v of a pod with %v: %v", seed, images, want, err)
		}
		if got := (workload{template: &corev1.PodTemplateSpec{Spec: stored.Spec}}).images(); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
	}
}

// someOf are new images for some of a pod's containers, in any order.
func someOf(r *rand.Rand, pod *corev1.Pod) (images []spec.Image) {
	all := convert(pod, nil).Containers
	for _, i := range r.Perm(len(all))[:1+r.IntN(len(all))] {
		images = append(images, spec.Image{Container: all[i].Name, Image: fmt.Sprint(all[i].Name, ":v2")})
	}
	return images
}

// renamedTo are the containers of before, with their new images.
func renamedTo(images, before []spec.Image) []spec.Image {
	after := slices.Clone(before)
	for i, own := range after {
		if image, ok := spec.ImageFor(images, own.Container); ok {
			after[i].Image = image
		}
	}
	return after
}

// A gate is written to a pod however its conditions stand.
func TestGateIsTaken(t *testing.T) {
	for _, verb := range []reconciler.Verb{reconciler.Drain, reconciler.Reopen} {
		stored := pod("p", gates(ourGate), with(ourGate, "True"))
		stored.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
		c := showing(t)
		storing(t, c, stored)
		if err := c.Apply(t.Context(), "games", reconciler.Action{Verb: verb, Pod: convert(stored, nil)}); err != nil {
			t.Fatal(err)
		}
		if got := gateOf(stored).Closed; got != (verb == reconciler.Drain) {
			t.Errorf("after %s the gate is closed: %t", verb, got)
		}
	}
}

// The template keeps its order as well: another one is another template, and every pod
// would be replaced.
func TestAnyOrderOfTemplates(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 0))
		made := clustertest.Pod(r, "games", "p")
		set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "lobby", Namespace: "games", UID: "uid-lobby"}}
		set.Spec.Template.Spec = made.Spec
		c, before := showing(t, set), workload{template: set.Spec.Template.DeepCopy()}
		images := someOf(r, made)
		e := c.editOf("games", align.Step{Verb: align.SetTemplate, Owner: align.Owner{Kind: "StatefulSet", Name: "lobby"}, Images: images})
		template, err := c.template(e)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(set.Spec.Template)
		body, _ := json.Marshal(template)
		text, err = strategicpatch.StrategicMergePatch(text, body, corev1.PodTemplateSpec{})
		after := workload{template: &corev1.PodTemplateSpec{}}
		if err != nil || json.Unmarshal(text, after.template) != nil {
			t.Fatal(err)
		}
		if got, want := after.images(), renamedTo(images, before.images()); !slices.Equal(got, want) || !like(after.template, before.template) {
			t.Fatalf("seed %d: images %v: got %v, want %v", seed, images, got, want)
		}
	}
}
