package e2e

import (
	"fmt"
	"testing"
)

// Under load a gated roll-out loses not one request.
func TestRealNotOneRequestLost(t *testing.T) {
	r := onReal(t, beginAlone, plain)
	before := r.adopt("v1-stop1s")
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
	before := r.adopt("v1-stop1s")
	clients := ask(r.url)
	r.await(r.roll("v2-stop1s", "maxUnavailable: 1"), r.about(), "success")
	answered, lost, _ := clients.end()
	t.Logf("without a gate: %d of %d requests lost", lost, answered+lost)
	r.sameButRestarted(before, "v2-stop1s", 1)
}
