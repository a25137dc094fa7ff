package e2e

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// write has another writer give a pod's server an image.
func (p *play) write(pod, tag, writer string) {
	p.t.Helper()
	body := fmt.Sprintf(`{"spec":{"containers":[{"name":"server","image":"registry.example.com/lobby:%s"}]}}`, tag)
	_, err := p.Kube.CoreV1().Pods(p.Namespace).Patch(p.ctx, pod, types.StrategicMergePatchType, []byte(body), metav1.PatchOptions{FieldManager: writer})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *play) scale(replicas int) {
	p.t.Helper()
	body := fmt.Sprintf(`{"spec":{"replicas":%d}}`, replicas)
	_, err := p.Kube.AppsV1().Deployments(p.Namespace).Patch(p.ctx, "lobby", types.MergePatchType, []byte(body), metav1.PatchOptions{})
	if err != nil {
		p.t.Fatal(err)
	}
}

// serve waits until so many pods are Ready on an image.
func (p *play) serve(replicas int, tag string) {
	p.t.Helper()
	p.until(fmt.Sprintf("%d pods serve %s", replicas, tag), func() (bool, string) {
		serving, all := 0, p.pods()
		for _, pod := range all {
			if pod.ready && strings.HasSuffix(pod.image, ":"+tag) {
				serving++
			}
		}
		return serving == replicas, fmt.Sprint(all)
	})
}

// event waits for an Event with a reason that says something.
func (p *play) event(reason, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("there is an Event %s with %q", reason, text), func() (bool, string) {
		list, err := p.Kube.CoreV1().Events(p.Namespace).List(p.ctx, metav1.ListOptions{})
		if err != nil {
			return false, err.Error()
		}
		seen := ""
		for _, event := range list.Items {
			if event.Reason == reason && strings.Contains(event.Message, text) {
				return true, ""
			}
			seen += event.Reason + ": " + event.Message + "\n"
		}
		return false, seen
	})
}

// oneOf is some pod's name.
func (p *play) oneOf() string {
	for name := range p.pods() {
		return name
	}
	p.t.Fatal("there are no pods")
	return ""
}

// upgraded has pods on v2.
func upgraded(t *testing.T, replicas int, lines ...string) *play {
	t.Helper()
	p := begin(t)
	p.deploy(replicas, gated)
	p.await(p.commit("v2", lines...), p.about(), "success")
	p.serve(replicas, "v2")
	return p
}

func TestDriftIsCorrectedAtTheSchedule(t *testing.T) {
	p := upgraded(t, 2, `drift: {schedule: "* * * * *"}`, "template: Leave")
	victim := p.oneOf()
	p.write(victim, "v9", "kubectl-edit")
	p.scale(3)
	p.event("Drifted", "pod "+victim+", container server: registry.example.com/lobby:v9 since ")
	p.event("Drifted", "registry.example.com/lobby:v1 since ")
	p.shows("corrected from ")
	p.serve(3, "v2")
	p.event("Drifted", "written by kubectl-edit")
	p.event("Drifted", "written by kube-controller-manager")
	p.event("DriftOver", "")
}

func TestDriftIsReported(t *testing.T) {
	p := upgraded(t, 2, "drift: {mode: Report}")
	victim := p.oneOf()
	p.write(victim, "v9", "kubectl-edit")
	p.shows("pod " + victim + ", container server: registry.example.com/lobby:v9 since ")
	p.shows("written by kubectl-edit")
	p.serve(1, "v9")
	p.looked()
	p.serve(1, "v9")
}

func TestDriftIsNotLookedAt(t *testing.T) {
	p := upgraded(t, 2, "drift: {mode: Off}")
	p.write(p.oneOf(), "v9", "kubectl-edit")
	p.serve(1, "v9")
	p.looked()
	p.serve(1, "v9")
	if record := p.record(); strings.Contains(record, "v9") || !strings.Contains(record, "True") {
		t.Errorf("the plan should be Ready and say nothing of the pod:\n%s", record)
	}
}

// looked returns when patchwave has looked at the plan since.
func (p *play) looked() {
	p.t.Helper()
	p.says("suspended by localkube-admin", "suspend", "lobby")
	p.says("resumed", "resume", "lobby")
}

// A second writer changes a pod back whenever it is corrected.
func TestFightEndsWithTheOtherWritersName(t *testing.T) {
	p := upgraded(t, 2)
	victim := p.oneOf()
	before := p.pods()[victim]
	watch, err := p.Kube.CoreV1().Pods(p.Namespace).Watch(p.ctx, metav1.SingleObject(metav1.ObjectMeta{Name: victim}))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for change := range watch.ResultChan() {
			pod, ok := change.Object.(*corev1.Pod)
			serving := ok && len(pod.Status.ContainerStatuses) > 0 && viewOf(*pod).ready && strings.HasSuffix(viewOf(*pod).image, ":v2")
			if serving && strings.HasSuffix(pod.Spec.Containers[0].Image, ":v2") {
				p.write(victim, "v9", "flux")
			}
		}
	}()
	const fight = "written by flux, again after 3 corrections"
	p.shows(fight)
	p.event("Fight", fight)
	p.serve(1, "v9")
	p.until("the plan is stalled", func() (bool, string) {
		return strings.Contains(p.record(), "False"), p.record()
	})
	// Four changes of the other writer and three corrections.
	if restarts := p.pods()[victim].restarts - before.restarts; restarts > 7 {
		t.Errorf("the pod was restarted %d times in the fight", restarts)
	}
	watch.Stop()
	<-ended
	p.says("resumed", "resume", "lobby")
	p.serve(2, "v2")
}

// shut is a configuration that opens for a minute in four years.
const shut = `
name: prod
sources: [{name: plans, url: "https://example.com/plans.git", namespaces: [NAMESPACE]}]
windows: [{start: "0 0 29 2 *", duration: 1m}]
`

func TestFreezeAndWindow(t *testing.T) {
	p := begin(t)
	p.deploy(2, gated)
	p.await(p.commit("v1"), p.about(), "success")
	before := p.pods()
	p.commit("v2", `freezes: [{from: 2000-01-01T00:00:00Z, to: 9999-01-01T00:00:00Z, reason: for good}]`)
	p.shows("frozen until 9999-01-01T00:00:00Z: for good")
	p.commit("v2", `windows: [{start: "0 0 29 2 *", duration: 1m, timeZone: Europe/Paris}]`)
	p.shows("outside its windows; the next opening is at ")
	p.sameButRestarted(before, "v1", 0)
	config := p.file(strings.ReplaceAll(shut, "NAMESPACE", p.Namespace))
	p.foresees("outside the operator's windows; the next opening is at ", strings.NewReplacer("NAMESPACE", p.Namespace, "TAG", "v9").Replace(plan), "--config", config)
	p.await(p.commit("v2", `windows: [{start: "0 0 * * *", duration: 24h}]`), p.about(), "success")
	p.sameButRestarted(before, "v2", 1)
}
