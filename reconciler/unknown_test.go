package reconciler

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func (p Plan) unreadable(ago time.Duration) Plan {
	p.Unreadable = Unreadable{Since: epoch.Add(-ago), Why: "no answer"}
	return p
}

// A plan whose source cannot be read for a while is Unknown, unless it is stalled; that
// changes nothing of what is done.
func TestSourceUnreadable(t *testing.T) {
	const since = "source games cannot be read since "
	plan := thePlan("app:v2")
	plan.Source = "games"
	done := observe(updatedPod())
	done.Status = Decide(plan, done, epoch.Add(-time.Hour)).Status
	missing := Observed{Missing: "there is no Deployment lobby"}
	for _, test := range []struct {
		name           string
		plan           Plan
		observed       Observed
		status, reason string
		says           string
	}{
		{"it can be read", plan, done, "True", "Completed", "1 of 1 pods updated"},
		{"not for a moment", plan.unreadable(59 * time.Second), done, "True", "Completed", "1 of 1 pods updated"},
		{"not for a minute", plan.unreadable(time.Minute), done, "Unknown", SourceUnreadable, since + epoch.Add(-time.Minute).Format(time.RFC3339) + ": no answer; what was read last goes on: 1 of 1 pods updated"},
		{"in the middle", plan.unreadable(time.Hour), observe(aPod()), "Unknown", SourceUnreadable, "no answer; what was read last goes on: wave 1 of 1: 0 of 1 pods updated"},
		{"while it is stalled", plan.unreadable(time.Hour), missing, "False", "TargetNotUsable", "there is no Deployment lobby; " + since},
	} {
		t.Run(test.name, func(t *testing.T) {
			decision := Decide(test.plan, test.observed, epoch)
			ready, _ := decision.Status.Condition("Ready")
			if ready.Status != test.status || ready.Reason != test.reason || !strings.Contains(ready.Message, test.says) {
				t.Errorf("%+v", ready)
			}
			readable := test.plan
			readable.Unreadable = Unreadable{}
			if same := Decide(readable, test.observed, epoch); !reflect.DeepEqual(same.Actions, decision.Actions) || !reflect.DeepEqual(same.Status.Attempt, decision.Status.Attempt) {
				t.Errorf("it does %v, and would do %v", decision.Actions, same.Actions)
			}
		})
	}
}

// The record says so when it has lasted, though nobody reads anything then, and is as
// before when the source can be read again.
func TestSourceUnreadableComesAndGoes(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(updatedPod())
	before := Decide(plan, observed, epoch.Add(-time.Hour))
	observed.Status = before.Status
	began := Decide(plan.unreadable(0), observed, epoch)
	if due := epoch.Add(UnseenTime); !began.WakeAt.Equal(due) || !began.Status.Same(before.Status) {
		t.Errorf("it is looked at again at %s, want %s", began.WakeAt, due)
	}
	lasts := Decide(plan.unreadable(time.Minute), observed, epoch)
	if !lasts.WakeAt.IsZero() || observed.Status.CountsOn(lasts.Status) {
		t.Errorf("it is looked at again at %s, or no news", lasts.WakeAt)
	}
	observed.Status = lasts.Status
	if still := Decide(plan.unreadable(time.Minute), observed, epoch.Add(time.Hour)); !still.Status.Same(lasts.Status) {
		t.Error("it is written again")
	}
	after := Decide(plan, observed, epoch.Add(time.Hour))
	if ready, _ := after.Status.Condition("Ready"); ready.Status != "True" || !ready.LastTransitionTime.Equal(epoch.Add(time.Hour)) {
		t.Errorf("afterwards %+v", ready)
	}
}

// A plan that nobody looks at says so in its first words, and Decide takes them away.
func TestUnknown(t *testing.T) {
	plan, observed := thePlan("app:v2"), observe(aPod())
	was := Decide(plan, observed, epoch.Add(-time.Hour)).Status
	gone := was.Unknown(NotLookedAt, "cannot read pods", epoch)
	if again := gone.Unknown(NotLookedAt, "cannot read pods, port 2", epoch.Add(time.Hour)); !again.Same(gone) {
		t.Error("other words on one reason are written")
	}
	removed := gone.Unknown(SourceRemoved, "source games is gone", epoch)
	ready, _ := removed.Condition("Ready")
	if want := "source games is gone; it was last: wave 1 of 1: 0 of 1 pods updated"; ready.Status != "Unknown" || !strings.HasPrefix(ready.Message, want) || strings.Contains(ready.Message, "cannot read") {
		t.Errorf("%+v", ready)
	}
	if stalled, is := removed.Condition("Stalled"); !is || stalled.Reason != SourceRemoved || !stalled.LastTransitionTime.Equal(epoch) {
		t.Errorf("a plan without a source needs somebody: %+v", stalled)
	}
	if _, works := gone.Condition("Reconciling"); works {
		t.Error("nobody works on it")
	}
	observed.Status = removed
	after := Decide(plan, observed, epoch)
	observed.Status = was
	if unbroken := Decide(plan, observed, epoch); !after.Status.withoutTimes().Same(unbroken.Status.withoutTimes()) || !reflect.DeepEqual(after.Actions, unbroken.Actions) {
		t.Errorf("afterwards %+v, want %+v", after.Status, unbroken.Status)
	}
}

func (s Status) withoutTimes() Status {
	conditions := make([]StatusCondition, len(s.Conditions))
	for i, c := range s.Conditions {
		c.LastTransitionTime = time.Time{}
		conditions[i] = c
	}
	s.Conditions = conditions
	return s
}

func TestRemoved(t *testing.T) {
	forged := recordOf("old", "forged")
	forged.Plan.Spec.Images[0].Image = "evil:v1"
	var names []string
	for _, record := range Removed([]string{"a"}, []Plan{{Plan: named("taken-over")}}, []Record{
		recordOf("a", "held"), recordOf("old", "lobby"), recordOf("old", "taken-over"), forged, {},
	}) {
		names = append(names, record.Plan.Metadata.Name)
		if why := record.WhyRemoved(); !strings.Contains(why, "source old is not in the configuration") || !strings.Contains(why, "kubectl delete upgrade lobby -n games") {
			t.Error(why)
		}
	}
	if got := strings.Join(names, " "); got != "lobby" {
		t.Errorf("removed: %q", got)
	}
}
