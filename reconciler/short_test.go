package reconciler

import (
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// A workload that has fewer pods than it wants can be completed, and is not Ready: what
// is missing is named wherever its end is told of.
func TestCompletedAndShort(t *testing.T) {
	two := func() Observed { return observe(updatedPod(), updatedPod()) }
	for name, test := range map[string]struct {
		observed Observed
		lacks    string // "" where it is Ready
	}{
		"one of five is there":        {observe(updatedPod()).of(workload("ReplicaSet", "web", 5), 1), "4 of 5 pods of ReplicaSet web are missing"},
		"all are":                     {two().of(workload("ReplicaSet", "web", 2), 2), ""},
		"more than are wanted":        {two().of(workload("ReplicaSet", "web", 1), 2), ""},
		"one of two workloads is not": {two().of(workload("ReplicaSet", "a", 1), 1).of(workload("ReplicaSet", "b", 3), 1), "2 of 3 pods of ReplicaSet b are missing"},
		"a node without its pod":      {two().of(workload("DaemonSet", "agent", 3), 2), "1 of 3 pods of DaemonSet agent is missing"},
		"a bare pod ends":             {Observed{Pods: two().Pods, Ending: 1}, "1 of 3 pods is ending"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := thePlan("app:v2", unavailable("100%"), func(s *spec.PlanSpec) { s.Template = spec.LeaveTemplate })
			test.observed.Status = begun(plan)
			before := test.observed.Status
			after := Decide(plan, test.observed, epoch).Status
			ready, _ := after.Condition("Ready")
			_, works := after.Condition("Reconciling")
			turns := Turns(plan.Key(), before, after)
			told := ready.Message + after.Attempt.Message + turns[len(turns)-1].Message
			if after.Attempt.Result != Completed || after.LastCompleted == nil {
				t.Fatalf("it is %s: %s", after.Attempt.Result, ready.Message)
			}
			want, reason := "True", string(Completed)
			if test.lacks != "" {
				want, reason = "False", PodsMissing
			}
			if ready.Status != want || ready.Reason != reason || works != (want == "False") {
				t.Errorf("Ready is %s: %s", ready.Status, ready.Reason)
			}
			if times := strings.Count(told, "missing") + strings.Count(told, "ending"); test.lacks == "" && times > 0 || test.lacks != "" && strings.Count(told, test.lacks) < 3 {
				t.Errorf("says %q", told)
			}
		})
	}
}

// What is missing is no reason of its own while there is work to do.
func TestShortAndUnderWay(t *testing.T) {
	for name, pod := range map[string]*simPod{"about to start": aPod(), "under way": aPod().patched("app:v2", time.Second), "drifted": updatedPod().onImage("app:v9").observed()} {
		plan := thePlan("app:v2", unavailable("100%"))
		observed := observe(pod).of(workload("ReplicaSet", "web", 5), 1)
		observed.Status = begun(plan)
		if name == "drifted" {
			observed.Status = ended(plan)
		}
		if ready, _ := Decide(plan, observed, epoch).Status.Condition("Ready"); ready.Reason == PodsMissing {
			t.Errorf("%s: Ready is %s: %s", name, ready.Reason, ready.Message)
		}
	}
}

// An approval holds back what is to come, and the end of what the record tells of. A
// record that was deleted when all was done asks nobody again.
func TestApprovalOfNothingNew(t *testing.T) {
	lost := func(s *Status) { s.Attempt.StartedAt = epoch.Add(-time.Minute) }
	edited := func(s *Status) {
		lost(s)
		past := s.Attempt
		past.Digest, past.StartedAt = "sha256:before", epoch.Add(-2*time.Hour)
		s.History = []Attempt{past}
	}
	full := func(s *Status) {
		lost(s)
		s.History = make([]Attempt, historyLength)
		s.History[historyLength-1] = s.Attempt
	}
	for _, test := range []struct {
		name   string
		waves  []string
		pods   []*simPod
		change func(*Status)
		waits  bool
	}{
		{"in the middle", []string{"1 approval", "100%"}, []*simPod{updatedPod(), aPod()}, nil, true},
		{"in the middle of a record made anew", []string{"1 approval", "100%"}, []*simPod{updatedPod(), aPod()}, lost, true},
		{"the end of a record made anew", []string{"1 approval", "100%"}, []*simPod{updatedPod(), updatedPod()}, lost, false},
		{"its last wave is to be approved", []string{"1", "100% approval"}, []*simPod{updatedPod(), updatedPod()}, lost, false},
		{"all waves are", []string{"1 approval", "2 approval", "100% approval"}, []*simPod{updatedPod(), updatedPod(), updatedPod()}, lost, false},
		{"the last wave of a record that tells of it", []string{"1", "100% approval"}, []*simPod{updatedPod(), updatedPod()}, nil, true},
		{"the last waves take no pod", []string{"1 approval", "100%"}, []*simPod{updatedPod()}, nil, true},
		{"others were brought by hand meanwhile", []string{"1 approval", "100%"}, []*simPod{updatedPod(), aPod().onImage("app:v2").restarted(time.Hour)}, nil, false},
		{"edited while the end awaits approval", []string{"1", "100% approval"}, []*simPod{updatedPod(), updatedPod()}, edited, true},
		{"edited more often than a record tells of", []string{"1", "100% approval"}, []*simPod{updatedPod(), updatedPod()}, full, true},
		{"on the image before any patch", []string{"1 approval", "100% approval"}, []*simPod{aPod().onImage("app:v2").observed()}, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := thePlan("app:v2", waves(test.waves...))
			observed := observe(test.pods...)
			observed.Status = begun(plan)
			if test.change != nil {
				test.change(&observed.Status)
			}
			got := Decide(plan, observed, epoch)
			if waits := got.Status.Wave.AwaitsApproval > 0; waits != test.waits {
				t.Errorf("waits for approval: %t; it says %q", waits, says(got))
			}
		})
	}
}

