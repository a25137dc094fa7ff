package cluster

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
)

// A tool that owns an image of the template would write it back; one that owns
// something else would not, nor does a person with kubectl.
func TestApplier(t *testing.T) {
	const image = `{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"server\"}":{"f:image":{}}}}}}}`
	const replicas = `{"f:spec":{"f:replicas":{}}}`
	for _, test := range []struct {
		manager, fields string
		operation       metav1.ManagedFieldsOperationType
		want            string
	}{
		{"argocd-controller", image, metav1.ManagedFieldsOperationApply, "Argo CD (field manager argocd-controller)"},
		{"argocd-controller", image, metav1.ManagedFieldsOperationUpdate, "Argo CD (field manager argocd-controller)"},
		{"kustomize-controller", image, metav1.ManagedFieldsOperationApply, "Flux (field manager kustomize-controller)"},
		{"helm", image, metav1.ManagedFieldsOperationUpdate, "Helm (field manager helm)"},
		{"deployer", image, metav1.ManagedFieldsOperationApply, "field manager deployer"},
		{"deployer", image, metav1.ManagedFieldsOperationUpdate, ""},
		{"kubectl", image, metav1.ManagedFieldsOperationApply, ""},
		{"helm", replicas, metav1.ManagedFieldsOperationUpdate, ""},
	} {
		t.Run(test.manager, func(t *testing.T) {
			entry := managed(test.manager, "", test.fields, 0)
			entry.Operation = test.operation
			var object any = &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{entry}}}
			for range 2 { // as informers may do
				object, _ = slim(object)
			}
			w, _ := asWorkload(object)
			if got := w.appliers()["server"]; got != test.want {
				t.Errorf("the applier is %q, want %q", got, test.want)
			}
			if kept := w.GetManagedFields(); len(kept) > 1 || strings.Contains(test.fields, "replicas") && len(kept) > 0 {
				t.Errorf("of managedFields %v are kept", kept)
			}
		})
	}
}

// A mark is believed where patchwave wrote it: `kubectl rollout undo` brings old ones
// back. One of another instance is of no plan of ours, whatever its name.
func TestMarks(t *testing.T) {
	const note = `{"f:metadata":{"f:annotations":{"f:patchwave.dev/aligning":{}}}}`
	for _, test := range []struct {
		manager, instance, want string
		held                    int
	}{
		{"patchwave", "", "games/lobby", 1},
		{"patchwave", "prod", "games/lobby", 1},
		{"patchwave", "staging", "games/lobby of instance staging", 0},
		{"kubectl-rollout", "prod", "", 0},
	} {
		lobby := deployment("lobby", "uid-lobby")
		lobby.Annotations = map[string]string{alignAnnotation: text(align.Mark{Plan: "games/lobby", Instance: test.instance})}
		lobby.ManagedFields = []metav1.ManagedFieldsEntry{managed(test.manager, "", note, 0)}
		if _, err := slim(lobby); err != nil {
			t.Fatal(err)
		}
		c := showing(t, lobby)
		c.instance = "prod"
		w, _ := asWorkload(lobby)
		got := ""
		if mark := c.owner(c.namespaces["games"], w, nil).Mark; mark != nil {
			got = mark.Plan
		}
		if held := c.Held("games").Owners; got != test.want || len(held) != test.held {
			t.Errorf("written by %s, of %q: the mark is of plan %q, and %d are held; want %q and %d", test.manager, test.instance, got, len(held), test.want, test.held)
		}
	}
}

// A drain of another instance is none of ours, either.
func TestDrainedByAnother(t *testing.T) {
	for instance, want := range map[string]int{"": 1, "prod": 1, "staging": 0} {
		drained := pod("lobby-1", func(p *corev1.Pod) {
			p.Annotations = map[string]string{drainAnnotation: text(reconciler.DrainMark{Plan: "games/lobby", Instance: instance})}
		})
		c := showing(t, drained)
		c.instance = "prod"
		if got := c.Drained("games"); len(got) != want {
			t.Errorf("of instance %q %d pods are drained for us, want %d", instance, len(got), want)
		}
		seen, _ := c.see(member{pod: drained})
		if own := seen.Drain.Plan == "games/lobby"; own != (want == 1) {
			t.Errorf("of instance %q: drained for plan %s", instance, seen.Drain.Plan)
		}
	}
}

// Controllers count pods that end, and know after a moment that they do.
func TestEnding(t *testing.T) {
	endingSince := func(ago time.Duration) change {
		return func(p *corev1.Pod) {
			p.DeletionGracePeriodSeconds = new(int64(30))
			p.DeletionTimestamp = &metav1.Time{Time: time.Now().Add(30*time.Second - ago)}
		}
	}
	pods := []*corev1.Pod{pod("serves"), pod("ends", endingSince(time.Second)), pod("stuck", endingSince(time.Hour))}
	for kind, want := range map[string]int{"StatefulSet": 1, "DaemonSet": 1, "Deployment": 0} {
		objects := map[string]metav1.Object{
			"StatefulSet": &appsv1.StatefulSet{}, "DaemonSet": &appsv1.DaemonSet{}, "Deployment": deployment("lobby", "uid-lobby"),
		}
		c := showing(t)
		w, _ := asWorkload(objects[kind])
		if got := c.owner(c.namespaces["games"], w, pods); got.Ending != want || len(got.Pods) != 1 {
			t.Errorf("%s: %d pods, %d ending; want 1 and %d", kind, len(got.Pods), got.Ending, want)
		}
	}
}
