package reconciler

import (
	"time"

	"github.com/patchwave/patchwave/spec"
)

// withdrawals are stories of plans that a commit deletes before they were completed:
// that is their roll-back.
var withdrawals = []story{
	{
		name:     "the first commit is bad, and its revert deletes the plan",
		restarts: "1 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.templates("app:v1")
			w.commit("bad", deadline(20)).at(time.Minute, w.withdraw).run()
		},
	},
	{
		name:     "bare pods of a deleted plan go back to where the series began",
		restarts: "2 0 0",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", waves("1 soak 1h", "100%"))
			w.at(time.Minute, func() { w.commit("bad", deadline(20)) })
			w.at(2*time.Minute, w.withdraw).run()
		},
	},
	{
		name:     "a plan deleted in the middle of its waves",
		restarts: "2 2 0 0",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("v2", waves("50% soak 1h", "100%"), grace(10), minReady(5)).at(5*time.Minute, w.withdraw).run()
		},
	},
	{
		name:     "a completed plan is deleted",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2").at(time.Minute, w.withdraw).run()
		},
	},
	{
		name:     "a plan deleted after a bad commit goes back to what was completed",
		restarts: "2 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.templates("app:v1")
			w.commit("v2").run()
			w.commit("bad", deadline(20)).at(time.Minute, w.withdraw).run()
		},
	},
	{
		name:     "a deleted plan is back in the middle",
		restarts: "1 3 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("v2", waves("50% soak 1h", "100%"), unavailable("1"))
			w.at(10*time.Minute, w.withdraw)
			w.at(10*time.Minute+500*time.Millisecond, func() { w.commit("v2", unavailable("1")) }).run()
		},
	},
	{
		name:     "what a deleted plan said of time is gone with it",
		restarts: "1 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("bad", deadline(20), window("0 3 * * *", "1m", ""), freeze("2 03:01", "3 03:00"))
			w.at(30*time.Minute, w.withdraw).run()
		},
	},
	{
		name:     "a deleted plan waits for the end of the operator's freeze",
		restarts: "1 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.operator = times(freeze("2 03:01", "2 05:00"))
			w.closed = []string{"2 03:01 to 2 05:00"}
			w.commit("bad", deadline(20)).at(30*time.Minute, w.withdraw).run()
		},
	},
	{
		name:     "a deleted plan waits for the person who suspended it",
		restarts: "1 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("bad", deadline(20)).at(time.Minute, func() { w.ask(SuspendPlan, 0) })
			w.at(2*time.Minute, w.withdraw)
			w.at(time.Hour, func() { w.ask(ResumePlan, 0) }).run()
		},
	},
	{
		name:     "a plan that Git suspends is deleted",
		restarts: "1 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("bad", deadline(20)).run()
			w.commit("bad", deadline(20), func(s *spec.PlanSpec) { s.Suspend = &spec.Suspend{Reason: "INC-231"} })
			w.at(time.Minute, w.withdraw).run()
		},
	},
	{
		name:     "what somebody wrote over a bad image stays when the plan is deleted",
		restarts: "1 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("bad", deadline(20)).at(time.Minute, func() { w.stray("pod-0", "app:v9", "kubectl-edit") })
			w.at(2*time.Minute, w.withdraw).run()
		},
	},
	{
		name:     "putting back fails, and is tried again",
		restarts: "1 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("bad", deadline(20)).at(time.Minute, func() { w.jam("pod-0"); w.withdraw() })
			w.at(2*time.Minute, func() { w.unjam("pod-0"); w.ask(Retry, 0) }).run()
		},
	},
	{
		name:     "a plan deleted while it rolls back",
		restarts: "2 2 0",
		play: func(w *world) {
			w.pods = pods(3)
			w.templates("app:v1")
			w.commit("v2", waves("2 soak 1h", "100%"), unavailable("1"), rollBack, deadline(20))
			w.at(time.Minute, func() { w.breakDown("pod-0") })
			w.at(80*time.Second+100*time.Millisecond, w.withdraw).run()
		},
	},
	{
		name:     "a plan deleted while another's budget is spent",
		restarts: "2 2 0 0",
		play: func(w *world) {
			w.pods = pods(4)
			other := pods(5)[4]
			w.budgets = func() []Budget { return []Budget{w.budget("games", 3, 4, other.Pod)} }
			w.commit("v2", waves("2 soak 1h", "100%"))
			w.at(time.Minute, func() { other.Gate.Closed = true; w.withdraw() })
			w.at(10*time.Minute, func() { other.Gate.Closed = false }).run()
		},
	},
}

// withdraw has a good commit no longer have the plan.
func (w *world) withdraw() {
	w.tell("the plan is deleted")
	w.plan.Withdrawn, w.plan.Revision = true, "main@sha1:gone"
}
