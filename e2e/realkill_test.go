package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A process killed between a pod's drain and its patch leaves it to the next
// one, which gives the whole grace and patches once.
func TestRealKilledBeforeThePatch(t *testing.T) {
	r := onReal(t, begin, shape{replicas: 2, tag: "v1", pod: []string{gated}})
	before, since := r.adopt("v1"), r.audited()
	states := r.watch()
	commit := r.roll("v2", "gracePeriodSeconds: 5", "maxUnavailable: 1")
	drained := r.arrival(states, "a pod is drained", func(s state) bool { return gateOf(s.Pod) == corev1.ConditionFalse })
	r.process.Kill()
	for _, pod := range r.living() {
		if strings.HasSuffix(imageOf(&pod, "server"), ":v2") || pod.Annotations[updateMark] != "" {
			t.Fatalf("pod %s was patched before patchwave was killed", pod.Name)
		}
	}
	r.lapse()
	r.start()
	patched := r.arrival(states, "it is patched", func(s state) bool { return s.Annotations[updateMark] != "" })
	if grace := patched.Sub(drained); grace < 5*time.Second {
		t.Errorf("the pod was patched %s after it was drained, want 5 s at least", grace)
	}
	t.Logf("killed, and patched by the next process %.1f s after the drain", patched.Sub(drained).Seconds())
	r.await(commit, r.about(), "success")
	r.sameButRestarted(before, "v2", 1)
	r.writesPerPod(since, 3)
}

const updateMark = "patchwave.dev/update"

// stand is where a pod stands on its way.
type stand struct{ drained, patched, restarted, open bool }

// moment names the step that a pod has just made, "" for none.
func moment(was, is stand) string {
	switch {
	case is.open && !was.open && was.restarted:
		return "its gate is open again"
	case is.restarted && !was.restarted:
		return "its container is new"
	case is.patched && !was.patched:
		return "it is patched"
	case is.drained && !was.drained:
		return "it is drained"
	}
	return ""
}

// standing reads off a pod where it stands, where its first container is known.
func standing(pod *corev1.Pod, first string) stand {
	return stand{
		drained:   gateOf(pod) == corev1.ConditionFalse,
		patched:   pod.Annotations[updateMark] != "",
		restarted: statusOf(pod, "server").ContainerID != first,
		open:      gateOf(pod) == corev1.ConditionTrue,
	}
}

// Killed again and again in the middle of one roll-out, at each step of each
// pod, and each time followed by another process at once: no request is lost
// and no pod restarts twice.
func TestRealKilledAtEachStep(t *testing.T) {
	r := onReal(t, beginAlone, plain)
	before, since := r.adopt("v1-stop1s"), r.audited()
	first, stands := map[string]string{}, map[string]stand{}
	for _, pod := range r.living() {
		first[pod.Name] = statusOf(&pod, "server").ContainerID
		stands[pod.Name] = standing(&pod, first[pod.Name])
	}
	states, clients, kills := r.watch(), ask(r.url), map[string]int{}
	commit := r.roll("v2-stop1s", "gracePeriodSeconds: 2", "maxUnavailable: 1")
	for left := 4 * len(first); left > 0; {
		r.arrival(states, fmt.Sprintf("the next of %d steps is made", left), func(s state) bool {
			was, is := stands[s.Name], standing(s.Pod, first[s.Name])
			stands[s.Name] = is
			if was.drained && is.open && !is.restarted {
				t.Fatalf("the gate of pod %s is open before its container is new", s.Name)
			}
			step := moment(was, is)
			if step == "" {
				return false
			}
			t.Logf("killed when pod %s: %s", s.Name, step)
			kills[step]++
			left--
			return true
		})
		r.process.Kill()
		r.lapse()
		r.start()
	}
	r.await(commit, r.about(), "success")
	answered, lost, why := clients.end()
	t.Logf("killed at %v: %d of %d requests lost", kills, lost, answered+lost)
	if lost > 0 || answered == 0 {
		t.Errorf("the first was lost by: %s", why)
	}
	r.sameButRestarted(before, "v2-stop1s", 1)
	r.writesPerPod(since, 3)
}
