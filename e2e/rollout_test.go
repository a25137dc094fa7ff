package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const inWaves = "waves: [{pods: 1, soak: 1s}, {pods: 50%}, {pods: 100%}]"

func TestRollout(t *testing.T) {
	p := begin(t)
	p.deploy(6, gated)
	first := p.commit("v1", inWaves, "gracePeriodSeconds: 1", "maxUnavailable: 2")
	p.await(first, p.about(), "success")
	p.await(first, p.Instance, "success")
	before := p.pods()

	second := p.commit("v2", inWaves, "gracePeriodSeconds: 1", "maxUnavailable: 2", "progressDeadlineSeconds: 8")
	p.await(second, p.about(), "pending")
	p.await(second, p.about(), "success")
	p.await(second, p.Instance, "success")
	p.sameButRestarted(before, "v2", 1)
	if history := p.GitHub.History(p.Repository, second, p.about()); len(history) != 2 {
		t.Errorf("%d statuses were written on the plan, want pending and success: %+v", len(history), history)
	}

	before = p.pods()
	third := p.commit("bad", inWaves, "gracePeriodSeconds: 1", "maxUnavailable: 2", "progressDeadlineSeconds: 8")
	status := p.await(third, p.about(), "failure")
	hit := ""
	for name, pod := range p.pods() {
		if !pod.ready {
			hit += name
		}
	}
	// The kubelet shows ErrImagePull and ImagePullBackOff in turn.
	reason := regexp.MustCompile("^(ErrImagePull|ImagePullBackOff).*[(]pod " + hit + ", container server[)]$")
	if hit == "" || !reason.MatchString(status.Description) {
		t.Errorf("the status should name the one failed pod %q, its container and the reason: %q", hit, status.Description)
	}

	fourth, err := p.Plans.Revert(third)
	if err != nil {
		t.Fatal(err)
	}
	p.await(fourth, p.about(), "success")
	healed := map[string]view{hit: before[hit]}
	delete(before, hit)
	p.sameButRestarted(before, "v2", 0)
	p.sameButRestarted(healed, "v2", 1)
}

