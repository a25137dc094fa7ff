package reconciler

import "time"

// partitions are stories of pods that a partition leaves on the old image: none
// that the plan has patched, and none that does not serve.
var partitions = []story{
	{
		name:     "a revert beside a partition heals what the plan brought down",
		restarts: "1 0",
		play: func(w *world) {
			w.pods = pods(2)
			for _, tag := range []string{"v1", "bad", "v1"} {
				w.commit(tag, partition("1"), deadline(20)).run()
			}
		},
	},
	{
		name:     "a revert of what serves beside a partition",
		restarts: "2 2 0 0",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("v1", partition("2")).run()
			w.commit("v2", waves("2 soak 1h"), partition("2"), unavailable("2"))
			w.at(time.Minute, func() { w.commit("v1", partition("2")) }).run()
		},
	},
	{
		name:     "a canary of a partition that is reverted after all, and brought again",
		restarts: "3 3 0 0",
		play: func(w *world) {
			w.pods = pods(4)
			for _, tag := range []string{"v2", "v1", "v2"} {
				w.commit(tag, partition("2")).run()
			}
		},
	},
	{
		name:     "a partition that comes when all was brought and reverted",
		restarts: "2 3 3",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2").run()
			w.commit("v1").run()
			w.commit("v2", partition("1")).run()
		},
	},
	{
		name:     "a partition raised over a pod that the plan brought down",
		restarts: "1 0 0",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v1").run()
			w.commit("bad", deadline(20)).run()
			w.commit("v1", partition("100%")).run()
		},
	},
	{
		name:     "a partition raised over a canary that serves and was never completed",
		restarts: "2 0 0",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v1").run()
			w.commit("v2", waves("1 soak 1h", "100%"))
			w.at(time.Minute, func() { w.commit("v1", partition("100%")) }).run()
		},
	},
	{
		name:     "somebody breaks the pod that a partition keeps",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", partition("1"))
			w.at(time.Minute, func() { w.stray("pod-2", "app:bad", "kubectl-edit") }).run()
		},
	},
	{
		name:     "somebody breaks the pod that a partition keeps, and changes another",
		restarts: "3 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", partition("2"), deadline(60))
			w.at(time.Minute, func() { w.stray("pod-0", "app:v9", "kubectl-edit") })
			w.at(time.Minute, func() { w.probe("pod-1", false); w.probe("pod-2", false) }).run()
		},
	},
	{
		name:     "what a partition keeps is changed, and serves",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", partition("1"))
			w.at(time.Minute, func() { w.stray("pod-2", "app:v0", "kubectl-edit") }).run()
		},
	},
	{
		name:     "what a partition keeps is unready for a while",
		restarts: "1 1 0",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", partition("1"), deadline(60))
			w.at(time.Minute, func() { w.probe("pod-2", false) })
			w.at(100*time.Second, func() { w.probe("pod-2", true) }).run()
		},
	},
	{
		name:     "what a partition keeps is unready for good",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", partition("1"), deadline(60))
			w.at(time.Minute, func() { w.probe("pod-2", false) }).run()
		},
	},
	{
		name:     "the partition's pod crashes for good in the middle",
		restarts: "1 0 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", waves("1 soak 1m", "100%"), partition("1"))
			w.at(30*time.Second, func() { w.breakDown("pod-2") }).run()
		},
	},
}
