package spec

import (
	"testing"
	"time"
)

func TestDriftIsCorrectedByDefault(t *testing.T) {
	for _, test := range []struct {
		drift              *Drift
		corrected, ignored bool
	}{
		{nil, true, false},
		{&Drift{}, true, false},
		{&Drift{Mode: "Correct"}, true, false},
		{&Drift{Mode: DriftReport}, false, false},
		{&Drift{Mode: DriftOff}, false, true},
	} {
		if test.drift.Corrected() != test.corrected || test.drift.Ignored() != test.ignored {
			t.Errorf("%+v: corrected %t, ignored %t", test.drift, test.drift.Corrected(), test.drift.Ignored())
		}
	}
}

// A pass comes after each start of the schedule, a plan's own time later, and
// strictly after what it corrects.
func TestPass(t *testing.T) {
	lobby := Key{"games", "lobby"}
	start := time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC) // no matter what clocks do elsewhere
	if got := (*Drift)(nil).Pass(start, lobby); !got.Equal(start) {
		t.Errorf("without a schedule at %s, want at once", got)
	}
	hourly := &Drift{Schedule: cron(t, "0 * * * *")}
	later := hourly.Schedule.Jitter(lobby.String())
	if later == 0 {
		t.Fatal("the jitter of this name is none: take another")
	}
	for since, want := range map[time.Duration]time.Duration{
		-time.Minute: later, 0: later, later - time.Second: later, later: later + time.Hour, time.Minute * 59: later + time.Hour,
	} {
		if got := hourly.Pass(start.Add(since), lobby); !got.Equal(start.Add(want)) {
			t.Errorf("since %s the pass is at %s, want %s", since, got, start.Add(want))
		}
	}
	if other := hourly.Pass(start, Key{"games", "chat"}); other.Equal(start.Add(later)) {
		t.Error("two plans have one pass")
	}
}
