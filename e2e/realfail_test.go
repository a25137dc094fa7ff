package e2e

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// The kubelet shows these in turn, CrashLoopBackOff for a restart just before.
var pulling = regexp.MustCompile("(^|container server: )(ErrImagePull|ImagePullBackOff|CrashLoopBackOff: .*:bad-1 has not run yet)")

// A missing tag takes one pod down and no more; reverted, it serves again.
func TestRealMissingTag(t *testing.T) {
	r := onReal(t, beginAlone, plain)
	before := r.adopt("v1-stop1s")
	bad := r.roll("bad-1", "gracePeriodSeconds: 1", "maxUnavailable: 1", "progressDeadlineSeconds: 8")
	status := r.await(bad, r.about(), "failure")
	if !pulling.MatchString(status.Description) {
		t.Errorf("the status should give the kubelet's reason: %q", status.Description)
	}
	down := r.oneDown(before)
	if _, err := r.Plans.Revert(bad); err != nil {
		t.Fatal(err)
	}
	r.untilReady(4, "v1-stop1s")
	delete(before, down)
	r.sameButRestarted(before, "v1-stop1s", 0)
}

// oneDown is the one pod that is not Ready; it is an error if there are more.
func (r *real) oneDown(before map[string]view) string {
	r.t.Helper()
	down := ""
	for name, pod := range r.pods() {
		if !pod.ready {
			down += name
		}
	}
	if _, one := before[down]; !one {
		r.t.Fatalf("one pod should be down, not %q", down)
	}
	return down
}

// A missing tag is told of at once, long before it counts as a failure, and
// the next commit has the pod serving again without a wait.
func TestRealMissingTagFixedForward(t *testing.T) {
	r := onReal(t, beginAlone, plain)
	before := r.adopt("v1-stop1s")
	states := r.watch()
	r.roll("bad-1", "gracePeriodSeconds: 1", "maxUnavailable: 1")
	patched := r.arrival(states, "a pod is patched", func(s state) bool { return s.asks("bad-1") })
	r.until("patchwave status gives the kubelet's reason", func() (bool, string) {
		shown := r.shown()
		return pulling.MatchString(shown), shown
	})
	told := time.Since(patched)
	t.Logf("the kubelet's reason was shown %.1f s after the patch: %s", told.Seconds(), pulling.FindString(r.shown()))
	if told > 10*time.Second {
		t.Errorf("the reason should be shown within seconds, and was after %s", told)
	}
	down := r.oneDown(before)

	fixed := r.roll("v2-stop1s", "gracePeriodSeconds: 1", "maxUnavailable: 1")
	patched = r.arrival(states, "the pod is patched forward", func(s state) bool { return s.Name == down && s.asks("v2-stop1s") })
	runs := r.arrival(states, "its containers are ready", func(s state) bool {
		return s.Name == down && conditionOf(s.Pod, corev1.ContainersReady) == corev1.ConditionTrue
	})
	serving := r.arrival(states, "the pod is Ready again", func(s state) bool {
		return s.Name == down && conditionOf(s.Pod, corev1.PodReady) == corev1.ConditionTrue
	})
	t.Logf("after the patch forward: containers ready in %.2f s, the pod in %.2f s", runs.Sub(patched).Seconds(), serving.Sub(patched).Seconds())
	if serving.Sub(patched) > 5*time.Second {
		t.Errorf("the pod should be Ready within a second or two, and was after %s", serving.Sub(patched))
	}
	if said := version(before[down].ip + ":8080"); said != "v2-stop1s" {
		t.Errorf("the pod should serve the fix once it is Ready, and says %s", said)
	}
	r.await(fixed, r.about(), "success")
	r.sameButRestarted(before, "v2-stop1s", 1)
}

// shown is what `patchwave status` prints of this test's plans.
func (r *real) shown() string {
	out, err := exec.CommandContext(r.ctx, binary, "status", "-n", r.Namespace, "--kubeconfig", r.Options.Kubeconfig).CombinedOutput()
	if err != nil {
		return err.Error() + ": " + string(out)
	}
	return string(out)
}

// failures are those that GitHub was told of, "" for none.
func (r *real) failures(commit string) string {
	var told string
	for _, status := range r.GitHub.History(r.Repository, commit, r.about()) {
		if status.State == "failure" || status.State == "error" {
			told += status.Description + "\n"
		}
	}
	return told
}

// A program that crashes halts the roll-out at its first pod: the others are
// not touched, and serve.
func TestRealCrashLoopHalts(t *testing.T) {
	r := onReal(t, begin, plain)
	before := r.adopt("v1-stop1s")
	commit := r.roll("v2-crash", "gracePeriodSeconds: 1", "maxUnavailable: 1", "minReadySeconds: 3", "progressDeadlineSeconds: 8")
	status := r.await(commit, r.about(), "failure")
	t.Logf("GitHub shows %q", status.Description)
	if !strings.HasPrefix(status.Description, "CrashLoopBackOff") || !strings.HasSuffix(status.Description, ", container server)") {
		t.Errorf("the status should give the kubelet's reason: %q", status.Description)
	}
	if shown := r.shown(); !strings.Contains(shown, "CrashLoopBackOff") {
		t.Errorf("patchwave status should give the kubelet's reason: %s", shown)
	}
	touched := 0
	for _, pod := range r.living() {
		if strings.HasSuffix(imageOf(&pod, "server"), ":v2-crash") {
			touched++
			delete(before, pod.Name)
		}
	}
	if touched != 1 {
		t.Errorf("%d pods have the crashing image, want one", touched)
	}
	r.sameButRestarted(before, "v1-stop1s", 0)
	for name, pod := range before {
		if said := version(pod.ip + ":8080"); said != "v1-stop1s" {
			t.Errorf("pod %s should serve on, and says %s", name, said)
		}
	}
}
