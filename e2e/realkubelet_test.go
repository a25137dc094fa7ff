package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/patchwave/patchwave/e2e/stage"
)

const outage = 30 * time.Second

// elsewhere is a pod on another, simulated node, last in the order of names.
const elsewhere = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: other, namespace: NAMESPACE, labels: {app: game}}
spec:
  replicas: 1
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec:
      readinessGates: [{conditionType: patchwave.dev/InPlaceReady}]
      containers: [{name: server, image: "REGISTRY/game:v1-stop4s"}]
`

// A node lost in the middle of a roll-out, for longer than a pod has
// to become available, is nobody's failure: nothing is started meanwhile, and
// when the node is back the roll-out goes on to its end.
func TestRealKubeletAwayIsNoFailure(t *testing.T) {
	r := acrossNodes(t)
	everywhere := strings.NewReplacer("name: lobby}", "selector: {matchLabels: {app: game}}}")
	roll := func(tag string, lines ...string) string {
		return r.push(map[string]string{"plans/lobby.yaml": everywhere.Replace(r.plan("server", tag, lines...))})
	}
	r.await(roll("v1-stop4s"), r.about(), "success")
	before := r.pods()
	states, records, patched := r.watch(), r.records(), map[string]bool{}
	commit := roll("v2", "gracePeriodSeconds: 1", "maxUnavailable: 1", "progressDeadlineSeconds: 25")
	r.arrival(states, "the second pod is patched", func(s state) bool {
		if s.asks("v2") {
			patched[s.Name] = true
		}
		return len(patched) == 2
	})
	r.loseNode()
	r.until("patchwave status tells of the node", func() (bool, string) {
		shown := r.shown()
		return strings.Contains(shown, "on nodes that are not Ready"), shown
	})
	time.Sleep(outage) // the outage itself
	for _, pod := range r.living() {
		if (state{Pod: &pod}).asks("v2") != patched[pod.Name] {
			t.Errorf("pod %s should not be touched while the node is away", pod.Name)
		}
	}
	r.localkube("kubelet", "start")
	r.until("all pods run v2, or a failure is told", func() (bool, string) {
		good, told := r.running("v2"), r.failures(commit)
		return good == 5 || told != "", fmt.Sprint(good, " do")
	})
	if told := r.failures(commit); told != "" {
		t.Fatalf("the node is back, and the roll-out does not go on: %s", told)
	}
	r.await(commit, r.about(), "success")
	r.sameButRestarted(before, "v2", 1)
	r.noFailure(records)
}

// acrossNodes has four pods on the real node, and one on a simulated one.
func acrossNodes(t *testing.T) *real {
	t.Helper()
	if os.Getenv(localkubeVariable) == "" {
		t.Skipf("SKIPPED: %s does not say how to stop a kubelet", localkubeVariable)
	}
	// The program is long enough in leaving for the kubelet to go meanwhile.
	r := onReal(t, beginAlone, shape{replicas: 4, tag: "v1-stop4s", pod: []string{gated}})
	if err := r.Apply(r.ctx, strings.NewReplacer("NAMESPACE", r.Namespace, "REGISTRY", r.registry).Replace(elsewhere)); err != nil {
		t.Fatal(err)
	}
	r.untilReady(5, "v1-stop4s")
	return r
}

// noFailure checks that the record told of none until all pods were updated.
func (r *real) noFailure(records <-chan record) {
	r.t.Helper()
	begun := false
	for said := range records {
		if said.Status.Pods.Failed > 0 || said.Status.Attempt.Failure != nil {
			_, message := said.condition("Ready")
			r.t.Errorf("the record told of a failure: %s", message)
		}
		begun = begun || said.Status.Pods.Updated == 0
		if begun && said.Status.Pods.Updated == said.Status.Pods.Matched {
			return
		}
	}
}

// loseNode stops the real node's kubelet and says so of the node: here no
// controller would for a day. At the end of the test the node is whole again.
func (r *real) loseNode() {
	r.t.Helper()
	nodes, err := r.Kube.CoreV1().Nodes().List(r.ctx, metav1.ListOptions{LabelSelector: "localkube/node=real"})
	if err != nil || len(nodes.Items) != 1 {
		r.t.Fatalf("there should be one real node: %v", err)
	}
	name := nodes.Items[0].Name
	r.t.Cleanup(func() { r.nodeIsWhole(name) })
	r.localkube("kubelet", "stop")
	lost := []byte(`{"status":{"conditions":[{"type":"Ready","status":"False","reason":"Lost","message":"by a test"}]}}`)
	_, err = r.Kube.CoreV1().Nodes().Patch(r.ctx, name, types.StrategicMergePatchType, lost, metav1.PatchOptions{}, "status")
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *real) nodeIsWhole(name string) {
	r.localkube("kubelet", "start")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := stage.Until(ctx, "the node is Ready and free of taints", func(ctx context.Context) (bool, string) {
		node, err := r.Kube.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		ready := false
		for _, c := range node.Status.Conditions {
			ready = ready || c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
		}
		return ready && len(node.Spec.Taints) == 1, fmt.Sprint(node.Spec.Taints, ready) // its own one is left
	})
	if err != nil {
		r.t.Error(err)
	}
}
