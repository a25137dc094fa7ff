package e2e

import (
	"strings"
	"testing"
)

// What is said to be done is done: the program asked at that very moment is a
// new one of the wanted version, however long the old one takes to leave, the
// new one to come, and the kubelet to notice.
func TestRealDoneIsDone(t *testing.T) {
	slowStop := []string{"lifecycle: {preStop: {exec: {command: [/game, sleep, 3s]}}}"}
	for _, c := range []struct {
		name  string
		pods  shape
		tags  []string
		shows string   // in the status's image at the end
		plan  []string // lines of it
	}{
		{"SlowStop", shape{replicas: 2, tag: "v1-stop3s"}, []string{"v2"}, "v2", nil},
		{"PreStop", shape{replicas: 2, tag: "v1", server: slowStop}, []string{"v2"}, "v2", nil},
		{"SlowStart", shape{replicas: 2, tag: "v1"}, []string{"v2-start5s"}, "v2-start5s", nil},
		{"StaleStatus", shape{replicas: 2, tag: "v1"}, []string{"v2", "v3", "v4"}, "v4", nil},
		// containerd keeps the older name of a digest.
		{"SameDigest", shape{replicas: 2, tag: "v1-stop3s"}, []string{"v1-stop3s_again"}, "v1-stop3s", nil},
		{"Drained", shape{replicas: 2, tag: "v1-stop3s", pod: []string{gated}}, []string{"v2-start5s"}, "v2-start5s", []string{"gracePeriodSeconds: 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := onReal(t, begin, c.pods)
			before := r.adopt(c.pods.tag)
			o := r.observe()
			for _, tag := range c.tags {
				o.roll(tag, append(c.plan, "maxUnavailable: 2")...)
				o.untilDone(tag)
			}
			r.sameButRestarted(before, c.shows, int32(len(c.tags)))
		})
	}
}

// A commit that comes while the program before the last one still shuts down
// is rolled out after it, and nothing older is taken for it.
func TestRealNewerCommitWhileOldLeaves(t *testing.T) {
	r := onReal(t, begin, shape{replicas: 2, tag: "v1-stop4s"})
	before := r.adopt("v1-stop4s")
	o := r.observe()
	o.roll("v2", "maxUnavailable: 2")
	r.until("both pods are patched", func() (bool, string) {
		text, patched := "", 0
		for _, pod := range r.living() {
			text += imageOf(&pod, "server") + " "
			if strings.HasSuffix(imageOf(&pod, "server"), ":v2") {
				patched++
			}
		}
		return patched == 2, text
	})
	o.roll("v3", "maxUnavailable: 2") // fails where the old programs have gone already
	for name, address := range o.addresses {
		if said := version(address); said != "v1-stop4s" {
			t.Errorf("pod %s should still shut down when v3 is committed, and says %s", name, said)
		}
	}
	o.untilDone("v3")
	r.sameButRestarted(before, "v3", 2)
}
