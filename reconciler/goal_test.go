package reconciler

import (
	"slices"
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// A roll-back puts back what the plan has changed since it was last completed,
// and no image that somebody else has chosen.
func TestGoalOfARollBack(t *testing.T) {
	plan := thePlan("app:v3")
	recorded := begun(plan)
	recorded.Attempt.RollBack = true
	recorded.LastCompleted = &Completion{Images: thePlan("app:v2").Spec.Images, At: epoch.Add(-10 * time.Minute)}
	for name, test := range map[string]struct {
		pod  *simPod
		want []spec.Image
	}{
		"patched in this attempt":      {aPod().patched("app:v3", time.Minute), recorded.LastCompleted.Images},
		"patched before and completed": {aPod().patched("app:v2", time.Hour), nil},
		"never patched":                {aPod().onImage("app:v9"), nil},
	} {
		if got := goal(plan, recorded, test.pod.Pod); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
