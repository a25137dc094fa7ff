package reconciler

import (
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// ended is the record of a plan that was completed two hours ago.
func ended(plan Plan) Status {
	s := begun(plan)
	s.Attempt = s.Attempt.end(Completed, "", epoch.Add(-2*time.Hour))
	s.LastCompleted = &Completion{At: s.Attempt.EndedAt, Digest: s.Attempt.Digest, Images: s.Attempt.Images}
	return s
}

// straying was updated by the plan an hour ago, after so many corrections, and
// changed by somebody else so long ago.
func straying(plan Plan, corrections int, ago time.Duration) *simPod {
	pod := aPod().patched("app:v2", time.Hour).restarted(time.Hour)
	pod.Marks[0].Try, pod.Marks[0].Corrections = Try{Digest: plan.Digest}, corrections
	return pod.onImage("app:v9").observed().writtenBy("kubectl-edit", ago)
}

// byNobody has no managed fields.
func (p *simPod) byNobody() *simPod {
	p.Containers[0].Writer, p.Containers[0].WrittenAt = "", time.Time{}
	return p
}

func TestDrift(t *testing.T) {
	const (
		what  = "pod pod-0, container server: app:v9 since 2026-03-02T02:59:00Z, written by kubectl-edit"
		fight = what + ", again after 3 corrections; `patchwave resume` lets them go on"
	)
	for _, test := range []struct {
		name   string
		option option
		pod    func(Plan) *simPod
		does   string
		ready  string // condition Ready
		why    string // reason and message of the condition Drifted
		wakeAt string
	}{
		{name: "corrected at once", does: "Drain pod-0", ready: "False", why: "Correcting: " + what},
		{name: "scheduled", option: schedule("*/15 * * * *"), ready: "True", why: "Scheduled: " + what + "; corrected from 2026-03-02T03:01:15Z", wakeAt: "2 03:01:15"},
		{name: "due", option: schedule("* * * * *"), does: "Drain pod-0", ready: "False", why: "Correcting: " + what},
		{name: "reported", option: driftMode("Report"), ready: "True", why: "Reported: " + what},
		{name: "not looked at", option: driftMode("Off"), ready: "True"},
		{name: "twice before", pod: func(p Plan) *simPod { return straying(p, 2, time.Minute) }, does: "Drain pod-0", ready: "False", why: "Correcting: " + what},
		{name: "a fight", pod: func(p Plan) *simPod { return straying(p, 3, time.Minute) }, ready: "False", why: "Fight: " + fight},
		{
			name: "the last correction held for days", pod: func(p Plan) *simPod {
				pod := straying(p, 3, time.Minute)
				pod.Marks[0].Time = epoch.Add(-48 * time.Hour)
				return pod
			},
			does: "Drain pod-0", ready: "False", why: "Correcting: " + what,
		},
		{
			name: "not seen by its kubelet", pod: func(p Plan) *simPod {
				pod := straying(p, 0, time.Minute)
				pod.Generation++
				return pod
			},
			ready: "True", why: "Correcting: " + what,
		},
		{
			name: "nobody knows by whom, nor since when", pod: func(p Plan) *simPod { return straying(p, 0, 0).byNobody() },
			does: "Drain pod-0", ready: "False", why: "Correcting: pod pod-0, container server: app:v9 since 2026-03-02T03:00:00Z, written by somebody",
		},
	} {
		options := []option{}
		if test.option != nil {
			options = append(options, test.option)
		}
		plan := thePlan("app:v2", options...)
		pod := straying(plan, 0, time.Minute)
		if test.pod != nil {
			pod = test.pod(plan)
		}
		observed := observe(pod)
		observed.Status = ended(plan)
		got := Decide(plan, observed, epoch)
		ready, _ := got.Status.Condition("Ready")
		why := ""
		if drifted, ok := got.Status.Condition("Drifted"); ok {
			why = drifted.Reason + ": " + drifted.Message
		}
		if deeds(got) != test.does || ready.Status != test.ready || why != test.why {
			t.Errorf("%s: does %q, Ready %s, Drifted %q", test.name, deeds(got), ready.Status, why)
		}
		if test.wakeAt != "" && !got.WakeAt.Equal(march(test.wakeAt)) {
			t.Errorf("%s: wakes at %s", test.name, got.WakeAt)
		}
	}
}

// A fight stops the corrections of its pod alone.
func TestAFightConcernsItsPodAlone(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(straying(plan, 3, time.Minute), straying(plan, 1, time.Minute))
	observed.Status = ended(plan)
	got := Decide(plan, observed, epoch)
	if deeds(got) != "Drain pod-1" {
		t.Errorf("does %q", deeds(got))
	}
	if _, stalled := got.Status.Condition("Stalled"); stalled {
		t.Error("stalled while another pod is corrected")
	}
}

// Since when a pod drifts is kept, whoever writes it again; of many pods some
// are named and all are counted.
func TestDriftInTheRecord(t *testing.T) {
	plan := thePlan("app:v2", driftMode("Report"))
	var many []*simPod
	for range 25 {
		many = append(many, straying(plan, 0, 0).byNobody())
	}
	observed := observe(many...)
	observed.Status = ended(plan)
	first := Decide(plan, observed, epoch).Status
	if len(first.Drift) != 20 || first.Pods.Drifted != 25 || first.Pods.Outdated != 25 {
		t.Errorf("%d listed, %+v", len(first.Drift), first.Pods)
	}
	if why, _ := first.Condition("Drifted"); !strings.HasSuffix(why.Message, "; 24 more pods") {
		t.Error(why.Message)
	}
	observed.Status = first
	again := Decide(plan, observed, epoch.Add(time.Hour)).Status
	if !again.Drift[0].Since.Equal(epoch) {
		t.Errorf("drifts since %s, want since it was seen first", again.Drift[0].Since)
	}
}

// A pod that is not of a completed plan is outdated, or has strayed; it is no drift.
func TestNoDriftBeforeCompletion(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(straying(plan, 0, time.Minute))
	observed.Status = begun(plan)
	got := Decide(plan, observed, epoch)
	if len(got.Status.Drift) > 0 || deeds(got) != "" {
		t.Errorf("does %q, drift %v", deeds(got), got.Status.Drift)
	}
}

// A pod that the partition keeps uses the budget until it is available: that time is waited for.
func TestKeptPodIsWaitedFor(t *testing.T) {
	plan := thePlan("app:v2", partition("1"), driftMode(spec.DriftReport), func(s *spec.PlanSpec) { s.MinReadySeconds = 10 })
	observed := observe(updatedPod(), aPod().ready(time.Second))
	observed.Status = ended(plan)
	if wake := Decide(plan, observed, epoch).WakeAt; !wake.Equal(epoch.Add(9 * time.Second)) {
		t.Errorf("wakes at %s", wake)
	}
}

// A correction waits for its window, also of a pod that was corrected before.
func TestCorrectionsWaitForTheirWindow(t *testing.T) {
	plan := thePlan("app:v2", window("0 12 * * *", "1h", "UTC")) // it is 3 in the morning
	observed := observe(straying(plan, 1, time.Minute))
	observed.Status = ended(plan)
	if d := Decide(plan, observed, epoch); deeds(d) != "" || !strings.Contains(says(d), "outside ") {
		t.Errorf("it does %q and says %s", deeds(d), says(d))
	}
}

// A pod that a revert leaves to the partition serves again, though patchwave died before
// it could open its gate: the plan is complete by then.
func TestKeptPodIsGivenBack(t *testing.T) {
	plan := thePlan("app:v1", func(s *spec.PlanSpec) { s.Partition = new(amount("1")) })
	pod := aPod().onImage("app:v2").drainedFor(time.Minute)
	pod.Drain = &DrainMark{Plan: "games/lobby"}
	observed := observe(aPod(), pod)
	observed.Status = ended(plan)
	if decision := Decide(plan, observed, epoch); deeds(decision) != "Reopen "+observed.Pods[1].Name {
		t.Errorf("does %q: %s", deeds(decision), says(decision))
	}
}
