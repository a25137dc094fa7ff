package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// patchwave runs a command of the binary as the cluster's administrator, and
// returns what it prints.
func (p *play) patchwave(arguments ...string) (string, error) {
	cmd := exec.CommandContext(p.ctx, binary, append(arguments, "-n", p.Namespace, "--kubeconfig", os.Getenv(kubeconfigVariable))...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// says runs a command that shall succeed and print this.
func (p *play) says(want string, arguments ...string) {
	p.t.Helper()
	if out, err := p.patchwave(arguments...); err != nil || !strings.Contains(out, want) {
		p.t.Errorf("patchwave %s printed %q (%v), want %q", strings.Join(arguments, " "), out, err, want)
	}
}

// refuses runs a command that shall fail and say why.
func (p *play) refuses(want string, arguments ...string) {
	p.t.Helper()
	if out, err := p.patchwave(arguments...); err == nil || !strings.Contains(out, want) {
		p.t.Errorf("patchwave %s printed %q (%v), want a refusal with %q", strings.Join(arguments, " "), out, err, want)
	}
}

// shows waits until the status command shows this.
func (p *play) shows(want string) {
	p.t.Helper()
	p.until("`patchwave status` shows "+want, func() (bool, string) {
		out, err := p.patchwave("status", "lobby")
		return err == nil && strings.Contains(out, want), out
	})
}

func TestApproval(t *testing.T) {
	p := begin(t)
	p.deploy(3, gated)
	p.await(p.commit("v1"), p.about(), "success")
	p.refuses("no such approval is awaited: 3 of 3 pods updated", "approve", "lobby")
	before := p.pods()
	second := p.commit("v2", "waves: [{pods: 1, approval: Required}, {pods: 100%}]")
	p.shows("wave 1 of 2 is complete and waits for approval")
	p.refuses("no such approval is awaited", "approve", "lobby", "--wave", "2")
	restarted := 0
	for name, pod := range p.pods() {
		restarted += int(pod.restarts - before[name].restarts)
	}
	if restarted != 1 {
		t.Errorf("%d pods were restarted before the approval, want 1", restarted)
	}
	p.says("wave 1 of 2 approved by localkube-admin", "approve", "lobby")
	p.await(second, p.about(), "success")
	p.sameButRestarted(before, "v2", 1)
}

func TestSuspendAndRetry(t *testing.T) {
	p := begin(t)
	p.deploy(2, gated)
	p.await(p.commit("v1"), p.about(), "success")
	before := p.pods()
	p.refuses("it is not suspended", "resume", "lobby")
	p.says("suspended by localkube-admin: INC-231", "suspend", "lobby", "--reason", "INC-231")
	bad := p.commit("bad", "progressDeadlineSeconds: 5")
	p.shows("suspended by localkube-admin: INC-231")
	p.sameButRestarted(before, "v1", 0)
	p.refuses("it has not failed", "retry", "lobby")
	p.says("resumed", "resume", "lobby")
	p.await(bad, p.about(), "failure")
	p.says("retry 1 begins", "retry", "lobby")
	p.await(bad, p.about(), "pending")
	p.await(bad, p.about(), "failure")
}

func TestRollBack(t *testing.T) {
	p := begin(t)
	p.deploy(4, gated)
	p.await(p.commit("v1"), p.about(), "success")
	before := p.pods()
	third := p.commit("crash", "onFailure: RollBack", "progressDeadlineSeconds: 5", "maxFailures: 1", "waves: [{pods: 50%}, {pods: 100%}]")
	status := p.await(third, p.about(), "failure")
	p.shows("rolled back after pod lobby-")
	if !strings.Contains(status.Description, "CrashLoopBackOff") {
		t.Errorf("the status should name the reason: %q", status.Description)
	}
	for name, pod := range p.pods() {
		if !pod.ready || !strings.HasSuffix(pod.image, ":v1") || pod.uid != before[name].uid {
			t.Errorf("pod %s should serve v1 again: %+v", name, pod)
		}
	}
}

func TestDisruptionBudget(t *testing.T) {
	p := begin(t)
	p.deploy(3, gated)
	p.await(p.commit("v1"), p.about(), "success")
	before := p.pods()
	all := intstr.FromInt32(3)
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "all"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &all, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "lobby"}}},
	}
	budgets := p.Kube.PolicyV1().PodDisruptionBudgets(p.Namespace)
	if _, err := budgets.Create(p.ctx, budget, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	second := p.commit("v2", "maxUnavailable: 3")
	p.shows("waits for PodDisruptionBudget all, which allows no disruption now")
	p.sameButRestarted(before, "v1", 0)
	if err := budgets.Delete(p.ctx, "all", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	p.await(second, p.about(), "success")
	p.sameButRestarted(before, "v2", 1)
}

// rewriting turns every image of version v2 in the namespace into another.
const rewriting = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: NAMESPACE}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [pods]}]
  matchConditions: [{name: image, expression: "object.spec.containers[0].image.endsWith(':v2')"}]
  failurePolicy: Fail
  reinvocationPolicy: Never
  mutations:
    - patchType: JSONPatch
      jsonPatch: {expression: "[JSONPatch{op: 'replace', path: '/spec/containers/0/image', value: 'mirror.example.com/lobby:v2'}]"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: NAMESPACE}
spec:
  policyName: NAMESPACE
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAMESPACE}}}
`

func TestRewrittenImage(t *testing.T) {
	p := begin(t)
	p.mutates()
	p.deploy(3, gated)
	p.await(p.commit("v1"), p.about(), "success")
	if err := p.Apply(p.ctx, strings.ReplaceAll(rewriting, "NAMESPACE", p.Namespace)); err != nil {
		t.Fatal(err)
	}
	p.until("the policy is in force", func() (bool, string) {
		body := `{"spec":{"containers":[{"name":"server","image":"registry.example.com/lobby:v2"}]}}`
		tried, err := p.Kube.CoreV1().Pods(p.Namespace).Patch(p.ctx, p.living()[0].Name, types.StrategicMergePatchType, []byte(body), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
		return err == nil && tried.Spec.Containers[0].Image == "mirror.example.com/lobby:v2", fmt.Sprint(err)
	})
	status := p.await(p.commit("v2"), p.about(), "failure")
	for _, image := range []string{"registry.example.com/lobby:v2", "mirror.example.com/lobby:v2"} {
		if !strings.Contains(status.Description+p.record(), image) {
			t.Errorf("the status should name image %s: %q", image, status.Description)
		}
	}
	touched := 0
	for _, pod := range p.pods() {
		touched += int(pod.restarts)
	}
	if touched > 1 {
		t.Errorf("%d pods were restarted: the plan should stop at the first", touched)
	}
}

// mutates skips a test on a Kubernetes before 1.36, which lacks the policies that stand
// for webhooks.
func (p *play) mutates() {
	p.t.Helper()
	served, err := p.Kube.Discovery().ServerResourcesForGroupVersion("admissionregistration.k8s.io/v1")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, resource := range served.APIResources {
		if resource.Name == "mutatingadmissionpolicies" {
			return
		}
	}
	p.t.Skip("this Kubernetes has no MutatingAdmissionPolicy")
}

// record is what the status command prints.
func (p *play) record() string {
	out, err := p.patchwave("status", "lobby")
	if err != nil {
		p.t.Fatal(err, out)
	}
	return out
}
