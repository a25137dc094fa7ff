package reconciler

import (
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// deletedPlan is what Decide makes of a plan that a good commit no longer has.
func deletedPlan(plan Plan, status Status, pods ...*simPod) Decision {
	plan.Withdrawn = true
	observed := observe(pods...)
	observed.Status = status
	return Decide(plan, observed, epoch)
}

// brought is a pod that serves what an attempt at the plan has brought, before which
// it ran another image.
func brought(plan Plan, before string) *simPod {
	pod := aPod().patched("app:v2", time.Hour).restarted(time.Hour)
	pod.Marks[0].Try, pod.Marks[0].Origin = Try{Digest: plan.Digest}, before
	return pod
}

func TestWithdrawal(t *testing.T) {
	plan := thePlan("app:v2", func(s *spec.PlanSpec) { s.GracePeriodSeconds = 0 })
	other := thePlan("app:v3")
	templated := brought(plan, "app:v1")
	templated.Template = []spec.Image{{Container: "server", Image: "app:v2"}}
	inherited := brought(plan, "app:v1")
	inherited.Inherited = []string{"server"}
	back := brought(plan, "app:v0")
	back.Marks[0].RollBack = true
	rewritten := brought(plan, "app:v1").onImage("mirror/app:v2").observed().writtenBy(Writer, time.Hour)
	for name, test := range map[string]struct {
		status Status
		pod    *simPod
		want   string
		gone   bool
	}{
		"in the middle":                         {begun(plan), brought(plan, "app:v1"), "Patch pod-0 app:v1", false},
		"of an attempt that was superseded":     {begun(plan).begin(newAttempt(other, epoch), "", epoch), brought(plan, "app:v1"), "Patch pod-0 app:v1", false},
		"what was completed stays":              {ended(plan), brought(plan, "app:v1"), "", true},
		"what an earlier plan of the name did":  {begun(other), brought(plan, "app:v1"), "", true},
		"before its last form was begun":        {ended(other), brought(plan, "app:v1"), "", true},
		"a record that knows nothing":           {Status{}, brought(plan, "app:v1"), "", true},
		"what its owner makes anew":             {begun(plan), templated, "", true},
		"what another plan claims":              {begun(plan), inherited, "", true},
		"what a roll-back has put back already": {begun(plan), back, "", true},
		"what a webhook made of our image":      {begun(plan), rewritten, "Patch pod-0 app:v1", false},
		"what somebody else has written":        {begun(plan), brought(plan, "app:v1").onImage("app:v9").observed().writtenBy("ada", time.Minute), "", true},
		"on its way back":                       {begun(plan), onItsWay(plan), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := deletedPlan(plan, test.status, test.pod)
			did := deeds(got)
			if did != "" {
				did += " " + got.Actions[0].Images[0].Image
			}
			if did != test.want || got.Gone != test.gone {
				t.Errorf("does %q and is gone %t, want %q and %t; it says %s", did, got.Gone, test.want, test.gone, says(got))
			}
		})
	}
	if got := deletedPlan(plan, ended(plan), brought(plan, "app:v1")).Status.Attempt.Result; got != Completed {
		t.Errorf("a completed plan is %s when it is deleted", got)
	}
}

// onItsWay was put back, and is not Ready yet.
func onItsWay(plan Plan) *simPod {
	pod := aPod().patched("app:v1", 5*time.Second).restarted(time.Second).unready(5 * time.Second)
	pod.Marks[0].Try = Try{Digest: plan.Digest, RollBack: true}
	return pod
}

// What an earlier plan of the same name wrote is where this one's series begins.
func TestWithdrawalAfterAnEarlierPlan(t *testing.T) {
	plan := thePlan("app:v3", func(s *spec.PlanSpec) { s.GracePeriodSeconds = 0 })
	observed := observe(brought(thePlan("app:v2"), "app:v1"))
	observed.Status = begun(plan)
	if got := Decide(plan, observed, epoch).Actions[0].Marks[0].Origin; got != "app:v2" {
		t.Errorf("it would go back to %s, want app:v2", got)
	}
}

// A plan that another one takes the place of, for the same pods, is not put back; and
// a plan that takes a part of them leaves the rest.
func TestInherit(t *testing.T) {
	gone, heir := thePlan("app:v2"), thePlan("app:v2")
	gone.Withdrawn, heir.Metadata.Name = true, "lobby-new"
	observed := observe(brought(gone, "app:v1"), brought(gone, "app:v1"))
	part := Observed{Pods: observed.Pods[1:]}
	plans, seen := []Plan{gone, heir}, map[spec.Key]Observed{gone.Key(): observed, heir.Key(): part}
	observed.Inherit(gone, ClaimsOf(plans, seen))
	if a, b := observed.Pods[0].Inherited, observed.Pods[1].Inherited; len(a) != 0 || len(b) != 1 || b[0] != "server" {
		t.Errorf("inherited are %q and %q", a, b)
	}
}

