package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/golden"
)

// beyond is a leap year after the zones' tables, which end with 2037: there are rules instead.
const beyond = 2040

// zones with the years that are looked at: São Paulo's clocks have not changed since.
var zones = []struct {
	name string
	from int
}{
	{"America/New_York", 2025},
	{"Europe/Paris", 2025},
	{"Europe/London", 2025},
	{"Africa/Cairo", 2025},
	{"Australia/Lord_Howe", 2025},
	{"America/Sao_Paulo", 2016},
	{"Asia/Kolkata", 2025},
	{"UTC", 2025},
}

// tried are windows about the hours in which clocks change somewhere.
var tried = []struct{ start, duration string }{
	{"0 0 * * *", "30m"},
	{"30 0 * * *", "1h"},
	{"30 1 * * *", "15m"},
	{"45 1 * * *", "3h"},
	{"0 2 * * *", "1h"},
	{"30 2 * * *", "1h"},
	{"30 23 * * *", "1h"},
	{"*/20 1-2 * * *", "5m"},
	{"0 * * * *", "1h"},
	{"30 2 * * 0", "24h"},
}

func window(t testing.TB, start, duration, zone string) Window {
	t.Helper()
	var w Window
	text := fmt.Sprintf(`{"start": %q, "duration": %q, "timeZone": %q}`, start, duration, zone)
	if err := w.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return w
}

// changes are the moments at which a zone's clocks change in so many years. They
// do so at halves of hours.
func changes(zone *time.Location, year, years int) []time.Time {
	var all []time.Time
	end := time.Date(year+years, 1, 1, 0, 0, 0, 0, zone)
	for t := time.Date(year, 1, 1, 0, 0, 0, 0, zone); t.Before(end); t = t.Add(30 * time.Minute) {
		_, before := t.Add(-1).Zone()
		if _, offset := t.Zone(); offset != before {
			all = append(all, t)
		}
	}
	return all
}

// Around every change the windows open as the golden tables say, and minute by
// minute as a slow computation has it.
func TestZones(t *testing.T) {
	for _, z := range zones {
		t.Run(z.name, func(t *testing.T) {
			zone, err := Zone(z.name)
			if err != nil {
				t.Fatal(err)
			}
			about := append(changes(zone, z.from, 3), changes(zone, beyond, 1)...)
			if len(about) == 0 { // a day like any other
				about = []time.Time{time.Date(z.from, 3, 30, 2, 0, 0, 0, zone)}
			}
			var table strings.Builder
			for _, change := range about {
				fmt.Fprintf(&table, "%s, and a moment before %s\n", change.Format(time.RFC3339), change.Add(-1).Format("15:04:05-07:00"))
				for _, w := range tried {
					fmt.Fprintf(&table, "  %-14s for %-3s ", w.start, w.duration)
					around(t, &table, window(t, w.start, w.duration, z.name), change)
				}
			}
			golden.Compare(t, "testdata", z.name+".txt", table.String())
		})
	}
}

// Go takes the years after its tables for ones of 365 days: leap years end a day
// late.
func TestLeapYearsEnd(t *testing.T) {
	for _, name := range []string{"America/New_York", "Europe/Paris", "Australia/Lord_Howe"} {
		for _, year := range []int{beyond, beyond + 1} {
			for _, start := range []string{"30 0 * * *", "30 13 31 12 *", "0 2 1 1 *"} {
				if difference := differ(window(t, start, "1h", name), time.Date(year, 12, 30, 6, 0, 0, 0, time.UTC), 72*60); difference != "" {
					t.Errorf("%s in %d: %s", start, year, difference)
				}
			}
		}
	}
}

// around writes the openings from 5 hours before a change to 5 hours after, and
// compares as long.
func around(t *testing.T, table *strings.Builder, w Window, change time.Time) {
	t.Helper()
	for at := w.opens(change.Add(-5 * time.Hour)); at.Before(change.Add(5 * time.Hour)); at = w.opens(at) {
		fmt.Fprintf(table, " %s to %s", at.In(w.Zone).Format("2T15:04-07:00"), at.Add(w.Duration).In(w.Zone).Format("15:04-07:00"))
	}
	table.WriteString("\n")
	if difference := differ(w, change.Add(-5*time.Hour), 10*60); difference != "" {
		t.Errorf("%s for %s: %s", w.Start, w.Duration, difference)
	}
}
