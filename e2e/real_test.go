package e2e

import (
	"fmt"
	"regexp"
	"testing"
)

// Under load a gated roll-out loses not one request.
func TestRealNotOneRequestLost(t *testing.T) {
	r := onReal(t, beginAlone, plain)
	r.await(r.roll("v1-stop1s"), r.about(), "success")
	before := r.pods()
	clients := ask(r.url)
	r.await(r.roll("v2-stop1s", "gracePeriodSeconds: 2", "maxUnavailable: 1"), r.about(), "success")
	r.until("5000 requests are answered", func() (bool, string) {
		n := clients.answered.Load()
		return n >= 5000, fmt.Sprint(n)
	})
	answered, lost, why := clients.end()
	t.Logf("gated, grace 2 s: %d of %d requests lost", lost, answered+lost)
	if lost > 0 {
		t.Errorf("the first was lost by: %s", why)
	}
	r.sameButRestarted(before, "v2-stop1s", 1)
}

// Without a gate nothing drains: the losses are printed, for comparison.
func TestRealWithoutGate(t *testing.T) {
	r := onReal(t, beginAlone, shape{replicas: 4, tag: "v1-stop1s"})
	r.await(r.roll("v1-stop1s"), r.about(), "success")
	before := r.pods()
	clients := ask(r.url)
	r.await(r.roll("v2-stop1s", "maxUnavailable: 1"), r.about(), "success")
	answered, lost, _ := clients.end()
	t.Logf("without a gate: %d of %d requests lost", lost, answered+lost)
	r.sameButRestarted(before, "v2-stop1s", 1)
}

// A missing tag takes one pod down and no more; fixed forward it serves again.
func TestRealMissingTag(t *testing.T) {
	r := onReal(t, beginAlone, plain)
	r.await(r.roll("v1-stop1s"), r.about(), "success")
	before := r.pods()
	bad := r.roll("bad-1", "gracePeriodSeconds: 1", "maxUnavailable: 1", "progressDeadlineSeconds: 8")
	status := r.await(bad, r.about(), "failure")
	// The kubelet shows these in turn, CrashLoopBackOff for a restart just before.
	reason := regexp.MustCompile("container server: (ErrImagePull|ImagePullBackOff|CrashLoopBackOff)")
	if !reason.MatchString(status.Description) {
		t.Errorf("the status should give the kubelet's reason: %q", status.Description)
	}
	down := ""
	for name, pod := range r.pods() {
		if !pod.ready {
			down += name
		}
	}
	if _, one := before[down]; !one {
		t.Fatalf("one pod should be down, not %q", down)
	}
	if _, err := r.Plans.Revert(bad); err != nil {
		t.Fatal(err)
	}
	r.untilReady(4, "v1-stop1s")
	delete(before, down)
	r.sameButRestarted(before, "v1-stop1s", 0)
}