// What would be put back can be foreseen.
func TestForeseeWithdrawal(t *testing.T) {
	plan := thePlan("app:v2", waves("1 soak 1h", "100%"))
	observed := observe(brought(plan, "app:v1"), aPod())
	observed.Status = begun(plan)
	plan.Withdrawn = true
	forecast := Foresee(plan, observed, epoch)
	if forecast.Moves() != 1 || forecast.Waves[0][0].Changes[0] != (Change{"server", "app:v2", "app:v1"}) || len(forecast.Plan.Spec.EffectiveWaves()) != 1 {
		t.Errorf("foreseen is %+v", forecast)
	}
}

// What keeps a pod from coming back is told as it was first, in whatever words the
// kubelet goes on.
func TestPuttingBackFailsOnce(t *testing.T) {
	plan := thePlan("app:v2")
	first := ""
	status := begun(plan)
	for _, reason := range []string{"ErrImagePull", "ImagePullBackOff", "ErrImagePull"} {
		pod := aPod().patched("app:v1", time.Hour).waiting(reason)
		pod.Marks[0].Try = Try{Digest: plan.Digest, RollBack: true}
		got := deletedPlan(plan, status, pod)
		stalled, _ := got.Status.Condition("Stalled")
		if status = got.Status; first == "" {
			first = stalled.Message
		}
		if stalled.Reason != NotPutBack || stalled.Message != first || got.Gone {
			t.Errorf("%s: it says %s: %s, and before %s", reason, stalled.Reason, stalled.Message, first)
		}
	}
}

// A write that is refused for long is tried again: nobody looks after a deleted plan.
func TestPuttingBackIsTriedAgain(t *testing.T) {
	plan := thePlan("app:v2", func(s *spec.PlanSpec) { s.GracePeriodSeconds = 0 })
	pod := brought(plan, "app:v1").refusedFor(24 * time.Hour)
	pod.Refused.Try, pod.Refused.Until = Try{Digest: plan.Digest, RollBack: true}, epoch
	if got := deletedPlan(plan, begun(plan), pod); deeds(got) != "Patch pod-0" || got.Gone {
		t.Errorf("does %q, gone %t: %s", deeds(got), got.Gone, says(got))
	}
}

// A new process that has not read the source again ends what is under way of putting
// back, by the rules of putting back.
func TestPutBackWhileUnread(t *testing.T) {
	plan := thePlan("app:v2")
	status := deletedPlan(plan, begun(plan), brought(plan, "app:v1")).Status
	plan.Held, plan.Unread = "source games was not read since patchwave started", true
	pod := brought(plan, "app:v1").drainedFor(time.Hour)
	pod.Template = []spec.Image{{Container: "server", Image: "app:v9"}}
	observed := observe(pod)
	observed.Status = status
	d := Decide(plan, observed, epoch)
	if deeds(d) != "Patch pod-0" || d.Actions[0].Images[0].Image != "app:v1" {
		t.Errorf("does %q, wants %v; says %s", deeds(d), d.Actions, says(d))
	}
}

// A pod that does not come up again on what it ran before halts nothing: the attempt is
// over, also while the source is unread.
func TestPutBackFailsWhileUnread(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(brought(plan, "app:v1"))
	observed.Status = deletedPlan(plan, begun(plan), brought(plan, "app:v1")).Status
	try := Try{Digest: plan.Digest, RollBack: true}
	back := &observed.Pods[0]
	back.Containers[0].Image, back.Containers[0].Running, back.Containers[0].Waiting = "app:v1", false, "CrashLoopBackOff"
	back.Marks[0].Try, back.Marks[0].Wrote, back.Ready = try, "app:v1", Condition{Since: epoch.Add(-time.Hour)}
	back.Generation++
	back.ObservedGeneration, back.ContainersReady = back.Generation, false
	plan.Held, plan.Unread = "source games was not read since patchwave started", true
	if got := Decide(plan, observed, epoch).Status; got.Attempt.Result != Withdrawn || got.Pods.Failed != 1 {
		t.Errorf("it is %s, %d failed", got.Attempt.Result, got.Pods.Failed)
	}
}
