package reconciler

import (
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// A plan that its source no longer has, and another one may, waits until that is known:
// nothing is started or put back, what only drains serves again, and what is patched is
// finished. Then its attempt goes on where it was.
func TestMoving(t *testing.T) {
	plan := thePlan("app:v2", waves("1", "100%"))
	moving := plan
	moving.Moving = "source a no longer has it; waits for a look at source b"
	draining := aPod().drainedFor(5 * time.Second)
	draining.Drain = &DrainMark{Plan: plan.Key().String()}
	for name, test := range map[string]struct {
		pods   []*simPod
		change func(*Status)
		do     string
		reason string
	}{
		"in the middle":        {[]*simPod{updatedPod(), aPod()}, nil, "", MovingSource},
		"a pod that drains":    {[]*simPod{draining}, nil, "Reopen pod-0", MovingSource},
		"a pod on its way":     {[]*simPod{aPod().patched("app:v2", time.Second), aPod()}, nil, "", MovingSource},
		"a pod that is down":   {[]*simPod{aPod().patched("app:v2", time.Second).waiting("ErrImagePull")}, nil, "", MovingSource},
		"all is done":          {[]*simPod{updatedPod()}, func(s *Status) { *s = ended(plan) }, "", string(Completed)},
		"drift":                {[]*simPod{straying(plan, 0, time.Hour)}, func(s *Status) { *s = ended(plan) }, "", MovingSource},
		"a failure is told on": {[]*simPod{failedPod(), aPod()}, nil, "", string(Halted)},
	} {
		t.Run(name, func(t *testing.T) {
			observed := observe(test.pods...)
			observed.Status = begun(plan)
			if test.change != nil {
				test.change(&observed.Status)
			}
			got := Decide(moving, observed, epoch)
			ready, _ := got.Status.Condition("Ready")
			if deeds(got) != test.do || ready.Reason != test.reason || got.Gone || got.Status.Attempt.Result == Withdrawn {
				t.Errorf("does %q, and is %s: %s", deeds(got), ready.Reason, ready.Message)
			}
			observed.Status = got.Status
			if next := Decide(plan, observed, epoch.Add(time.Second)).Status.Attempt; next.Try != got.Status.Attempt.Try || !next.StartedAt.Equal(begun(plan).Attempt.StartedAt) {
				t.Errorf("found elsewhere it begins anew: %+v", next)
			}
		})
	}
	heir := thePlan("app:v2")
	heir.Metadata.Name = "lobby-new"
	seen := map[spec.Key]Observed{plan.Key(): observe(aPod()), heir.Key(): observe(aPod())}
	if rivals := Contested([]Plan{moving, heir}, seen); len(rivals) > 0 {
		t.Errorf("under another name it is a rival of its own: %v", rivals)
	}
	if says := Decide(moving, observe(aPod()), epoch).Status; !strings.Contains(says.Conditions[0].Message, "source b") {
		t.Errorf("says %q", says.Conditions[0].Message)
	}
}
