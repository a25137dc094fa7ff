package simulation

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// late is how long after a look its writes may be sent.
const late = 4 * time.Second

// windows open every few minutes, so that no plan waits for long once the storm
// is over.
func (w *world) windows(name string, permille int) []calendar.Window {
	if !w.odds("windows", name, permille) {
		return nil
	}
	w.count("windows")
	zone, err := calendar.Zone(one(&w.chance, "zone", name, "UTC", "Asia/Kolkata", "America/New_York"))
	if err != nil {
		panic(err)
	}
	return []calendar.Window{one(&w.chance, "window", name,
		calendar.Window{Start: w.cron("*/2 * * * *"), Duration: time.Minute, Zone: zone},
		calendar.Window{Start: w.cron("*/3 * * * *"), Duration: 2 * time.Minute, Zone: zone},
		calendar.Window{Start: w.cron("1-59/4 * * * *"), Duration: 150 * time.Second, Zone: zone},
		calendar.Window{Start: w.cron("2-59/5 * * * *"), Duration: 4 * time.Minute, Zone: zone},
	)}
}

func (w *world) cron(text string) calendar.Cron {
	c, err := calendar.ParseCron(text)
	if err != nil {
		panic(err)
	}
	return c
}

// freeze is of some time from now on, and over before the storm is long past.
func (w *world) freeze(name string) calendar.Freeze {
	from := time.Now().Add(w.span("freeze from", name, 0, 90*time.Second))
	return calendar.Freeze{From: from, To: from.Add(w.span("freeze for", name, time.Second, 2*time.Minute)), Reason: "year end"}
}

func (w *world) pushFreeze() bool {
	return w.amend("freeze in Git", func(s *spec.PlanSpec) { s.Freezes = []calendar.Freeze{w.freeze("git")} })
}

// goAway has no process for longer than any window lasts.
func (w *world) goAway() bool {
	if w.process == nil || w.started > mostDeaths {
		return false
	}
	w.outage = w.span("outage", "process", 2*time.Minute, 4*time.Minute)
	w.process.die("nobody starts another one for " + w.outage.String())
	return true
}

// hours5: nothing is started outside the windows of plan and operator, nor in a
// freeze of either. What goes back to what was completed waits for no window.
func (p *process) hours5(action reconciler.Action, d *decision) {
	if time.Since(p.jumped) < late {
		return
	}
	now := time.Now().Add(p.skew)
	own := d.plan.Spec
	if d.plan.Withdrawn { // what it said of time went with it
		own.Freezes, own.Windows = nil, nil
	}
	for _, f := range slices.Concat(own.Freezes, p.operator.Freezes) {
		if !now.Add(-late).Before(f.From) && now.Before(f.To) {
			p.breaks("5 time", "pod %s is started in a freeze from %s to %s", action.Pod.Name, f.From, f.To)
		}
	}
	for _, list := range append([][]calendar.Window{own.Windows}, p.operator.Windows...) {
		is := func(w calendar.Window) bool { return open(w, now) || open(w, now.Add(-late)) }
		if len(list) > 0 && !slices.ContainsFunc(list, is) && !goesBack(action, d) {
			p.breaks("5 time", "pod %s is started outside window %s for %s in %s", action.Pod.Name, list[0].Start, list[0].Duration, list[0].Zone)
		}
	}
}

// goesBack tells whether an attempt brings back what was completed, and is not
// the one that was.
func goesBack(action reconciler.Action, d *decision) bool {
	last := d.observed.Status.LastCompleted
	return action.Try.RollBack || last != nil && slices.Equal(last.Images, d.plan.Spec.Images) && !isCompleted(action, d)
}

// isCompleted tells whether the attempt that is acted for was completed before:
// what is started now has drifted.
func isCompleted(action reconciler.Action, d *decision) bool {
	attempt := d.observed.Status.Attempt
	return attempt.Result == reconciler.Completed && attempt.Try == action.Try
}

// open looks back minute by minute for a start.
func open(w calendar.Window, now time.Time) bool {
	for at := now.Truncate(time.Minute); now.Sub(at) < w.Duration; at = at.Add(-time.Minute) {
		if starts(w.Start, at.In(w.Zone).Minute()) {
			return true
		}
	}
	return false
}

// starts reads "*/3 * * * *" and "1-59/4 * * * *".
func starts(c calendar.Cron, minute int) bool {
	field, _, _ := strings.Cut(c.String(), " ")
	span, step, _ := strings.Cut(field, "/")
	text, _, _ := strings.Cut(span, "-")
	first, _ := strconv.Atoi(text) // 0 for *
	every, _ := strconv.Atoi(step)
	return minute >= first && (minute-first)%every == 0
}