// What several pods wait for alike is said once.
func TestListSaysOnce(t *testing.T) {
	full := "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules"
	pending := func() *simPod { return aPod().pending() }
	elsewhere := pending()
	elsewhere.Unscheduled = "0/4 nodes are available: 4 Insufficient cpu"
	for name, test := range map[string]struct {
		pods []*simPod
		want string
	}{
		"one":                {[]*simPod{aPod(), pending()}, "waits for pod pod-1 (no node takes it: " + full + ")"},
		"many":               {[]*simPod{aPod(), pending(), pending(), pending(), pending(), pending()}, "waits for pod pod-1 and 4 more (no node takes it: " + full + ")"},
		"of two kinds":       {[]*simPod{aPod(), pending(), elsewhere, pending()}, "waits for pod pod-1 and 1 more (no node takes it: " + full + "), pod pod-2 (no node takes it: 0/4 nodes are available: 4 Insufficient cpu)"},
		"of more than three": {[]*simPod{aPod(), aPod().onDeadNode(), pending(), pending(), elsewhere, because("a"), because("a"), because("b")}, "Insufficient cpu), 3 more"},
	} {
		plan := thePlan("app:v2", waves("1", "100%"), unavailable("1"))
		observed := observe(test.pods...)
		observed.Status = begun(plan)
		if got := says(Decide(plan, observed, epoch)); !strings.HasSuffix(got, test.want) {
			t.Errorf("%s: says %q, want %q", name, got, test.want)
		}
	}
}

func because(why string) *simPod {
	pod := aPod().pending()
	pod.Unscheduled = why
	return pod
}

// Pods that no node takes would be patched at once, and the others would wait for them
// all the same: a preview says so before the first patch.
func TestForeseeUnscheduled(t *testing.T) {
	for name, test := range map[string]struct {
		pods   []*simPod
		plan   []option
		reason string
	}{
		"they use the budget":           {[]*simPod{aPod(), aPod().pending()}, nil, Unschedulable},
		"on the image as well":          {[]*simPod{aPod(), aPod().pending(), aPod().pending().onImage("app:v2")}, []option{unavailable("2")}, Unschedulable},
		"there is room beside":          {[]*simPod{aPod(), aPod().pending()}, []option{unavailable("2")}, ""},
		"nothing else is to be done":    {[]*simPod{updatedPod(), aPod().pending()}, nil, ""},
		"a broken pod goes first":       {[]*simPod{aPod(), aPod().unready(time.Hour), aPod().pending()}, nil, ""},
		"a node that is away as well":   {[]*simPod{aPod(), aPod().onDeadNode(), aPod().pending()}, []option{unavailable("2")}, OverBudget},
		"another reason is told rather": {[]*simPod{aPod(), aPod().pending()}, []option{freeze("1 00:00", "3 00:00")}, Frozen},
	} {
		options := append([]option{unavailable("1"), func(s *spec.PlanSpec) { s.GracePeriodSeconds = 0 }}, test.plan...)
		plan := thePlan("app:v2", options...)
		forecast := Foresee(plan, observe(test.pods...), epoch).Objection
		if forecast.Reason != test.reason || test.reason == Unschedulable && !strings.Contains(forecast.Message, "no node takes it") {
			t.Errorf("%s: the reason is %q: %s", name, forecast.Reason, forecast.Message)
		}
	}
}
