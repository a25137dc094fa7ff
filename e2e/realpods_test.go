package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// A pod keeps its volumes and its other containers.
func TestRealVolumeAndNeighbourStay(t *testing.T) {
	r := onReal(t, begin, shape{
		replicas: 2, tag: "v1-stop1s",
		pod:    []string{gated, "volumes: [{name: data, emptyDir: {}}]"},
		server: []string{"volumeMounts: [{name: data, mountPath: /data}]"},
		other:  `- {name: logger, image: "REGISTRY/logger:v1", env: [{name: GAME_ADDRESS, value: ":8081"}]}`,
	})
	before := r.adopt("v1-stop1s")
	for name, pod := range before {
		if pod.logger == "" {
			t.Errorf("pod %s has one container only", name)
		}
		if said, good := answer(http.MethodPut, "http://"+pod.ip+":8080/data/x", "of "+name); !good {
			t.Fatal(said)
		}
	}
	r.await(r.roll("v2-stop1s", "gracePeriodSeconds: 1", "maxUnavailable: 2"), r.about(), "success")
	r.sameButRestarted(before, "v2-stop1s", 1)
	for name, pod := range before {
		if said, good := answer(http.MethodGet, "http://"+pod.ip+":8080/data/x", ""); !good || said != "of "+name {
			t.Errorf("the volume of pod %s has %q", name, said)
		}
		if said := version(pod.ip + ":8080"); said != "v2-stop1s" {
			t.Errorf("the server of pod %s says %s", name, said)
		}
		if said := version(pod.ip + ":8081"); said != "v1" {
			t.Errorf("the neighbour in pod %s says %s", name, said)
		}
	}
}

// withInit is a pod with a plain init container and a native sidecar.
func withInit(t *testing.T) *real {
	return onReal(t, begin, shape{
		replicas: 1, tag: "v1",
		pod: []string{
			gated, "initContainers:",
			`  - {name: prepare, image: "REGISTRY/game:v1", command: [/game, sleep, 1ms]}`,
			`  - {name: sidecar, image: "REGISTRY/game:v1-stop3s", restartPolicy: Always, env: [{name: GAME_ADDRESS, value: ":8081"}]}`,
		},
	})
}

// only is the pod of a namespace that has one.
func (r *real) only() *corev1.Pod {
	r.t.Helper()
	pods := r.living()
	if len(pods) != 1 {
		r.t.Fatalf("%d pods, want one", len(pods))
	}
	return &pods[0]
}

// restarted checks how often each container of a pod was made anew.
func (r *real) restarted(was, is *corev1.Pod, want map[string]int32) {
	r.t.Helper()
	for name, times := range want {
		before, after := statusOf(was, name), statusOf(is, name)
		if after.RestartCount-before.RestartCount != times || (after.ContainerID != before.ContainerID) != (times > 0) {
			r.t.Errorf("container %s should restart %d times: %d, then %d; %s, then %s", name, times,
				before.RestartCount, after.RestartCount, before.ContainerID, after.ContainerID)
		}
	}
	if is.UID != was.UID || is.Status.PodIP != was.Status.PodIP || is.Spec.NodeName != was.Spec.NodeName {
		r.t.Errorf("pod %s is not the one it was", was.Name)
	}
}

// A native sidecar is updated behind the back of its pod, which serves on.
func TestRealSidecarAlone(t *testing.T) {
	r := withInit(t)
	r.await(r.rollOf("sidecar", "v1-stop3s"), r.about(), "success")
	was, states := r.only(), r.watch()
	clients := ask("http://" + was.Status.PodIP + ":8080/")
	r.await(r.rollOf("sidecar", "v2"), r.about(), "success")
	if said := version(was.Status.PodIP + ":8081"); said != "v2" {
		t.Errorf("the sidecar should be updated once this is said, and says %s", said)
	}
	is := r.only()
	r.restarted(was, is, map[string]int32{"prepare": 0, "sidecar": 1, "server": 0})
	if answered, lost, why := clients.end(); lost > 0 || answered == 0 {
		t.Errorf("the server should serve on: %d answered, %d lost: %s", answered, lost, why)
	}
	r.staysReady(states, is)
}

// A plain init container takes its new image and waits for the next pod;
// nothing restarts, and nothing is waited for.
func TestRealInitContainerTouchesNothing(t *testing.T) {
	r := withInit(t)
	r.await(r.rollOf("prepare", "v1"), r.about(), "success")
	was, states := r.only(), r.watch()
	if told := r.preview(r.plan("prepare", "v2", "gracePeriodSeconds: 1")); !strings.Contains(told, "have prepare as an init container") || strings.Contains(told, "drained first") {
		t.Errorf("the preview should say that nothing restarts: %s", told)
	}
	commit := r.rollOf("prepare", "v2", "gracePeriodSeconds: 1")
	r.await(commit, r.about(), "success")
	is := r.only()
	if image := imageOf(is, "prepare"); image != r.registry+"/game:v2" {
		t.Errorf("the init container should have the new image, not %s", image)
	}
	r.restarted(was, is, map[string]int32{"prepare": 0, "sidecar": 0, "server": 0})
	if told := r.failures(commit); told != "" {
		t.Errorf("nothing should fail: %s", told)
	}
	r.staysReady(states, is)
}

// preview is what `patchwave plan` says of a plan.
func (r *real) preview(plan string) string {
	r.t.Helper()
	file := filepath.Join(r.t.TempDir(), "plan.yaml")
	if err := os.WriteFile(file, []byte(plan), 0o600); err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.CommandContext(r.ctx, binary, "plan", file, "--kubeconfig", r.Options.Kubeconfig)
	told, _ := cmd.CombinedOutput() // exit code 1: something is to be done
	return string(told)
}

// staysReady looks at what was seen of a pod, up to now.
func (r *real) staysReady(states <-chan state, is *corev1.Pod) {
	r.t.Helper()
	for state := range states {
		if conditionOf(state.Pod, corev1.PodReady) != corev1.ConditionTrue {
			r.t.Errorf("the pod should stay Ready: %+v", state.Status.Conditions)
		}
		if state.ResourceVersion == is.ResourceVersion {
			return
		}
	}
}
