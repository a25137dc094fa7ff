// Package calendar says when pods may be started: in windows that recur by the
// clocks of a time zone, and not in a freeze. It is pure arithmetic: the time is
// an argument, and the same at any time gives the same answer.
//
// On the days clocks change a window opens at the first moment at which the
// clock shows its start or a later time. So a start that does not exist that
// day comes at the first moment after, and one that comes twice comes once.
package calendar

import "time"

// Hours are when pods may be started: while a window of every list is open, a
// list of none being always open, and no freeze stands.
type Hours struct {
	Windows [][]Window
	Freezes []Freeze
}

// Freeze is a span of time in which no pod is started.
type Freeze struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"` // the first moment after
	Reason string    `json:"reason,omitempty"`
}

// stands tells whether the freeze holds at t.
func (f Freeze) stands(t time.Time) bool { return !t.Before(f.From) && t.Before(f.To) }

// And are the hours in which both agree.
func (h Hours) And(other Hours) Hours {
	return Hours{
		Windows: append(h.Windows[:len(h.Windows):len(h.Windows)], other.Windows...),
		Freezes: append(h.Freezes[:len(h.Freezes):len(h.Freezes)], other.Freezes...),
	}
}

// Open tells whether pods may be started at t.
func (h Hours) Open(t time.Time) bool {
	_, closed := h.closed(t)
	return !closed
}

// Frozen is the freeze that stands at t, of several the one that ends last.
func (h Hours) Frozen(t time.Time) (longest Freeze, frozen bool) {
	for _, f := range h.Freezes {
		if f.stands(t) && f.To.After(longest.To) {
			longest, frozen = f, true
		}
	}
	return longest, frozen
}

// Bounds of the search for lists of windows that hardly meet, or never close: it
// has to be over within milliseconds.
const (
	mostSteps = 2000 // to an opening: of daily windows 2 years or more
	mostYears = 10   // to an opening of rare windows
	mostJoins = 50   // windows that follow each other without a gap
)

// Opening is the span in which pods may be started that t lies in, or else the
// next one. One that lasts for ever has no end; where none is found, both are
// zero, and looked is until when there is certainly none.
func (h Hours) Opening(t time.Time) (span Span, looked time.Time) {
	at, last := t, t.AddDate(mostYears, 0, 0)
	if freeze, frozen := h.Frozen(t); frozen {
		last = freeze.To.AddDate(mostYears, 0, 0)
	}
	for range mostSteps {
		next, closed := h.closed(at)
		switch {
		case !closed:
			to, more := h.end(at)
			return Span{at, to, more}, time.Time{}
		case next.IsZero():
			return Span{}, time.Time{}
		case next.After(last):
			return Span{}, next
		}
		at = next
	}
	return Span{}, at
}

// Span is from a moment until before another, which is zero for never. Where there
// is More it goes on: it was looked no further.
type Span struct {
	From, To time.Time
	More     bool
}

// closed tells whether nothing may be started at t, and until when at least;
// zero for ever.
func (h Hours) closed(t time.Time) (until time.Time, closed bool) {
	if freeze, frozen := h.Frozen(t); frozen {
		return freeze.To, true
	}
	for _, list := range h.Windows {
		if len(list) > 0 && windows(list).closes(t).IsZero() {
			return windows(list).opens(t), true
		}
	}
	return time.Time{}, false
}

// end is when the span ends that is open at t, or how far it was looked.
func (h Hours) end(t time.Time) (to time.Time, more bool) {
	for range mostJoins {
		if t = h.open(t); t.IsZero() || !h.Open(t) {
			return t, false
		}
	}
	return t, true
}

// open is until when at least all is open that is at t; zero for ever.
func (h Hours) open(t time.Time) (until time.Time) {
	for _, list := range h.Windows {
		if len(list) > 0 {
			until = earlier(until, windows(list).closes(t))
		}
	}
	for _, f := range h.Freezes {
		if f.From.After(t) && f.To.After(f.From) {
			until = earlier(until, f.From)
		}
	}
	return until
}

// Zone is that of the first window, UTC without one.
func (h Hours) Zone() *time.Location {
	for _, list := range h.Windows {
		if len(list) > 0 {
			return list[0].Zone
		}
	}
	return time.UTC
}

// String says until when all is frozen, and why.
func (f Freeze) String() string {
	text := "frozen until " + f.To.Format(time.RFC3339)
	if f.Reason != "" {
		text += ": " + f.Reason
	}
	return text
}