func TestScaledUpInTheMiddle(t *testing.T) {
	p := begin(t)
	p.deploy(3, gated)
	p.await(p.commit("v1"), p.about(), "success")
	second := p.commit("v2", "waves: [{pods: 1, soak: 3s}, {pods: 100%}]", "gracePeriodSeconds: 1")
	p.await(second, p.about(), "pending")
	patch := []byte(`{"spec":{"replicas":5}}`)
	_, err := p.Kube.AppsV1().Deployments(p.Namespace).Patch(p.ctx, "lobby", types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p.until("5 pods are Ready on v2", func() (bool, string) {
		good := 0
		for _, pod := range p.pods() {
			if pod.ready && strings.HasSuffix(pod.image, ":v2") {
				good++
			}
		}
		return good == 5, fmt.Sprint(good, " are")
	})
	p.await(second, p.about(), "success")
}

func TestNewerCommitTakesOver(t *testing.T) {
	p := begin(t)
	p.deploy(3, gated)
	p.await(p.commit("v1"), p.about(), "success")
	before := p.pods()
	second := p.commit("v2", "waves: [{pods: 1, soak: 1h}, {pods: 100%}]")
	p.until("the first pod runs v2", func() (bool, string) {
		for _, pod := range p.pods() {
			if pod.ready && strings.HasSuffix(pod.image, ":v2") {
				return true, ""
			}
		}
		return false, "none does"
	})
	third := p.commit("v3")
	p.await(third, p.about(), "success")
	status := p.await(second, p.about(), "error")
	if !strings.Contains(status.Description, third[:7]) {
		t.Errorf("a superseded commit should name its successor %.7s: %q", third, status.Description)
	}
	p.await(second, p.Instance, "error")
	for name, pod := range p.pods() {
		if pod.uid != before[name].uid || !strings.HasSuffix(pod.image, ":v3") {
			t.Errorf("pod %s should be the same, on v3: %+v", name, pod)
		}
	}
}

func TestBrokenPlanStopsOnlyItself(t *testing.T) {
	p := begin(t)
	p.deploy(2, gated)
	p.await(p.commit("v1"), p.about(), "success")
	before := p.pods()
	broken := strings.NewReplacer("NAMESPACE", p.Namespace, "TAG", "v2").Replace(plan) + "  minReadySecond: 1\n"
	other := strings.NewReplacer("NAMESPACE", p.Namespace, "name: lobby, n", "name: other, n", "server", "logger", "lobby:TAG", "logger:v1").Replace(plan)
	commit := p.push(map[string]string{"plans/lobby.yaml": broken, "plans/other.yaml": other})
	status := p.await(commit, p.Instance, "failure")
	if !strings.HasSuffix(status.Description, " (plans/lobby.yaml:8:3)") || !strings.Contains(status.Description, `"minReadySecond"`) {
		t.Errorf("the status should say where and what: %q", status.Description)
	}
	p.await(commit, p.Instance+"/"+p.Namespace+"/other", "success")
	p.sameButRestarted(before, "v1", 0)
	p.sameButRestarted(before, "v1", 0)

	gone := p.push(map[string]string{"plans/lobby.yaml": "", "plans/other.yaml": other})
	p.await(gone, p.Instance, "success")
	p.until("the record of the deleted plan is gone", func() (bool, string) {
		list, err := p.Dynamic.Resource(upgrades).Namespace(p.Namespace).List(p.ctx, metav1.ListOptions{})
		return err == nil && len(list.Items) == 1 && list.Items[0].GetName() == "other", fmt.Sprint(err)
	})
}

// A commit without the folder of plans deletes nothing, and is told of.
func TestVanishedFolder(t *testing.T) {
	p := begin(t)
	p.deploy(2, gated)
	first := p.commit("v1")
	p.await(first, p.about(), "success")
	before := p.pods()
	gone := p.push(map[string]string{"plans/lobby.yaml": "", "README.md": "moved"})
	status := p.await(gone, p.Instance, "failure")
	if !strings.Contains(status.Description, "plans") {
		t.Errorf("the status should say what is missing: %q", status.Description)
	}
	p.sameButRestarted(before, "v1", 0)
	if _, err := p.Plans.Revert(gone); err != nil {
		t.Fatal(err)
	}
	p.await(p.commit("v2"), p.about(), "success")
	p.sameButRestarted(before, "v2", 1)
}

// A plan deleted in the middle: nobody is left waiting, neither pods nor GitHub.
func TestDeletedInTheMiddle(t *testing.T) {
	p := begin(t)
	p.deploy(3, gated)
	p.await(p.commit("v1"), p.about(), "success")
	second := p.commit("v2", "gracePeriodSeconds: 3600")
	p.until("a pod is drained", func() (bool, string) { return p.printed("draining pod"), "not yet" })
	before := p.pods()
	p.await(p.push(map[string]string{"plans/lobby.yaml": "", "plans/README.yaml": "# no plan"}), p.Instance, "success")
	status := p.await(second, p.about(), "error")
	if !strings.Contains(status.Description, "deleted") {
		t.Errorf("the status should say why it ended: %q", status.Description)
	}
	p.until("the pods are Ready as they were", func() (bool, string) {
		for name, pod := range p.pods() {
			if !pod.ready || pod.restarts != before[name].restarts {
				return false, name
			}
		}
		return true, ""
	})
}

func TestBarePod(t *testing.T) {
	p := begin(t)
	pod := `
apiVersion: v1
kind: Pod
metadata: {name: lobby, namespace: ` + p.Namespace + `}
spec:
  containers:
    - {name: server, image: "registry.example.com/lobby:v1"}
    - {name: logger, image: "registry.example.com/logger:v1"}
`
	if err := p.Apply(p.ctx, pod); err != nil {
		t.Fatal(err)
	}
	p.until("the pod is Ready", func() (bool, string) { return p.pods()["lobby"].ready, "not yet" })
	before := p.pods()
	text := strings.NewReplacer("NAMESPACE", p.Namespace, "TAG", "v2", "Deployment", "Pod").Replace(plan)
	p.await(p.push(map[string]string{"plans/lobby.yaml": text}), p.about(), "success")
	p.sameButRestarted(before, "v2", 1)
}

// A process killed in the middle of a wave is followed by another, and the
// roll-out ends as it would have.
func TestKilledInTheMiddle(t *testing.T) {
	for _, moment := range []struct{ name, at string }{
		{"Draining", "draining pod"}, {"Patched", "patching pod"}, {"Settling", "opening the readiness gate"},
	} {
		t.Run(moment.name, func(t *testing.T) {
			p := begin(t)
			p.deploy(4, gated)
			p.await(p.commit("v1"), p.about(), "success")
			before := p.pods()
			commit := p.commit("v2", "gracePeriodSeconds: 2", "maxUnavailable: 2", "waves: [{pods: 50%}, {pods: 100%}]")
			p.until("patchwave is "+moment.at, func() (bool, string) { return p.printed(moment.at), "not yet" })
			p.process.Kill()
			p.start()
			p.await(commit, p.about(), "success")
			p.sameButRestarted(before, "v2", 1)
		})
	}
}

func TestSilence(t *testing.T) {
	p := begin(t)
	p.deploy(4, gated)
	p.await(p.commit("v1"), p.about(), "success")
	start := p.audited()
	p.await(p.commit("v2", "gracePeriodSeconds: 1", "maxUnavailable: 4"), p.about(), "success")
	p.writesPerPod(start, 3)

	start = p.audited()
	p.await(p.commit("v3", "maxUnavailable: 4"), p.about(), "success")
	p.await(p.commit("v3", "maxUnavailable: 3"), p.Instance, "success")
	p.writesPerPod(start, 1)

	p.quiet(time.Minute)
}
