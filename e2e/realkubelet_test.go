package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/patchwave/patchwave/e2e/stage"
)

const outage = 30 * time.Second

// A node lost in the middle of a roll-out, for three times as long as a pod has
// to become available, is nobody's failure: nothing is started meanwhile, and
// when the node is back the roll-out goes on to its end.
func TestRealKubeletAwayIsNoFailure(t *testing.T) {
	if os.Getenv(localkubeVariable) == "" {
		t.Skipf("SKIPPED: %s does not say how to stop a kubelet", localkubeVariable)
	}
	pods := plain
	pods.tag = "v1-stop4s" // long enough for the kubelet to go while it restarts a container
	r := onReal(t, beginAlone, pods)
	before := r.adopt(pods.tag)
	states, patched := r.watch(), map[string]bool{}
	commit := r.roll("v2", "gracePeriodSeconds: 1", "maxUnavailable: 1", "progressDeadlineSeconds: 10")
	r.arrival(states, "the second pod is patched", func(s state) bool {
		if s.asks("v2") {
			patched[s.Name] = true
		}
		return len(patched) == 2
	})
	r.loseNode()
	records := r.records()
	r.until("the record tells of the node", func() (bool, string) {
		shown := r.shown()
		return strings.Contains(shown, "not Ready"), shown
	})
	time.Sleep(outage) // the outage itself
	for _, pod := range r.living() {
		if (state{Pod: &pod}).asks("v2") && !patched[pod.Name] {
			t.Errorf("pod %s was patched while its node was away", pod.Name)
		}
	}
	r.localkube("kubelet", "start")
	r.until("the roll-out ends", func() (bool, string) {
		history := r.GitHub.History(r.Repository, commit, r.about())
		last := history[len(history)-1]
		return last.State != "pending", fmt.Sprint(last)
	})
	r.await(commit, r.about(), "success")
	r.sameButRestarted(before, "v2", 1)
	r.noFailure(commit, records)
}

// noFailure checks that none was claimed, neither to GitHub nor in the record.
func (r *real) noFailure(commit string, records <-chan record) {
	r.t.Helper()
	for _, status := range r.GitHub.History(r.Repository, commit, r.about()) {
		if status.State == "failure" || status.State == "error" {
			r.t.Errorf("GitHub was told: %s %q", status.State, status.Description)
		}
	}
	for said := range records {
		if said.Status.Pods.Failed > 0 || said.Status.Attempt.Failure != nil {
			_, message := said.condition("Ready")
			r.t.Errorf("the record told of a failure: %s", message)
		}
		if said.Status.Attempt.Result == "Completed" {
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

// localkube runs one of its commands on the tests' cluster.
func (r *real) localkube(arguments ...string) {
	r.t.Helper()
	call := append(strings.Fields(os.Getenv(localkubeVariable)), arguments...)
	if out, err := exec.Command(call[0], call[1:]...).CombinedOutput(); err != nil {
		r.t.Errorf("%q: %v: %s", call, err, out)
	}
}
