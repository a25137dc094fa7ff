package reconciler

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Who suspends a plan again has the last word on whose it is and why. Its end stays, unless
// another is given.
func TestSuspendedAgain(t *testing.T) {
	in := func(d time.Duration) time.Time { return epoch.Add(d) }
	for name, test := range map[string]struct {
		before *Suspension
		lasts  time.Duration
		want   time.Time
	}{
		"at first":                  {nil, 0, time.Time{}},
		"at first, with an end":     {nil, time.Hour, in(time.Hour)},
		"again":                     {&Suspension{Until: in(2 * time.Hour)}, 0, in(2 * time.Hour)},
		"again, for longer":         {&Suspension{Until: in(2 * time.Hour)}, 3 * time.Hour, in(3 * time.Hour)},
		"again, for less":           {&Suspension{Until: in(2 * time.Hour)}, time.Hour, in(time.Hour)},
		"again, after its end":      {&Suspension{Until: in(-time.Hour)}, 0, time.Time{}},
		"again, as it ends":         {&Suspension{Until: epoch}, 0, time.Time{}},
		"again, without an end":     {&Suspension{}, 0, time.Time{}},
		"an end for an endless one": {&Suspension{}, time.Hour, in(time.Hour)},
	} {
		request := &Request{ID: "2", Verb: SuspendPlan, By: "bob", Reason: "INC-232", For: test.lasts}
		got := Status{Suspension: test.before}.heed(request, epoch).Suspension
		if want := (Suspension{By: "bob", Reason: "INC-232", At: epoch, Until: test.want}); *got != want {
			t.Errorf("%s: suspended %s, want %s", name, got, want)
		}
	}
}

// A person's retry of what had not ended is told as such, and not as another revision
// that takes over.
func TestRetryIsTold(t *testing.T) {
	plan := thePlan("app:v2", tolerate(1))
	observed := observe(failedPod())
	observed.Status = begun(plan)
	held := Decide(plan, observed, epoch).Status
	observed.Status, observed.Request = held, &Request{ID: "1", Verb: Retry, Digest: plan.Digest, By: "ada"}
	told := fmt.Sprint(Turns(plan.Key(), held, Decide(plan, observed, epoch).Status))
	if !strings.Contains(told, "Retried tried again by ada") || strings.Contains(told, "Superseded") || !strings.Contains(told, "Started") {
		t.Errorf("told is %s", told)
	}
	next := thePlan("app:v3")
	observed.Status, observed.Request = held, nil
	if told := fmt.Sprint(Turns(plan.Key(), held, Decide(next, observed, epoch).Status)); !strings.Contains(told, "Superseded") || strings.Contains(told, "Retried") {
		t.Errorf("of another revision is told %s", told)
	}
}
