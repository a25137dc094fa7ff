package reconciler

import (
	"fmt"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/spec"
)

// driftings are stories of pods that stray from a completed plan. Its passes
// begin 75 s after the quarters of an hour.
var driftings = []story{
	{
		name:     "a pod of a scale-up is corrected at once",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2").at(time.Minute, func() { w.scaleUp() }).run()
		},
	},
	{
		name:     "a pod changed by hand is corrected at the schedule",
		restarts: "1 3",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:02 to 2 03:16:15"}
			w.commit("v2", grace(5), schedule("*/15 * * * *")).at(2*time.Minute, func() { w.stray("pod-1", "app:v9", "kubectl-edit") }).run()
		},
	},
	{
		name:     "drift waits for the schedule and for the window",
		restarts: "3 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:01 to 2 06:00"}
			w.commit("v2", schedule("*/15 * * * *"), window("0 3 * * *", "30s", ""), window("0 6 * * *", "1h", ""))
			w.at(time.Minute, func() { w.stray("pod-0", "app:v9", "kubectl-edit") }).run()
		},
	},
	{
		name:     "drift is reported",
		restarts: "1 2 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:01 to 9 03:00"}
			w.commit("v2", driftMode(spec.DriftReport)).at(time.Minute, func() { w.stray("pod-1", "app:v9", "kubectl-edit") })
			w.at(2*time.Minute, func() { w.scaleUp() }).run()
		},
	},
	{
		name:     "drift is not looked at",
		restarts: "1 2",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:01 to 9 03:00"}
			w.commit("v2", driftMode(spec.DriftOff)).at(time.Minute, func() { w.stray("pod-1", "app:v9", "kubectl-edit") }).run()
		},
	},
	{
		name:     "changed back by hand before the schedule",
		restarts: "1 3",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2", schedule("*/15 * * * *")).at(2*time.Minute, func() { w.stray("pod-1", "app:v9", "kubectl-edit") })
			w.at(3*time.Minute, func() { w.stray("pod-1", "app:v2", "kubectl-edit") }).run()
		},
	},
	{
		name:     "a fight ends with the name of the other writer",
		restarts: "1 8",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2").at(time.Minute, func() { w.fight("pod-1", "app:v9", "flux") }).run()
		},
	},
	{
		name:     "a fight is resumed after its cause is gone",
		restarts: "1 9",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2").at(time.Minute, func() { w.fight("pod-1", "app:v9", "flux") })
			w.at(time.Hour, func() { w.rival = nil; w.ask(ResumePlan, 0) }).run()
		},
	},
	{
		name:     "a fight with a writer that replaces the whole pod",
		restarts: "1 8",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2").at(time.Minute, func() {
				w.fight("pod-1", "app:v9", "kubectl-replace")
				rival := w.rival
				w.rival = func(pod *simPod) {
					rival(pod)
					w.after(4*time.Second, func() { pod.Marks = nil })
				}
			})
			w.run()
		},
	},
	{
		name:     "a fight stands for days, whatever is written meanwhile",
		restarts: "1 10",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2").at(time.Minute, func() { w.fight("pod-1", "app:v9", "flux") })
			w.at(30*time.Hour, func() { w.stray("pod-1", "app:v8", "flux") })
			w.at(70*time.Hour, func() { w.rival = nil; w.ask(ResumePlan, 0) }).run()
		},
	},
	{
		name:     "changed more often than the schedule comes",
		restarts: "1 5",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:02 to 2 03:16:15"}
			w.commit("v2", schedule("*/15 * * * *"))
			for i := range 3 {
				w.at(time.Duration(2+6*i)*time.Minute, func() { w.stray("pod-1", fmt.Sprintf("app:v%d", 7+i), "ci") })
			}
			w.run()
		},
	},
	{
		name:     "changed once a week is no fight",
		restarts: "11",
		play: func(w *world) {
			w.pods = pods(1)
			w.commit("v2")
			for week := range 5 {
				w.at(time.Duration(week+1)*7*24*time.Hour, func() { w.stray("pod-0", "app:v9", "kubectl-edit") })
			}
			w.run()
		},
	},
	{
		name:     "what the partition keeps is no drift",
		restarts: "3 1 0",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", partition("1")).at(time.Minute, func() { w.stray("pod-0", "app:v9", "kubectl-edit") }).run()
		},
	},
	{
		name:     "a correction that fails halts the plan",
		restarts: "2 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2", deadline(20), rollBack)
			w.at(time.Minute, func() { w.stray("pod-0", "app:v9", "kubectl-edit") })
			w.at(time.Minute+500*time.Millisecond, func() { w.jam("pod-0") }).run()
		},
	},
	{
		name:     "a process that was down over a pass",
		restarts: "1 3",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2", schedule("*/15 * * * *")).run()
			w.now = w.now.Add(time.Minute)
			w.stray("pod-1", "app:v9", "kubectl-edit")
			for w.advance(time.Time{}) { // nobody looks
			}
			w.now = march("2 05:05")
			w.run()
		},
	},
	{
		name:     "no longer corrected, so that a person's change stays",
		restarts: "1 2",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:02 to 9 03:00"}
			w.commit("v2", schedule("*/15 * * * *")).at(2*time.Minute, func() { w.stray("pod-1", "app:v9", "kubectl-edit") })
			w.at(3*time.Minute, func() { w.commit("v2", driftMode(spec.DriftOff)) }).run()
		},
	},
	{
		name:     "first left alone, then corrected again",
		restarts: "1 3",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:01 to 2 03:20"}
			w.commit("v2", driftMode(spec.DriftOff)).at(2*time.Minute, func() { w.stray("pod-1", "app:v9", "kubectl-edit") })
			w.at(20*time.Minute, func() { w.commit("v2", schedule("*/15 * * * *")) }).run()
		},
	},
	{
		name:     "a freeze and another wave beside drift that is left",
		restarts: "1 3",
		play: func(w *world) {
			w.pods = pods(2)
			w.closed = []string{"2 03:01 to 4 03:00"}
			w.commit("v2", driftMode(spec.DriftReport)).at(2*time.Minute, func() { w.stray("pod-1", "app:v9", "kubectl-edit") })
			frozen := freeze("3 00:00", "4 03:00")
			w.at(time.Hour, func() { w.commit("v2", driftMode(spec.DriftReport), frozen) })
			w.at(2*time.Hour+24*time.Hour, func() { w.commit("v2", driftMode(spec.DriftReport), frozen, waves("50%")) }).run()
		},
	},
	{
		name:     "a fight outlasts another schedule",
		restarts: "1 8",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2").at(time.Minute, func() { w.fight("pod-1", "app:v9", "flux") })
			w.at(time.Hour, func() { w.commit("v2", schedule("*/15 * * * *")) }).run()
		},
	},
	{
		name:     "drift and a new commit",
		restarts: "2 3",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2", schedule("*/15 * * * *")).at(2*time.Minute, func() { w.stray("pod-1", "app:v9", "kubectl-edit") })
			w.at(3*time.Minute, func() { w.commit("v3", schedule("*/15 * * * *")) }).run()
		},
	},
}

func driftMode(mode string) option {
	return func(s *spec.PlanSpec) { s.Drift = &spec.Drift{Mode: mode} }
}

func schedule(text string) option {
	return func(s *spec.PlanSpec) {
		cron, err := calendar.ParseCron(text)
		if err != nil {
			panic(err)
		}
		s.Drift = &spec.Drift{Schedule: cron}
	}
}

// scaleUp makes one more pod, on the old image.
func (w *world) scaleUp() {
	n := len(w.pods)
	pod := pods(n + 1)[n]
	pod.Containers[0].Writer, pod.Containers[0].WrittenAt = "kube-controller-manager", w.now.Truncate(time.Second)
	w.pods = append(w.pods, pod)
	w.tell("pod    %s is made", pod.Name)
}

// fight has another writer change a pod, and again five seconds after each of
// our patches.
func (w *world) fight(name, image, writer string) {
	w.rival = func(pod *simPod) {
		if pod.Name == name {
			w.after(5*time.Second, func() { w.stray(name, image, writer) })
		}
	}
	w.stray(name, image, writer)
}
