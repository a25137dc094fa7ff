package reconciler

import (
	"testing"
	"time"

	"github.com/patchwave/patchwave/calendar"
)

// What holds a pod back by time is said with when it ends; at epoch it is a
// Monday, 3:00 in UTC and 4:00 in Paris.
func TestHoursInStatus(t *testing.T) {
	const begins = "wave 1 of 1: 0 of 1 pods updated"
	nightly := window("30 2 * * *", "1h", "Europe/Paris")
	for _, test := range []struct {
		name     string
		plan     []option
		operator []option
		want     string
		wakeAt   string // "" for never
	}{
		{name: "open at any time", want: begins},
		{name: "open until the window closes", plan: []option{window("0 4 * * *", "1h", "Europe/Paris")}, want: begins, wakeAt: "2 04:00"},
		{name: "open until a freeze", plan: []option{freeze("2 12:00", "3 00:00")}, want: begins, wakeAt: "2 12:00"},
		{
			name: "closed", plan: []option{nightly}, wakeAt: "3 01:30",
			want: begins + "; outside its windows; the next opening is at 2026-03-03T02:30:00+01:00",
		},
		{
			name: "closed by the operator", operator: []option{nightly}, wakeAt: "3 01:30",
			want: begins + "; outside the operator's windows; the next opening is at 2026-03-03T02:30:00+01:00",
		},
		{
			name: "closed by both", plan: []option{window("0 1 * * *", "2h", "")}, operator: []option{nightly}, wakeAt: "3 01:30",
			want: begins + "; outside its windows or the operator's; the next opening is at 2026-03-03T01:30:00Z",
		},
		{
			name: "no opening in sight", plan: []option{window("0 2 * * *", "1h", "")}, operator: []option{window("0 9 * * *", "1h", "")}, wakeAt: "later",
			want: begins + "; outside its windows or the operator's; no opening is in sight",
		},
		{
			name: "frozen", plan: []option{freeze("1 00:00", "4 00:00")}, wakeAt: "4 00:00",
			want: begins + "; frozen until 2026-03-04T00:00:00Z: year end",
		},
		{
			name: "frozen, and closed after that", plan: []option{nightly}, operator: []option{freeze("1 00:00", "4 03:00")}, wakeAt: "4 03:00",
			want: begins + "; frozen until 2026-03-04T03:00:00Z: year end; the next opening is at 2026-03-05T02:30:00+01:00",
		},
	} {
		plan := thePlan("app:v2", test.plan...)
		plan.Operator = times(test.operator...)
		observed := observe(aPod().withoutGate())
		observed.Status = begun(plan)
		got := Decide(plan, observed, epoch)
		ready, _ := got.Status.Condition("Ready")
		if ready.Message != test.want {
			t.Errorf("%s: %q, want %q", test.name, ready.Message, test.want)
		}
		if starts := len(got.Actions) > 0; starts != (test.want == begins) {
			t.Errorf("%s: does %v", test.name, got.Actions)
		}
		want := time.Time{}
		if test.wakeAt == "later" { // as far as is looked
			want = got.WakeAt
		} else if test.wakeAt != "" {
			want = march(test.wakeAt)
		}
		if !got.WakeAt.Equal(want) {
			t.Errorf("%s: wakes at %s, want %s", test.name, got.WakeAt, want)
		}
	}
}

// Plans that are up to date are not woken for their windows.
func TestHoursOfAPlanThatIsDone(t *testing.T) {
	plan := thePlan("app:v1", window("30 2 * * *", "1h", ""))
	plan.Operator = calendar.Hours{Freezes: []calendar.Freeze{{From: epoch.Add(-time.Hour), To: epoch.Add(time.Hour)}}}
	got := Decide(plan, observe(aPod()), epoch)
	if !got.WakeAt.IsZero() || got.Status.Attempt.Result != Completed {
		t.Errorf("wakes at %s, %s", got.WakeAt, got.Status.Attempt.Result)
	}
}
