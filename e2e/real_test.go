package e2e

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Under load gated roll-outs lose not one request. They go on until 5,000 are
// answered, so that none of these is asked at rest.
func TestRealNotOneRequestLost(t *testing.T) {
	r := onReal(t, beginAlone, plain)
	before, states := r.adopt("v1-stop1s"), r.watch()
	clients, begin, tag, rolls := ask(r.url), time.Now(), "", int32(0)
	for clients.answered.Load() < 5000 {
		rolls++
		tag = fmt.Sprintf("v%d-stop1s", rolls+1)
		r.await(r.roll(tag, "gracePeriodSeconds: 2", "maxUnavailable: 1"), r.about(), "success")
	}
	answered, lost, why := clients.end()
	t.Logf("gated, grace 2 s, %d roll-outs: %d of %d requests lost, %.0f a second", rolls, lost, answered+lost,
		float64(answered)/time.Since(begin).Seconds())
	if lost > 0 {
		t.Errorf("the first was lost by: %s", why)
	}
	r.sameButRestarted(before, tag, rolls)
	r.eachHadItsGrace(states, tag, 2*time.Second)
}

// eachHadItsGrace looks at what was seen of each pod until it asked for a tag:
// how long it was not Ready before each of its patches.
func (r *real) eachHadItsGrace(states <-chan state, last string, grace time.Duration) {
	r.t.Helper()
	patched, drained, ended := map[string]string{}, map[string]time.Time{}, map[string]bool{}
	for len(ended) < len(r.living()) {
		s := <-states
		mark := s.Annotations[updateMark]
		switch {
		case mark != patched[s.Name]:
			since := drained[s.Name]
			if had := s.at.Sub(since); since.IsZero() || had < grace {
				r.t.Errorf("pod %s was patched %s after it was seen not Ready at %s, want %s at least", s.Name, had, since, grace)
			}
			patched[s.Name] = mark
		case conditionOf(s.Pod, corev1.PodReady) == corev1.ConditionTrue:
			delete(drained, s.Name)
		case drained[s.Name].IsZero():
			drained[s.Name] = s.at
		}
		if s.asks(last) {
			ended[s.Name] = true
		}
	}
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
