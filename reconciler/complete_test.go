package reconciler

import (
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// A pod whose Ready is that of before its new container, as a stale status has it, is
// not available before that container has run for minReadySeconds.
func TestMinReadySinceTheContainerStarted(t *testing.T) {
	plan := thePlan("app:v2", func(s *spec.PlanSpec) { s.MinReadySeconds = 10 })
	pod := aPod().patched("app:v2", 10*time.Second).restarted(4 * time.Second).ready(time.Hour)
	got := judged(plan, pod)
	if completed(got) || got.Status.Pods.Updated != 0 {
		t.Errorf("it is available 4 s after its container started: %s", says(got))
	}
	if !got.WakeAt.Equal(epoch.Add(6 * time.Second)) {
		t.Errorf("it is looked at again at %s, want in 6 s", got.WakeAt)
	}
}
