package report

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/spec"
)

// openingsShown is how many openings a timetable lists.
const openingsShown = 5

// Timetable tells whether a plan may start pods now, and the coming openings: by
// the plan's clock, which is that of its first window, and by the viewer's.
func Timetable(plan spec.Key, hours calendar.Hours, now time.Time, viewer *time.Location) (text string, open bool) {
	var b strings.Builder
	span, _ := hours.Opening(now)
	open = hours.Open(now)
	freeze, frozen := hours.Frozen(now)
	zone := hours.Zone()
	switch {
	case open && span.To.IsZero():
		return fmt.Sprintf("%s: open, and never closes\n", plan), open
	case span.From.IsZero():
		return fmt.Sprintf("%s: closed, and no opening is in sight; its windows and the operator's do not meet\n", plan), open
	case open:
		fmt.Fprintf(&b, "%s: open until %s%s\n", plan, atLeast(span), span.To.In(zone).Format(time.RFC3339))
	case frozen:
		fmt.Fprintf(&b, "%s: closed, %s\n", plan, Visible(freeze.String()))
	default:
		fmt.Fprintf(&b, "%s: closed\n", plan)
	}
	writeOpenings(&b, hours, now, []*time.Location{zone, viewer})
	return b.String(), open
}

// writeOpenings has a column for each zone, once.
func writeOpenings(b *strings.Builder, hours calendar.Hours, now time.Time, zones []*time.Location) {
	if zones[0].String() == zones[1].String() {
		zones = zones[:1]
	}
	w := tabwriter.NewWriter(b, 0, 0, 4, ' ', 0)
	row := func(cell func(*time.Location) string) {
		var cells []string
		for _, zone := range zones {
			cells = append(cells, "  "+cell(zone))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	row((*time.Location).String)
	at := now
	for range openingsShown {
		span, _ := hours.Opening(at)
		if span.From.IsZero() {
			break
		}
		row(func(zone *time.Location) string { return spanIn(span, zone) })
		if at = span.To; at.IsZero() || span.More {
			break
		}
	}
	_ = w.Flush() // a Builder takes everything
}

// spanIn writes a span by a zone's clock; the day of its end only where it is another.
func spanIn(span calendar.Span, zone *time.Location) string {
	const day, clock = "Mon 2006-01-02", "15:04 -07:00"
	from, to := span.From.In(zone), span.To.In(zone)
	text := from.Format(day + " " + clock)
	switch {
	case span.To.IsZero():
		return text + " on"
	case from.Format(day) == to.Format(day):
		return text + " to " + atLeast(span) + to.Format(clock)
	}
	return text + " to " + atLeast(span) + to.Format(day+" "+clock)
}

// atLeast goes before the end of a span that is longer than was looked: of windows
// that follow each other without a gap.
func atLeast(span calendar.Span) string {
	if span.More {
		return "at least "
	}
	return ""
}
