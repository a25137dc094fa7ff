package e2e

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// workload is a workload of a few pods, with a strategy of the user's own.
const workload = `
apiVersion: apps/v1
kind: KIND
metadata: {name: NAME, namespace: NAMESPACE, labels: {tier: game}}
spec:
  HEAD
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      nodeSelector: {localkube/kubelet: simulated}
      readinessGates: [{conditionType: patchwave.dev/InPlaceReady}]
      containers:
        - {name: server, image: "registry.example.com/lobby:v1"}
        - {name: logger, image: "registry.example.com/logger:v1"}
`

var heads = map[string]string{
	"Deployment":  "replicas: 3\n  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}",
	"ReplicaSet":  "replicas: 3",
	"StatefulSet": "replicas: 3\n  podManagementPolicy: Parallel\n  updateStrategy: {rollingUpdate: {partition: 2}}",
	"DaemonSet":   "updateStrategy: {rollingUpdate: {maxUnavailable: 2}}",
}

// owner is one workload of a test.
type owner struct {
	*play
	kind, name, head string
}

// makes a workload of that kind, and waits until its pods are Ready.
func (p *play) makes(kind string) owner {
	p.t.Helper()
	return p.makesLike(kind, heads[kind])
}

func (p *play) makesLike(kind, head string) owner {
	p.t.Helper()
	o := owner{p, kind, "lobby", head}
	if err := p.Apply(p.ctx, o.manifest()); err != nil {
		p.t.Fatal(err)
	}
	o.settled("v1")
	return o
}

func (o owner) manifest() string {
	return strings.NewReplacer("KIND", o.kind, "NAMESPACE", o.Namespace, "NAME", o.name, "HEAD", o.head).Replace(workload)
}

func (o owner) path() string {
	return fmt.Sprintf("/apis/apps/v1/namespaces/%s/%ss/%s", o.Namespace, strings.ToLower(o.kind), o.name)
}

// form is what a test looks at of a workload.
type form struct {
	Metadata struct {
		Generation  int64
		Annotations map[string]string
	}
	Spec struct {
		Paused                   bool
		Replicas                 int
		Strategy, UpdateStrategy json.RawMessage
		Template                 struct {
			Spec struct {
				Containers []struct{ Name, Image string }
			}
		}
	}
	Status struct {
		ObservedGeneration                             int64
		Replicas, UpdatedReplicas, AvailableReplicas   int
		ReadyReplicas                                  int
		CurrentRevision, UpdateRevision                string
		DesiredNumberScheduled, UpdatedNumberScheduled int
		NumberAvailable                                int
	}
}

func (o owner) get() (s form) {
	o.t.Helper()
	text, err := o.Kube.AppsV1().RESTClient().Get().AbsPath(o.path()).DoRaw(o.ctx)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

// patch is what a person's kubectl does.
func (o owner) patch(body string) {
	o.t.Helper()
	o.patchBy("kubectl-edit", body)
}

func (o owner) patchBy(manager, body string) {
	o.t.Helper()
	request := o.Kube.AppsV1().RESTClient().Patch(types.StrategicMergePatchType).AbsPath(o.path()).Param("fieldManager", manager)
	if err := request.Body([]byte(body)).Do(o.ctx).Error(); err != nil {
		o.t.Fatal(err)
	}
}

// setImage is `kubectl set image`.
func (o owner) setImage(tag string) {
	o.t.Helper()
	o.setImageBy("kubectl-set", tag)
}

// setImageBy is what a tool does that writes what differs from its manifest, as Helm.
func (o owner) setImageBy(manager, tag string) {
	o.t.Helper()
	o.patchBy(manager, `{"spec":{"template":{"spec":{"containers":[{"name":"server","image":"registry.example.com/lobby:`+tag+`"}]}}}}`)
}

// mark is the annotation that an owner has in the middle of an alignment.
func (s form) mark() string { return s.Metadata.Annotations["patchwave.dev/aligning"] }

func (s form) tag() string {
	_, tag, _ := strings.Cut(s.Spec.Template.Spec.Containers[0].Image, ":")
	return tag
}

// rolledOut tells what `kubectl rollout status` tells.
func (s form) rolledOut(kind string) bool {
	status := s.Status
	switch {
	case status.ObservedGeneration < s.Metadata.Generation:
		return false
	case kind == "DaemonSet":
		return status.UpdatedNumberScheduled == status.DesiredNumberScheduled && status.NumberAvailable == status.DesiredNumberScheduled
	case kind == "StatefulSet":
		return status.ReadyReplicas == s.Spec.Replicas && status.CurrentRevision == status.UpdateRevision
	case kind == "Deployment":
		return status.UpdatedReplicas == s.Spec.Replicas && status.Replicas == s.Spec.Replicas && status.AvailableReplicas == s.Spec.Replicas
	}
	return status.AvailableReplicas == s.Spec.Replicas
}

// settled waits until Kubernetes has rolled the workload out, on that tag.
func (o owner) settled(tag string) {
	o.t.Helper()
	o.until("the "+o.kind+" is rolled out at "+tag, func() (bool, string) {
		s, on := o.get(), 0
		pods := o.pods()
		for _, pod := range pods {
			if pod.ready && strings.HasSuffix(pod.image, ":"+tag) {
				on++
			}
		}
		return s.rolledOut(o.kind) && len(pods) > 0 && on == len(pods), fmt.Sprintf("%d of %d pods, %+v", on, len(pods), s.Status)
	})
}

// rolls commits a plan for the workload, and waits until it is complete.
func (o owner) rolls(tag string, lines ...string) {
	o.t.Helper()
	o.await(o.plans(tag, lines...), o.about(), "success")
}

func (o owner) plans(tag string, lines ...string) string {
	return o.push(map[string]string{"plans/lobby.yaml": o.planned(tag, lines...)})
}

func (o owner) planned(tag string, lines ...string) string {
	text := strings.NewReplacer("NAMESPACE", o.Namespace, "TAG", tag, "Deployment", o.kind).Replace(plan)
	return text + "  maxUnavailable: 100%\n" + strings.Join(lines, "\n")
}

// isAligned checks that the template says what the pods run, and that all else
// is as it was.
func (o owner) isAligned(tag string, was form) {
	o.t.Helper()
	is := o.get()
	if is.tag() != tag {
		o.t.Errorf("the template names %s, want %s", is.tag(), tag)
	}
	if string(is.Spec.Strategy) != string(was.Spec.Strategy) || string(is.Spec.UpdateStrategy) != string(was.Spec.UpdateStrategy) || is.Spec.Paused {
		o.t.Errorf("the strategy is not what it was: %s%s, was %s%s", is.Spec.Strategy, is.Spec.UpdateStrategy, was.Spec.Strategy, was.Spec.UpdateStrategy)
	}
	if is.mark() != "" {
		o.t.Errorf("the mark is still there: %s", is.mark())
	}
}

// kept checks that no pod was replaced.
func (o owner) kept(before map[string]view) {
	o.t.Helper()
	after := o.pods()
	for name, was := range before {
		if after[name].uid != was.uid {
			o.t.Errorf("pod %s was replaced", name)
		}
	}
}
