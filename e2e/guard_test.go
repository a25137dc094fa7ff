package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// meddling changes what is made of an owner of pods.
const meddling = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: NAMESPACE}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [RESOURCE]}]
  matchConditions: [{name: image, expression: "object.spec.template.spec.containers[0].image.endsWith(':v2')"}]
  failurePolicy: Fail
  reinvocationPolicy: Never
  mutations:
    - patchType: JSONPatch
      jsonPatch: {expression: "[JSONPatch{CHANGE}]"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: NAMESPACE}
spec:
  policyName: NAMESPACE
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAMESPACE}}}
`

// A webhook that would make another template of ours is found out before anything is
// written; with it gone the owner is aligned.
func TestMeddling(t *testing.T) {
	const mirror = "op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'mirror.example.com/lobby:v2'"
	const stripped = "op: 'replace', path: '/metadata/annotations', value: {'policy': 'new'}"
	const policy = "op: 'add', path: '/spec/template/metadata/labels/policy', value: 'new'"
	for _, test := range []struct{ kind, resource, change, want string }{
		{"Deployment", "deployments", mirror, "a webhook would make it image mirror.example.com/lobby:v2 of container server, and not registry.example.com/lobby:v2"},
		{"Deployment", "replicasets", policy, "a webhook would change more of the template than its images"},
		{"StatefulSet", "statefulsets", policy, "a webhook would change more of the template than its images"},
		{"DaemonSet", "daemonsets", mirror, "a webhook would make it image mirror.example.com/lobby:v2"},
		{"ReplicaSet", "replicasets", mirror, "a webhook would make it image mirror.example.com/lobby:v2"},
		{"StatefulSet", "statefulsets", stripped, "a webhook would undo the hold or its annotation patchwave.dev/aligning"},
	} {
		t.Run(test.kind+" "+test.resource, func(t *testing.T) {
			p := begin(t)
			p.mutates()
			o := p.makes(test.kind)
			o.rolls("v1")
			before, was := o.pods(), o.get()
			text := strings.NewReplacer("NAMESPACE", o.Namespace, "RESOURCE", test.resource, "CHANGE", test.change).Replace(meddling)
			if err := o.Apply(o.ctx, text); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(o.unmeddled)
			o.probed(test.resource)
			commit := o.plans("v2")
			o.shows(test.want)
			o.isAligned("v1", was)

			o.unmeddled()
			o.await(commit, o.about(), "success")
			o.sameButRestarted(before, "v2", 1)
			o.isAligned("v2", was)
			o.settled("v2")
		})
	}
}

// probed waits until the policy has its effect.
func (o owner) probed(resource string) {
	o.t.Helper()
	path := fmt.Sprintf("/apis/apps/v1/namespaces/%s/%s/%s", o.Namespace, resource, o.name)
	if resource == "replicasets" && o.kind == "Deployment" {
		path = fmt.Sprintf("/apis/apps/v1/namespaces/%s/replicasets/%s", o.Namespace, o.sets()[0].Name)
	}
	body := `{"spec":{"template":{"spec":{"containers":[{"name":"server","image":"registry.example.com/lobby:v2"}]}}}}`
	o.until("the policy is in force", func() (bool, string) {
		tried, err := o.Kube.AppsV1().RESTClient().Patch(types.StrategicMergePatchType).AbsPath(path).Param("dryRun", "All").Body([]byte(body)).DoRaw(o.ctx)
		return err == nil && (strings.Contains(string(tried), "mirror.example.com") || strings.Contains(string(tried), `"policy":"new"`)), fmt.Sprint(err)
	})
}

func (p *play) unmeddled() {
	for _, resource := range []string{"mutatingadmissionpolicybindings", "mutatingadmissionpolicies"} {
		kind := schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: resource}
		_ = p.Dynamic.Resource(kind).Delete(p.ctx, p.Namespace, metav1.DeleteOptions{}) // the second time it is gone
	}
}

// sets are a Deployment's, the oldest first.
func (o owner) sets() []appsv1.ReplicaSet {
	o.t.Helper()
	list, err := o.Kube.AppsV1().ReplicaSets(o.Namespace).List(o.ctx, metav1.ListOptions{})
	if err != nil {
		o.t.Fatal(err)
	}
	slices.SortFunc(list.Items, func(a, b appsv1.ReplicaSet) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	return list.Items
}

func (o owner) patchSet(set appsv1.ReplicaSet, body string) {
	o.t.Helper()
	if _, err := o.Kube.AppsV1().ReplicaSets(o.Namespace).Patch(o.ctx, set.Name, types.StrategicMergePatchType, []byte(body), metav1.PatchOptions{}); err != nil {
		o.t.Fatal(err)
	}
}

// Should Kubernetes take another ReplicaSet for the newest after all, the Deployment is
// paused at once: most pods are the same. The plan says so, also where it is changed or
// deleted meanwhile, until a person lets the Deployment go.
func TestAlarm(t *testing.T) {
	o := begin(t).makes("Deployment")
	first := o.sets()[0].CreationTimestamp
	o.until("a ReplicaSet made now is younger", func() (bool, string) { return time.Since(first.Time) > time.Second, "" })
	o.setImage("v2") // leaves an older ReplicaSet
	o.settled("v2")
	o.patch(`{"spec":{"minReadySeconds":60}}`) // its roll-out takes the first pod, and then its time
	t.Cleanup(o.goOn)
	before := o.pods()
	o.stopped("after the release", "v3")
	o.patchSet(o.sets()[0], `{"spec":{"template":{"spec":{"containers":[{"name":"server","image":"registry.example.com/lobby:v3"}]}}}}`)
	o.patch(`{"metadata":{"labels":{"look":"again"}}}`) // else its controller would have no reason
	const alarm = "another ReplicaSet, "
	o.shows(alarm)
	o.shows("it is paused; see what changed its template, and then `kubectl rollout resume deployment/lobby -n ")
	kept := 0
	for name, is := range o.pods() {
		if is.uid == before[name].uid {
			kept++
		}
	}
	if kept < len(before)-1 || !o.get().Spec.Paused {
		t.Errorf("%d of %d pods are the same, and the Deployment is paused: %t", kept, len(before), o.get().Spec.Paused)
	}
	o.goOn()
	o.push(map[string]string{"plans/lobby.yaml": strings.Replace(o.planned("v3"), "name: lobby}", "name: elsewhere}", 1)})
	o.until("it says so beside its new target", func() (bool, string) {
		out, err := o.patchwave("status", "lobby", "-o", "json")
		return err == nil && strings.Contains(out, `"name": "elsewhere"`) && strings.Contains(out, alarm), out
	})
	o.plans("v4")
	o.until("the newer plan says it, too", func() (bool, string) {
		out, err := o.patchwave("status", "lobby", "-o", "json")
		return err == nil && strings.Contains(out, "lobby:v4") && strings.Contains(out, alarm), out
	})
	o.push(map[string]string{"plans/lobby.yaml": "", "plans/README.yaml": "# no plan"})
	o.until("the record says that it is withdrawn", func() (bool, string) {
		out, err := o.patchwave("status", "lobby", "-o", "json")
		return err == nil && strings.Contains(out, "Withdrawn") && strings.Contains(out, alarm), out
	})
	o.until("the record stays", func() (bool, string) {
		out, err := o.patchwave("status", "lobby")
		return err == nil && strings.Contains(out, alarm), out
	})
	o.patch(`{"spec":{"paused":false}}`)
	o.unmarked()
	o.until("the record is gone", func() (bool, string) {
		out, err := o.patchwave("status", "lobby")
		return err != nil, out
	})
}

