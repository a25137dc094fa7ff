package report

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/golden"
	"github.com/patchwave/patchwave/spec"
)

func TestTimetables(t *testing.T) {
	const (
		nights  = `"windows": [{"start": "0 2 * * 1-5", "duration": "3h", "timeZone": "Europe/Paris"}]`
		yearEnd = `"freezes": [{"from": "2025-12-20T00:00:00Z", "to": "2026-01-04T00:00:00+01:00", "reason": "year end"}]`
	)
	for _, scene := range []struct {
		name, plan, operator, at string
		open                     bool
	}{
		{"at any time", `{}`, `{}`, "2026-03-27T12:00:00Z", true},
		{"closed over a weekend on which clocks change", `{` + nights + `}`, `{}`, "2026-03-27T12:00:00Z", false},
		{"open", `{` + nights + `}`, `{}`, "2026-03-27T02:30:00Z", true},
		{"frozen by the operator", `{` + nights + `}`, `{` + yearEnd + `}`, "2026-01-01T02:30:00Z", false},
		{"frozen without windows", `{` + yearEnd + `}`, `{}`, "2026-01-01T02:30:00Z", false},
		{"windows that never meet", `{` + nights + `}`, `{"windows": [{"start": "0 12 * * *", "duration": "1h"}]}`, "2026-01-01T02:30:00Z", false},
		{"before a freeze", `{` + yearEnd + `}`, `{}`, "2025-12-01T02:30:00Z", true},
		{"windows that follow each other", `{"windows": [{"start": "0 * * * *", "duration": "1h"}]}`, `{}`, "2025-12-01T02:30:00Z", true},
		{"frozen, then windows that follow each other", `{"windows": [{"start": "0 0 * * *", "duration": "24h"}], "freezes": [{"from": "2025-12-01T00:00:00Z", "to": "2025-12-03T00:00:00Z"}]}`, `{}`, "2025-12-01T02:30:00Z", false},
		{"days of 24 hours where one has 25", `{"windows": [{"start": "0 0 * * *", "duration": "24h", "timeZone": "Europe/Paris"}]}`, `{}`, "2026-10-24T02:30:00Z", true},
		{"over midnight", `{"windows": [{"start": "0 23 * * *", "duration": "2h"}]}`, `{}`, "2025-12-01T02:30:00Z", false},
	} {
		t.Run(scene.name, func(t *testing.T) {
			viewer, err := calendar.Zone("America/New_York")
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339, scene.at)
			if err != nil {
				t.Fatal(err)
			}
			text, open := Timetable(spec.Key{Namespace: "games", Name: "lobby"}, hoursOf(t, scene.plan).And(hoursOf(t, scene.operator)), at, viewer)
			if open != scene.open {
				t.Errorf("open is %t, want %t", open, scene.open)
			}
			golden.Compare(t, "testdata/previews", "windows "+scene.name+".txt", text)
		})
	}
}

// hoursOf reads windows and freezes.
func hoursOf(t *testing.T, text string) calendar.Hours {
	t.Helper()
	var plan spec.PlanSpec
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		t.Fatal(err)
	}
	return plan.Hours()
}
