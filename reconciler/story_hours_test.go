package reconciler

import (
	"encoding/json"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/spec"
)

// hours are stories of windows and freezes. They begin on a Monday at 3:00.
var hours = []story{
	{
		name:     "a window closes in the middle and opens again the next day",
		restarts: "1 1 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			w.closed = []string{"2 03:00 to 2 04:00", "2 04:00:20 to 3 04:00"}
			w.commit("v2", grace(5), minReady(2), window("0 4 * * *", "20s", "")).run()
		},
	},
	{
		name:     "a window that the clocks leave out",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:00 to 29 01:00"}
			w.commit("v2", window("30 2 29 * *", "1h", "Europe/Paris")).run()
		},
	},
	{
		name:     "windows of the plan and of the operator",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.operator = times(window("0 6 * * *", "1h", ""))
			w.closed = []string{"2 03:00 to 2 06:00"}
			w.commit("v2", window("0 4 * * *", "4h", "")).run()
		},
	},
	{
		name:     "windows that never meet",
		restarts: "0 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.operator = times(window("0 6 * * *", "1h", ""))
			w.commit("v2", window("0 4 * * *", "1h", ""))
			for range 100 { // it is looked for again, but not in this test
				again, _ := w.look()
				if !again && !w.advance(time.Time{}) {
					return
				}
			}
		},
	},
	{
		name:     "a process that was down over a whole window",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.now = march("2 05:00") // the window opened and closed before
			w.closed = []string{"2 05:00 to 3 04:00"}
			w.commit("v2", window("0 4 * * *", "1h", "")).run()
		},
	},
	{
		name:     "a freeze over a window in the middle of a roll-out",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.closed = []string{"2 03:00:10 to 3 03:00"}
			w.commit("v2", grace(5), window("0 3 * * *", "1h", ""), window("0 4 * * *", "1h", ""), freeze("2 03:00:10", "2 06:00")).run()
		},
	},
	{
		name:     "a revert waits for no window",
		restarts: "2 0",
		play: func(w *world) {
			w.pods = pods(2)
			nightly := window("0 4 * * *", "8s", "")
			w.commit("v1", nightly).run()
			w.commit("v2", grace(5), minReady(5), nightly).at(70*time.Minute, func() { w.commit("v1", grace(5), nightly) }).run()
		},
	},
	{
		name:     "a roll-back waits for the end of a freeze and for no window",
		restarts: "2 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v1").run()
			w.operator.Freezes = []calendar.Freeze{{From: march("2 03:00:05"), To: march("2 09:00"), Reason: "year end"}}
			w.closed = []string{"2 03:00:05 to 2 09:00"}
			w.commit("crash", deadline(20), rollBack, window("0 3 * * *", "1h", "")).run()
		},
	},
	{
		name:     "approved by day for the night",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:00 to 2 22:00", "2 22:01 to 3 22:00"}
			w.commit("v2", waves("1 approval", "100%"), window("0 22 * * *", "1m", ""))
			w.at(30*time.Hour, func() { w.ask(Approve, 1) }).run()
		},
	},
}

// window is one more of the plan's.
func window(start, duration, zone string) option {
	return func(s *spec.PlanSpec) {
		text, _ := json.Marshal(map[string]string{"start": start, "duration": duration, "timeZone": zone})
		var w calendar.Window
		if err := json.Unmarshal(text, &w); err != nil {
			panic(err)
		}
		s.Windows = append(s.Windows, w)
	}
}

func freeze(from, to string) option {
	return func(s *spec.PlanSpec) {
		s.Freezes = append(s.Freezes, calendar.Freeze{From: march(from), To: march(to), Reason: "year end"})
	}
}

// times are windows and freezes for an operator.
func times(options ...option) calendar.Hours {
	var s spec.PlanSpec
	for _, option := range options {
		option(&s)
	}
	return s.Hours()
}
