package calendar

import (
	"encoding/json"
	"fmt"
	"time"
)

// Window opens at each start, and closes a duration later. By arithmetic: there
// is nothing to miss while a process is down.
type Window struct {
	Start    Cron
	Duration time.Duration  // as it passes, whatever the clocks do meanwhile
	Zone     *time.Location // of Start
}

// written is a window as a plan has it.
type written struct {
	Start    Cron   `json:"start"`
	Duration string `json:"duration"`
	TimeZone string `json:"timeZone,omitempty"` // default: UTC
}

// MarshalJSON writes the window as a plan has it.
func (w Window) MarshalJSON() ([]byte, error) {
	text := written{Start: w.Start, Duration: w.Duration.String()}
	if w.Zone != time.UTC {
		text.TimeZone = w.Zone.String()
	}
	return json.Marshal(text)
}

// UnmarshalJSON reads a window as a plan has it.
func (w *Window) UnmarshalJSON(text []byte) error {
	var read written
	err := json.Unmarshal(text, &read)
	if err == nil {
		w.Start = read.Start
		w.Duration, err = time.ParseDuration(read.Duration)
	}
	if err == nil {
		w.Zone, err = Zone(read.TimeZone)
	}
	if err != nil {
		return fmt.Errorf("reading a window: %w", err)
	}
	return nil
}

// mostStarts bounds a search within one duration. A window that overlaps itself is
// refused at load; one in a forged record shall not keep everybody waiting.
const mostStarts = 10_000

// closes is when the window that is open at t closes; zero where none is.
func (w Window) closes(t time.Time) time.Time {
	last, starts := time.Time{}, 0
	for at := w.opens(t.Add(-w.Duration)); !at.IsZero() && !at.After(t) && starts < mostStarts; at = w.opens(at) {
		last = at.Add(w.Duration)
		starts++
	}
	return last
}

// opens is the first start after t.
func (w Window) opens(t time.Time) time.Time { return w.Start.Next(t, w.Zone) }

// windows are of one list: one of them is enough.
type windows []Window

// closes is when the last of those that are open at t closes; zero where none is.
func (all windows) closes(t time.Time) time.Time {
	last := time.Time{}
	for _, w := range all {
		if at := w.closes(t); at.After(last) {
			last = at
		}
	}
	return last
}

// opens is the first start of any after t.
func (all windows) opens(t time.Time) time.Time {
	first := time.Time{}
	for _, w := range all {
		first = earlier(first, w.opens(t))
	}
	return first
}

// earlier is the earlier of two times, the zero time being never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
