package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// scale is what an autoscaler does, and `kubectl scale`.
func (o owner) scale(replicas int32) {
	o.t.Helper()
	change := func(write func(context.Context, string, *autoscalingv1.Scale, metav1.UpdateOptions) (*autoscalingv1.Scale, error)) error {
		scale := &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: o.name, Namespace: o.Namespace}, Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
		_, err := write(o.ctx, o.name, scale, metav1.UpdateOptions{})
		return err
	}
	apps := o.Kube.AppsV1()
	err := map[string]func() error{
		"Deployment":  func() error { return change(apps.Deployments(o.Namespace).UpdateScale) },
		"ReplicaSet":  func() error { return change(apps.ReplicaSets(o.Namespace).UpdateScale) },
		"StatefulSet": func() error { return change(apps.StatefulSets(o.Namespace).UpdateScale) },
	}[o.kind]()
	if err != nil {
		o.t.Fatal(err)
	}
}

// restart is `kubectl rollout restart`.
func (o owner) restart() {
	o.patch(`{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"2026-01-01T00:00:00Z"}}}}}`)
}

// replaced checks that each pod is another one.
func (o owner) replaced(before map[string]view) {
	o.t.Helper()
	for name, is := range o.pods() {
		if is.uid == before[name].uid {
			o.t.Errorf("pod %s should have been replaced", name)
		}
	}
}

// Scaled in the middle, by hand or by an autoscaler: the new pods come along, and
// nothing is replaced.
func TestScaledDuringAlignment(t *testing.T) {
	for _, kind := range []string{"Deployment", "StatefulSet"} {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			t.Cleanup(o.goOn)
			was := o.get()
			for i, place := range []string{"after the hold", "before its end"} {
				before, tag := o.pods(), fmt.Sprint("v", i+2)
				o.stopped(place, tag)
				o.scale(int32(4 + i))
				o.until("its new pod is there", func() (bool, string) { return len(o.pods()) == 4+i, "" })
				o.goOn()
				o.unmarked()
				o.until("all pods are up to date", func() (bool, string) {
					out, err := o.patchwave("status", "lobby")
					return err == nil && strings.Contains(out, fmt.Sprintf("True    1/1    %d/%d", 4+i, 4+i)), out
				})
				o.settled(tag)
				o.isAligned(tag, was)
				o.kept(before)
			}
		})
	}
}

// An image set in the middle, as by `kubectl set image` or `rollout undo`, is rolled
// out by Kubernetes; patchwave gives way, and asks. On `resume` the pods come to the
// plan in place.
func TestImageSetDuringAlignment(t *testing.T) {
	for _, kind := range []string{"DaemonSet", "Deployment", "StatefulSet"} {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			t.Cleanup(o.goOn)
			o.free()
			before, was := o.pods(), o.get()
			o.stopped("before its end", "v2")
			o.setImage("v9")
			o.goOn()
			o.settled("v9")
			o.replaced(before)
			o.shows("was changed to server=registry.example.com/lobby:v9, and the plan wants server=registry.example.com/lobby:v2; " +
				"change the plan in Git, or let `patchwave resume ")
			o.isAligned("v9", was)

			before = o.pods()
			o.refuses("it has not failed", "retry", "lobby")
			o.says("resumed", "resume", "lobby")
			o.until("the template comes to the plan, too", func() (bool, string) { return o.get().tag() == "v2", o.get().tag() })
			o.unmarked()
			o.settled("v2")
			o.sameButRestarted(before, "v2", 1)
			o.isAligned("v2", was)
		})
	}
}

// free takes a StatefulSet's own partition away, which would keep its pods from a
// roll-out of Kubernetes'.
func (o owner) free() {
	if o.kind == "StatefulSet" {
		o.patch(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}`)
	}
}

// A restart in the middle is carried out: the pods are new, and on the plan's image.
func TestRestartedDuringAlignment(t *testing.T) {
	for _, kind := range []string{"DaemonSet", "Deployment", "StatefulSet"} { // kubectl itself restarts no paused Deployment
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			t.Cleanup(o.goOn)
			o.free()
			before, was := o.pods(), o.get()
			o.stopped("before its end", "v2")
			o.restart()
			o.goOn()
			o.unmarked()
			o.until("every pod is another one", func() (bool, string) {
				for name, is := range o.pods() {
					if is.uid == before[name].uid {
						return false, name
					}
				}
				return true, ""
			})
			o.settled("v2")
			o.isAligned("v2", was)
		})
	}
}

// Let go in the middle, as by `kubectl rollout resume` or by a manifest with another
// strategy: it is held again, and what was written is what it gets back.
func TestLetGoDuringAlignment(t *testing.T) {
	for kind, body := range map[string]string{
		"Deployment":  `{"spec":{"paused":false,"strategy":{"rollingUpdate":{"maxSurge":2}}}}`,
		"StatefulSet": `{"spec":{"updateStrategy":{"rollingUpdate":{"partition":1}}}}`,
		"DaemonSet":   `{"spec":{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":3}}}}`,
	} {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			t.Cleanup(o.goOn)
			before := o.pods()
			o.stopped("after the hold", "v2")
			o.patch(body)
			was := o.get()
			o.goOn()
			o.until("the template is aligned", func() (bool, string) { return o.get().tag() == "v2", o.get().tag() })
			o.unmarked()
			o.isAligned("v2", was)
			o.settled("v2")
			o.sameButRestarted(before, "v2", 1)
		})
	}
}

