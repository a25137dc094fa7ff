package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// slow is a window computed minute by minute, by a person who watches the clock
// on the wall. It shares nothing with the arithmetic, not even cron's parser.
type slow struct {
	start    string
	duration time.Duration
	zone     *time.Location

	shown string // the latest the clock has ever shown
	until time.Time
}

// look goes on to the next minute, and tells whether the window opens then and
// whether it is open.
func (s *slow) look(t time.Time) (opens, open bool) {
	now := reading(t.In(s.zone))
	for s.shown < now { // what the clock shows, and what it has left out
		if s.shown = minuteAfter(s.shown); s.starts() {
			opens, s.until = true, t.Add(s.duration)
		}
	}
	return opens, t.Before(s.until)
}

func watch(w Window, from time.Time) *slow {
	return &slow{start: w.Start.String(), duration: w.Duration, zone: w.Zone, shown: reading(from.Add(-time.Minute).In(w.Zone))}
}

func reading(t time.Time) string { return t.Format("2006-01-02 15:04") }

func minuteAfter(shown string) string {
	t, err := time.Parse("2006-01-02 15:04", shown)
	if err != nil {
		panic(err)
	}
	return reading(t.Add(time.Minute))
}

// starts tells whether the expression names what the clock has shown last.
func (s *slow) starts() bool {
	t, _ := time.Parse("2006-01-02 15:04", s.shown)
	f := strings.Fields(s.start)
	dom, dow := named(f[2], t.Day(), 31), named(f[4], int(t.Weekday()), 6)
	either := f[2] != "*" && f[4] != "*"
	days := dom && dow || either && (dom || dow)
	return days && named(f[0], t.Minute(), 59) && named(f[1], t.Hour(), 23) && named(f[3], int(t.Month()), 12)
}

// named tells whether a field such as "*", "*/15", "1-5" or "1,3" names a number.
func named(field string, n, most int) bool {
	for part := range strings.SplitSeq(field, ",") {
		span, step, stepped := strings.Cut(part, "/")
		from, to := 0, most
		if span != "*" {
			first, last, is := strings.Cut(span, "-")
			from, _ = strconv.Atoi(first)
			to = from
			if is {
				to, _ = strconv.Atoi(last)
			} else if stepped {
				to = most
			}
		} else if most == 31 || most == 12 {
			from = 1
		}
		every := 1
		if stepped {
			every, _ = strconv.Atoi(step)
		}
		if n >= from && n <= to && (n-from)%every == 0 {
			return true
		}
	}
	return false
}

// differ says where the arithmetic and the slow computation differ, for so many
// minutes; "" where they do not. The slow one begins earlier, to know what is
// open.
func differ(w Window, from time.Time, minutes int) string {
	from = from.UTC().Truncate(time.Minute)
	ahead := int(w.Duration/time.Minute) + 1
	at := from.Add(-time.Duration(ahead) * time.Minute)
	s := watch(w, at)
	hours := Hours{Windows: [][]Window{{w}}}
	var awaited time.Time
	for i := range ahead + minutes {
		opens, open := s.look(at)
		if i >= ahead {
			span, _ := hours.Opening(at)
			if got := span.From.Equal(at); got != open {
				return fmt.Sprintf("at %s open is %t, want %t", at.In(w.Zone), got, open)
			}
			if opens && !awaited.IsZero() && !awaited.Equal(at) || !opens && awaited.Equal(at) {
				return fmt.Sprintf("at %s opens: %t; the start awaited was %s", at.In(w.Zone), opens, awaited.In(w.Zone))
			}
			awaited = w.opens(at)
		}
		at = at.Add(time.Minute)
	}
	return ""
}
