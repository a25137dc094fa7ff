package reconciler

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// ended is the record of a plan that was completed two hours ago.
func ended(plan Plan) Status {
	s := begun(plan)
	s.Attempt.Work = plan.Work()
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
		fight = what + ", again after 3 corrections"
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
		{
			name: "scheduled, and closed by then", option: all(schedule("*/15 * * * *"), window("0 12 * * *", "1h", "")), ready: "True",
			why: "Scheduled: " + what + "; corrected from 2026-03-02T12:00:00Z", wakeAt: "2 03:01:15",
		},
		{
			name: "scheduled, and frozen by then", option: all(schedule("*/15 * * * *"), freeze("2 03:01", "3 00:00")), ready: "True",
			why: "Scheduled: " + what + "; corrected from 2026-03-03T00:00:00Z",
		},
		{
			name: "scheduled, and suspended", option: all(schedule("*/15 * * * *"), suspended("")), ready: "True",
			why: "Scheduled: " + what + "; suspended by the plan: INC-231",
		},
		{
			name: "scheduled, and suspended until later", option: all(schedule("*/15 * * * *"), suspended("2 05:00")), ready: "True",
			why: "Scheduled: " + what + "; corrected from 2026-03-02T05:00:00Z",
		},
		{
			name: "scheduled, and never open", option: all(schedule("*/15 * * * *"), freeze("2 03:00", "2 06:00"), window("0 3 * * *", "1h", ""), freeze("2 06:00", "9 00:00")), ready: "True",
			why: "Scheduled: " + what + "; corrected from 2026-03-09T03:00:00Z",
		},
		{
			name: "outside its window", option: window("0 12 * * *", "1h", ""), ready: "False",
			why: "Waiting: " + what + "; outside its windows; the next opening is at 2026-03-02T12:00:00Z", wakeAt: "2 12:00",
		},
		{name: "frozen", option: freeze("1 00:00", "3 00:00"), ready: "False", why: "Waiting: " + what + "; frozen until 2026-03-03T00:00:00Z: year end"},
		{name: "suspended", option: suspended(""), ready: "False", why: "Waiting: " + what + "; suspended by the plan: INC-231"},
		{name: "reported outside its window", option: all(driftMode("Report"), window("0 12 * * *", "1h", "")), ready: "True", why: "Reported: " + what},
		{name: "reported in a freeze", option: all(driftMode("Report"), freeze("1 00:00", "3 00:00")), ready: "True", why: "Reported: " + what},
		{name: "reported while suspended", option: all(driftMode("Report"), suspended("")), ready: "True", why: "Reported: " + what},
		{name: "reported", option: driftMode("Report"), ready: "True", why: "Reported: " + what},
		{name: "not looked at", option: driftMode("Off"), ready: "True"},
		{name: "twice before", pod: func(p Plan) *simPod { return straying(p, 2, time.Minute) }, does: "Drain pod-0", ready: "False", why: "Correcting: " + what},
		{name: "a fight", pod: func(p Plan) *simPod { return straying(p, 3, time.Minute) }, ready: "False", why: "Fight: " + fight + peace},
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

// How often a pod was corrected is in the record as well, for a writer that drops
// the pod's marks; but not what a person has let pass, nor what no process of ours can have written.
func TestCorrectionsInTheRecord(t *testing.T) {
	plan := thePlan("app:v2")
	for _, test := range []struct {
		name    string
		marked  int // corrections in the pod's mark, which is an hour old; -1 where it is gone
		kept    Correction
		resumed time.Duration // so long ago
		want    string        // in the record
		does    string
	}{
		{"first seen", 2, Correction{}, 0, "2 times 1h0m0s ago", "Drain pod-0"},
		{"only in the record", -1, Correction{Times: 2, At: epoch.Add(-time.Hour)}, 0, "2 times 1h0m0s ago", "Drain pod-0"},
		{"too often, in the record", -1, Correction{Times: 3, At: epoch.Add(-time.Hour)}, 0, "3 times 1h0m0s ago", ""},
		{"too often, days ago", -1, Correction{Times: 3, At: epoch.Add(-48 * time.Hour)}, 0, "3 times 48h0m0s ago", "Drain pod-0"},
		{"a mark made small", 1, Correction{Times: 3, At: epoch.Add(-time.Hour)}, 0, "3 times 1h0m0s ago", ""},
		{"an older mark brought back", 1, Correction{Times: 3, At: epoch.Add(-time.Minute)}, 0, "3 times 1m0s ago", ""},
		{"a later mark", 1, Correction{Times: 3, At: epoch.Add(-30 * time.Hour)}, 0, "1 times 1h0m0s ago", "Drain pod-0"},
		{"let pass", 3, Correction{}, time.Minute, "", "Drain pod-0"},
		{"another pod's", -1, Correction{UID: "other", Times: 3, At: epoch.Add(-time.Hour)}, 0, "", "Drain pod-0"},
		{"from the future", -1, Correction{Times: 3, At: epoch.Add(time.Hour)}, 0, "", "Drain pod-0"},
	} {
		pod := straying(plan, test.marked, time.Second)
		if test.marked < 0 {
			pod.Marks = nil
		}
		observed := observe(pod)
		observed.Status = ended(plan)
		test.kept.UID, test.kept.Container = cmp.Or(test.kept.UID, pod.UID), "server"
		observed.Status.Corrections = []Correction{test.kept}
		if test.resumed > 0 {
			observed.Status.Resumed = epoch.Add(-test.resumed)
		}
		got := Decide(plan, observed, epoch)
		kept := ""
		for _, c := range got.Status.Corrections {
			kept += fmt.Sprintf("%d times %s ago", c.Times, epoch.Sub(c.At))
		}
		if kept != test.want || deeds(got) != test.does {
			t.Errorf("%s: does %q and keeps %q", test.name, deeds(got), kept)
		}
	}
}

// Of many corrections the newest are kept; fights are told before other drift.
func TestManyCorrections(t *testing.T) {
	plan := thePlan("app:v2", schedule("0 12 * * *"))
	var many []*simPod
	for i := range correctionsKept + 5 {
		pod := straying(plan, 1, time.Minute)
		pod.Marks[0].Time = epoch.Add(-time.Duration(600-i) * time.Minute)
		many = append(many, pod)
	}
	last := many[correctionsKept+4]
	last.Marks[0].Corrections = mostCorrections
	observed := observe(many...)
	observed.Status = ended(plan)
	got := Decide(plan, observed, epoch).Status
	if n := len(got.Corrections); n != correctionsKept || got.Corrections[0].UID != last.UID {
		t.Errorf("%d kept, the first of %s", n, got.Corrections[0].UID)
	}
	if len(got.Drift) != 20 || !got.Drift[0].Fight {
		t.Errorf("told of %d, the first %s", len(got.Drift), got.Drift[0])
	}
}

func all(options ...option) option {
	return func(s *spec.PlanSpec) {
		for _, option := range options {
			option(s)
		}
	}
}

// suspended is a plan's own suspension, until a time or for good.
func suspended(until string) option {
	return func(s *spec.PlanSpec) {
		s.Suspend = &spec.Suspend{Reason: "INC-231"}
		if until != "" {
			s.Suspend.Until = new(march(until))
		}
	}
}

// peace is how a fight is ended.
const peace = "; `patchwave resume lobby -n games` lets them go on"

// Of several that have drifted the one in a fight is told of, with its writer; also
// while the others wait for a window, which still wakes them.
func TestAFightIsToldFirst(t *testing.T) {
	const fight = "pod pod-1, container server: app:v9 since 2026-03-02T02:59:00Z, written by flux, again after 3 corrections"
	for _, test := range []struct {
		name    string
		option  option
		stalled bool
		wakeAt  string
	}{
		{"the other one is scheduled", schedule("*/15 * * * *"), true, "2 03:01:15"},
		{"the other one waits for its window", window("0 12 * * *", "1h", ""), true, "2 12:00"},
		{"the other one waits for a freeze to end", freeze("1 00:00", "3 00:00"), true, "3 00:00"},
		{"the other one is corrected", all(), false, ""},
	} {
		plan := thePlan("app:v2", test.option)
		observed := observe(straying(plan, 0, time.Minute), straying(plan, 3, time.Minute))
		observed.Pods[1].Containers[0].Writer = "flux"
		observed.Status = ended(plan)
		got := Decide(plan, observed, epoch)
		drifted, _ := got.Status.Condition("Drifted")
		if drifted.Reason != Fight || drifted.Message != fight+"; another pod"+peace {
			t.Errorf("%s: %s: %s", test.name, drifted.Reason, drifted.Message)
		}
		if stalled, _ := got.Status.Condition("Stalled"); test.stalled != (stalled.Message == fight+peace) {
			t.Errorf("%s: stalled by %q", test.name, stalled.Message)
		}
		if test.wakeAt != "" && !got.WakeAt.Equal(march(test.wakeAt)) {
			t.Errorf("%s: wakes at %s", test.name, got.WakeAt)
		}
	}
}

// Pods that come from a template which somebody else has changed are no drift: the
// template is told of, and its drift is not over before the pods are right.
func TestChangedTemplateIsNoDrift(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(straying(plan, 0, time.Minute))
	observed.Pods[0].Owner = "owner"
	observed.Status = ended(plan)
	observed.Owners = []align.Owner{anOwner("app:v2")}
	observed.Status = Decide(thePlan("app:v2", driftMode("Report")), observed, epoch).Status
	before := observed.Status
	observed.Owners = []align.Owner{anOwner("app:v9")}
	got := Decide(thePlan("app:v2", driftMode("Report")), observed, epoch).Status
	if _, told := got.Condition("Drifted"); told || len(got.Drift) > 0 || got.Pods.Drifted > 0 {
		t.Errorf("told as drift: %+v", got.Drift)
	}
	if turns := Turns(spec.Key{}, before, got); len(before.Drift) != 1 || len(turns) != 1 || turns[0].Reason != TemplateChanged {
		t.Errorf("after %v it tells %v", before.Drift, turns)
	}
}

// A forecast says when a schedule lets it start.
func TestForecastOfScheduledDrift(t *testing.T) {
	plan := thePlan("app:v2", schedule("*/15 * * * *"), window("0 12 * * *", "1h", ""))
	observed := observe(straying(plan, 0, time.Minute))
	observed.Status = ended(plan)
	got := Foresee(plan, observed, epoch)
	if o := got.Objection; got.Moves() != 1 || o.Reason != "Scheduled" || o.Message != "corrected from 2026-03-02T12:00:00Z" {
		t.Errorf("%d pods, %+v", got.Moves(), o)
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
