package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

// workload is a workload of a few pods, with a strategy of the user's own.
const workload = `
apiVersion: apps/v1
kind: KIND
metadata: {name: lobby, namespace: NAMESPACE}
spec:
  HEAD
  selector: {matchLabels: {app: lobby}}
  template:
    metadata: {labels: {app: lobby}}
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
	kind string
}

// makes a workload of that kind, and waits until its pods are Ready.
func (p *play) makes(kind string) owner {
	p.t.Helper()
	text := strings.NewReplacer("KIND", kind, "NAMESPACE", p.Namespace, "HEAD", heads[kind]).Replace(workload)
	if err := p.Apply(p.ctx, text); err != nil {
		p.t.Fatal(err)
	}
	o := owner{p, kind}
	o.settled("v1")
	return o
}

func (o owner) path() string {
	return fmt.Sprintf("/apis/apps/v1/namespaces/%s/%ss/lobby", o.Namespace, strings.ToLower(o.kind))
}

// shape is what a test looks at of a workload.
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

func (o owner) patch(body string) {
	o.t.Helper()
	request := o.Kube.AppsV1().RESTClient().Patch(types.StrategicMergePatchType).AbsPath(o.path()).Param("fieldManager", "kubectl-set")
	if err := request.Body([]byte(body)).Do(o.ctx).Error(); err != nil {
		o.t.Fatal(err)
	}
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
	text := strings.NewReplacer("NAMESPACE", o.Namespace, "TAG", tag, "Deployment", o.kind).Replace(plan)
	return o.push(map[string]string{"plans/lobby.yaml": text + "  maxUnavailable: 100%\n" + strings.Join(lines, "\n")})
}

// TestAligned takes each kind through its life.
func TestAligned(t *testing.T) {
	for _, kind := range slices.Sorted(maps.Keys(heads)) {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			o.rolls("v1")
			before, was := o.pods(), o.get()

			o.rolls("v2")
			o.sameButRestarted(before, "v2", 1)
			o.isAligned("v2", was)
			o.settled("v2")
			if kind != "DaemonSet" {
				o.scalesUp(before, "v2")
			}
			o.ordinaryRollOut("v3")

			before = o.pods()
			o.rolls("v4")
			o.sameButRestarted(before, "v4", 1)
			o.isAligned("v4", was)
			o.settled("v4")
		})
	}
}

// isAligned checks that the template says what the pods run, and that all else
// is as it was.
func (o owner) isAligned(tag string, was form) {
	o.t.Helper()
	is := o.get()
	if image := is.Spec.Template.Spec.Containers[0].Image; !strings.HasSuffix(image, ":"+tag) {
		o.t.Errorf("the template names %s, want :%s", image, tag)
	}
	if string(is.Spec.Strategy) != string(was.Spec.Strategy) || string(is.Spec.UpdateStrategy) != string(was.Spec.UpdateStrategy) || is.Spec.Paused {
		o.t.Errorf("the strategy is not what it was: %s%s, was %s%s", is.Spec.Strategy, is.Spec.UpdateStrategy, was.Spec.Strategy, was.Spec.UpdateStrategy)
	}
	if mark := is.Metadata.Annotations["patchwave.dev/aligning"]; mark != "" {
		o.t.Errorf("the mark is still there: %s", mark)
	}
}

// scalesUp looks whether a pod made later comes up new, beside the old ones.
func (o owner) scalesUp(before map[string]view, tag string) {
	o.t.Helper()
	o.patch(`{"spec":{"replicas":4}}`)
	o.until("4 pods are Ready", func() (bool, string) {
		ready := 0
		for name, pod := range o.pods() {
			if pod.ready && strings.HasSuffix(pod.image, ":"+tag) {
				ready++
			}
			if was, old := before[name]; old && was.uid != pod.uid {
				o.t.Fatalf("pod %s was replaced", name)
			} else if !old && pod.restarts > 0 {
				o.t.Errorf("pod %s should come up on %s by itself", name, tag)
			}
		}
		return ready == 4, fmt.Sprint(ready, " are")
	})
}

// ordinaryRollOut is Kubernetes' own, which replaces the pods; the plan stalls
// until it follows.
func (o owner) ordinaryRollOut(tag string) {
	o.t.Helper()
	if o.kind == "ReplicaSet" { // has none
		return
	}
	strategy := `"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}},`
	if o.kind != "StatefulSet" {
		strategy = ""
	}
	o.patch(`{"spec":{` + strategy + `"template":{"spec":{"containers":[{"name":"server","image":"registry.example.com/lobby:` + tag + `"}]}}}}`)
	o.settled(tag)
	o.shows("was changed to server=registry.example.com/lobby:" + tag)
	if strategy != "" {
		o.patch(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}}}}`)
	}
	o.rolls(tag)
}
