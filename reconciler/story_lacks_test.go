package reconciler

import (
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// lacks are stories of pods that are wanted and not there, or do not come up.
var lacks = []story{
	{
		name:     "a pod that a quota keeps away",
		restarts: "1 1 1",
		play: func(w *world) {
			all := pods(3)
			w.pods, w.wants = all[:2], 3
			w.commit("v2", unavailable("1"))
			w.at(5*time.Minute, func() { w.pods = all }).run()
		},
	},
	{
		name:     "a workload that stays below its number",
		restarts: "1 1 0",
		play: func(w *world) {
			all := pods(3)
			all[2].onImage("app:v2").observed()
			w.pods, w.wants = all[:2], 5
			w.commit("v2", unavailable("100%"))
			w.at(5*time.Minute, func() { w.pods = all })
			w.at(10*time.Minute, func() { w.wants = 3 }).run()
		},
	},
	{
		name:     "a pod is evicted in the middle and made anew",
		restarts: "1 1 1 1",
		play: func(w *world) {
			w.pods, w.wants = pods(4), 4
			w.commit("v2", unavailable("1"))
			w.at(500*time.Millisecond, func() { w.pods = w.pods[:3] })
			w.at(5*time.Minute, func() { w.pods = append(w.pods, pods(4)[3]) }).run()
		},
	},
	{
		name:     "scaled up while pods are refused",
		restarts: "1 1 1 1 1 1",
		play: func(w *world) {
			w.pods, w.wants = pods(4), 4
			w.commit("v2", unavailable("25%"))
			w.at(1500*time.Millisecond, func() { w.wants = 6 })
			w.at(5*time.Minute, func() { w.pods = append(w.pods, pods(6)[4:]...) }).run()
		},
	},
	{
		name: "no pod at all though some are wanted",
		play: func(w *world) { w.wants = 2; w.commit("v2").run() },
	},
	{
		name:     "a canary that failed proves nothing",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", waves("1 soak 1m", "100%"), deadline(20), tolerate(1)).at(0, func() { w.jam("pod-0") })
			w.at(10*time.Minute, func() { w.unjam("pod-0") }).run()
		},
	},
	{
		name:     "a workload that is down at once gets an unproved image wave by wave",
		restarts: "0 0 0 0",
		play: func(w *world) {
			w.pods = pods(4)
			for _, pod := range w.pods {
				w.breakDown(pod.Name)
			}
			w.commit("bad", waves("1", "100%"), deadline(20), tolerate(1), unavailable("100%")).run()
		},
	},
	{
		name:     "pods that no node takes are not missed",
		restarts: "1 1 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			w.pods[0].pending()
			w.pods[1].pending().onImage("app:v2")
			w.commit("v2", waves("1", "50%", "100%"), deadline(20), unavailable("3"))
			w.at(time.Hour, func() { w.schedule("pod-0"); w.schedule("pod-1") }).run()
		},
	},
	{
		name:     "pods that no node takes use the budget",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.pods[1].pending()
			w.commit("v2", unavailable("1"), deadline(20))
			w.at(time.Hour, func() { w.schedule("pod-1") }).run()
		},
	},
	{
		name:     "a pod about to be taken away is left alone",
		restarts: "1 0 1",
		play: func(w *world) {
			w.pods = pods(3)
			leaving(w.pods[1])
			w.commit("v2", unavailable("2")).run()
		},
	},
	{
		name:     "a StatefulSet's ordinals beyond nine",
		restarts: "1 1 1 1 1 1 1 1 1 1 1 1",
		play: func(w *world) {
			w.pods = pods(12)
			w.commit("v2", waves("2", "100%"), unavailable("4"), func(s *spec.PlanSpec) { s.Target.Kind = "StatefulSet" }).run()
		},
	},
	{
		name:     "the workload wants its pods Ready for longer",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			for _, pod := range w.pods {
				wantsReady(45*time.Second, pod)
			}
			w.commit("v2", minReady(5)).run()
		},
	},
}

func tolerate(failures int) option { return func(s *spec.PlanSpec) { s.MaxFailures = failures } }

// schedule gives a pending pod a node.
func (w *world) schedule(name string) {
	pod := w.pod(name)
	pod.Node, pod.NodeReady, pod.Begun, pod.Unscheduled = "node-0", true, w.now.Truncate(time.Second), ""
	w.tell("node-0 takes %s", name)
	w.sync(pod)
}

// ownedBy makes the pods those of a ReplicaSet, whose template names these images.
func ownedBy(name string, wanted int, images []spec.Image, observed Observed) Observed {
	for i := range observed.Pods {
		observed.Pods[i].Owner = "uid-" + name
	}
	observed.Owners = append(observed.Owners, align.Owner{Kind: "ReplicaSet", Name: name, UID: "uid-" + name, Observed: true, Wanted: wanted, Images: images})
	return observed
}