// `kubectl rollout undo` copies a ReplicaSet's template and annotations to the Deployment,
// and Kubernetes has copied our mark to the ReplicaSet: it is taken off there, and does
// not come back.
func TestUndoneAfterAlignment(t *testing.T) {
	o := begin(t).makes("Deployment")
	o.rolls("v2")
	o.until("no ReplicaSet carries the mark", func() (bool, string) {
		copied := o.sets()[0].Annotations["patchwave.dev/aligning"]
		return copied == "", copied
	})
	o.setImage("v3")
	o.settled("v3")
	old := o.sets()[0]
	before := o.pods()
	delete(old.Spec.Template.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	undo, _ := json.Marshal([]map[string]any{
		{"op": "replace", "path": "/spec/template", "value": old.Spec.Template},
		{"op": "replace", "path": "/metadata/annotations", "value": old.Annotations},
	})
	request := o.Kube.AppsV1().RESTClient().Patch(types.JSONPatchType).AbsPath(o.path()).Param("fieldManager", "kubectl-rollout")
	if err := request.Body(undo).Do(o.ctx).Error(); err != nil {
		t.Fatal(err)
	}
	o.settled("v2")
	o.replaced(before)
	if is := o.get(); is.mark() != "" || is.Spec.Paused || is.Metadata.Generation != is.Status.ObservedGeneration {
		t.Errorf("no old mark should be there, and the Deployment left alone: %+v", is)
	}
	before = o.pods()
	o.rolls("v4")
	o.sameButRestarted(before, "v4", 1)
	o.settled("v4")
	o.unmarked()
}

// A write that is denied in the middle is told of as long as it holds an owner, though
// the plan wants nothing of the template any more, and though it is deleted.
func TestDeniedInTheMiddle(t *testing.T) {
	for _, kind := range []string{"DaemonSet", "Deployment", "StatefulSet"} {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			o.rolls("v1")
			before, was := o.pods(), o.get()
			t.Cleanup(o.goOn)
			o.stopped("before its end", "v2")
			o.plans("v2", "  template: Leave")
			const denied = "the test stops it here"
			o.until("a plan that leaves the template says it", func() (bool, string) {
				out, err := o.patchwave("status", "lobby", "-o", "json")
				return err == nil && strings.Contains(out, `"template": "Leave"`) && strings.Contains(out, denied), out
			})
			o.push(map[string]string{"plans/lobby.yaml": "", "plans/README.yaml": "# no plan"})
			o.until("a plan that is gone says it", func() (bool, string) {
				out, err := o.patchwave("status", "lobby", "-o", "json")
				return err == nil && strings.Contains(out, "Withdrawn") && strings.Contains(out, denied), out
			})
			o.goOn()
			o.until("its record is gone", func() (bool, string) {
				out, err := o.patchwave("status", "lobby")
				return err != nil, out
			})
			o.unmarked()
			o.isAligned("v2", was)
			o.settled("v2")
			o.kept(before)
		})
	}
}

// Where somebody takes the mark away, a StatefulSet stays held: the plan says so, until
// a person gives it its partition back.
func TestMarkTaken(t *testing.T) {
	o := begin(t).makes("StatefulSet")
	before, was := o.pods(), o.get()
	t.Cleanup(o.goOn)
	o.stopped("before its end", "v2")
	o.patch(`{"metadata":{"annotations":{"patchwave.dev/aligning":null}}}`)
	o.goOn()
	o.shows("StatefulSet lobby is held by an alignment whose mark is lost: give it its own update strategy back")
	o.patch(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}}}}`)
	o.until("the plan is complete", func() (bool, string) {
		out, err := o.patchwave("status", "lobby")
		return err == nil && strings.Contains(out, "True"), out
	})
	o.isAligned("v2", was)
	o.settled("v2")
	o.kept(before)
}