// Resumed when its ReplicaSet is new and it is not, a Deployment may begin to roll the
// old one out. That ends, and so does the alignment; nobody is alarmed.
func TestResumedBeforeTheEnd(t *testing.T) {
	o := begin(t).makes("Deployment")
	t.Cleanup(o.goOn)
	o.stopped("before its end", "v2")
	o.patch(`{"spec":{"paused":false}}`)
	o.patch(`{"spec":{"paused":true}}`) // nothing of patchwave's is undone by a person's pause
	o.patch(`{"spec":{"paused":false}}`)
	was := o.get()
	o.goOn()
	o.until("the plan is complete", func() (bool, string) {
		out, err := o.patchwave("status", "lobby")
		return err == nil && strings.Contains(out, "True    1/1    3/3") && o.get().tag() == "v2", out
	})
	o.unmarked()
	was.Spec.Paused = false
	o.isAligned("v2", was)
	o.settled("v2")
}

// The old manifest applied in the middle lets a StatefulSet or a DaemonSet go in the same
// write: what Kubernetes replaces before it is held again comes to the plan in place, or
// the plan asks. Nothing is left held.
func TestOldManifestDuring(t *testing.T) {
	for _, kind := range []string{"DaemonSet", "Deployment", "StatefulSet"} {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			t.Cleanup(o.goOn)
			was := o.get()
			o.stopped("before its end", "v2")
			o.as("kubectl", "v1")
			o.goOn()
			o.until("it comes to an end", func() (bool, string) {
				out, err := o.patchwave("status", "lobby")
				return err == nil && (strings.Contains(out, "True") || strings.Contains(out, "TemplateChanged")), out
			})
			o.unmarked()
			o.isAligned(o.get().tag(), was)
			o.settled(o.get().tag())
		})
	}
}

// The old image written after an alignment, as `kubectl apply`, `rollout undo` and Argo CD
// do, is rolled out; patchwave leaves the pods alone and asks. A server-side apply is told of
// the conflict.
func TestOldManifest(t *testing.T) {
	for _, test := range []struct {
		kind, by string
		does     func(owner)
		refused  string
	}{
		{"Deployment", "kubectl", func(o owner) { o.setImage("v1") }, ""},
		{"StatefulSet", "kubectl", func(o owner) { o.free(); o.setImage("v1") }, ""},
		{"DaemonSet", "Argo CD", func(o owner) { o.as("argocd-controller", "v1") }, "Argo CD (field manager argocd-controller) owns its images"},
		{"Deployment", "Flux", func(o owner) { o.as("kustomize-controller", "v1") }, "Flux (field manager kustomize-controller) owns its images"},
		{"StatefulSet", "Helm", func(o owner) { o.free(); o.setImageBy("helm", "v1") }, "Helm (field manager helm) owns its images"},
	} {
		t.Run(test.kind+" "+test.by, func(t *testing.T) {
			kind := test.kind
			o := begin(t).makes(kind)
			o.rolls("v2")
			before := o.pods()
			request := o.Kube.AppsV1().RESTClient().Patch(types.ApplyPatchType).AbsPath(o.path()).Param("fieldManager", "kubectl")
			if err := request.Body([]byte(o.manifest())).Do(o.ctx).Error(); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `"patchwave"`) {
				t.Errorf("a server-side apply should be told that patchwave set the image: %v", err)
			}
			test.does(o)
			o.settled("v1")
			o.replaced(before)
			o.shows("was changed to server=registry.example.com/lobby:v1, and the plan wants server=registry.example.com/lobby:v2; change the plan in Git")
			if test.refused != "" {
				o.plans("v3")
				o.shows(test.refused)
			}
		})
	}
}
