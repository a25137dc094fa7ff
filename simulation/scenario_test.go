package simulation

import (
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/spec"
)

const (
	stormTime = 5 * time.Minute  // faults and people
	calmTime  = 6 * time.Minute  // from here the world is healthy
	quietTime = 6 * time.Minute  // longer than anything the loop may wait for
	patience  = 40 * time.Minute // by then every run is quiet, or waits at each opening of a window
	silence   = time.Hour        // in which nothing may be written
)

// weathers are the faults that strike by chance, each with how many times out
// of a thousand occasions in a bad run.
var weathers = map[string]int{
	"throttled": 100, "internal error": 60, "answer lost": 60, "write after its timeout": 500,
	"slow request": 60, "slow answer": 30, "informer lags": 150, "write denied": 60,
	"dies before a write": 30, "dies after a write": 30, "dies before a save": 20, "dies after a save": 20,
	"dies before a mirror": 60, "dies after a mirror": 60, "dies before a heed": 100, "dies after a heed": 100, "write invalid": 30, "slow disruption controller": 200,
	"controller lags": 150, "dies before a step": 60, "dies after a step": 60,
	"dies before a removal": 200, "dies after a removal": 200,
	"pod refused": 200, "slow end": 150,
	"kubelet slow to notice": 200, "stale status": 150, "slow pull": 200, "patch not acted on": 30, "never scheduled": 150,
	"source unread after a start": 300, "GitHub is down": 100,
}

// forecast makes each kind of fault absent, seldom or frequent in a run.
func (w *world) forecast() map[string]int {
	weather := map[string]int{}
	for kind, permille := range weathers {
		switch w.pick("weather", kind, 6) {
		case 0:
			weather[kind] = permille
		case 1, 2:
			weather[kind] = max(1, permille/5)
		}
	}
	return weather
}

// cast makes up the cluster and its first plans.
func (w *world) cast() {
	for i := range 1 + w.pick("nodes", "", 4) {
		w.nodes = append(w.nodes, &node{name: "node-" + itoa(i), zone: "zone-" + itoa(i%2), ready: true, names: map[string]string{}})
	}
	w.rewrites = w.odds("webhook", "", 20)
	kinds := []string{"Deployment", "Deployment", "Deployment", "StatefulSet", "Pod"}
	lobby := w.employ("lobby", one(&w.chance, "kind", "lobby", kinds...))
	plans := []spec.Plan{w.plan("lobby", lobby, "server", w.image("first"))}
	if w.odds("second plan", "", 300) {
		plans = append(plans, w.plan("lobby-log", lobby, "log", w.image("log")))
		w.count("two plans for one pod")
	}
	if w.odds("second workload", "", 250) {
		other := w.employ("other", one(&w.chance, "kind", "other", kinds...))
		plans = append(plans, w.plan("other", other, "server", w.image("other")))
	}
	w.operator.Windows = [][]calendar.Window{w.windows("operator", 100)}
	if w.odds("operator's freeze", "", 100) {
		w.operator.Freezes = []calendar.Freeze{w.freeze("operator")}
		w.count("operator's freeze")
	}
	w.protect()
	w.git.push("a", "first commit", plans)
	w.git.push("b", "first commit", nil)
}

// employ makes a workload and its pods.
func (w *world) employ(name, kind string) *workload {
	gates := w.pick("gates", name, 4)
	work := &workload{
		name: name, kind: kind, replicas: 1 + w.pick("replicas", name, 6),
		stateful: kind == "StatefulSet", stop: one(&w.chance, "stop", name, 10*time.Second, 30*time.Second), slow: w.odds("graceful", name, 200),
		gated:     func(n int) bool { return gates > 1 || gates == 1 && n%2 == 0 },
		rewritten: true,
		minReady:  one(&w.chance, "minReadySeconds", name, 0, 0, 0, 5*time.Second, 12*time.Second),
	}
	if w.odds("large", name, 10) {
		work.replicas += w.pick("replicas", "large", 20)
	}
	if w.odds("init", name, 150) {
		work.boxes = append(work.boxes, box{name: "setup", image: registry + "app:v1", init: true})
		w.count("init container")
	}
	work.boxes = append(work.boxes, box{name: "log", image: registry + "app:v1", sidecar: w.odds("sidecar", name, 500)})
	if work.boxes[len(work.boxes)-1].sidecar {
		w.count("native sidecar")
	}
	work.boxes = append(work.boxes, box{name: "server", image: registry + "app:v1"})
	if w.odds("startup probe", name, 500) {
		work.boxes[len(work.boxes)-1].startup = true
		w.count("startup probe")
	}
	w.count("workload of kind " + kind)
	w.workloads = append(w.workloads, work)
	work.found(w)
	for range work.replicas {
		w.bear(work)
	}
	return work
}

// heal ends all faults: from here patchwave must bring everything to an end.
func (w *world) heal() {
	w.tell("the world is healthy from here")
	w.calm, w.rewrites = true, false
	if w.process != nil {
		w.process.skew = 0
	}
	for _, n := range w.nodes {
		n.jam = false
		w.find(n)
	}
	for _, p := range w.living() {
		w.schedule(p)
		w.stays(p)
	}
	for _, work := range w.workloads {
		w.liftQuota(work)
	}
	w.resumeAll()
	if w.odds("fix", "", 700) {
		w.fix()
	}
}

// fix commits good images in all plans.
func (w *world) fix() {
	w.fixed = true
	for _, source := range sources {
		var plans []spec.Plan
		for _, plan := range w.git.tips[source].plans {
			plan.Spec.Images = []spec.Image{{Container: plan.Spec.Images[0].Container, Image: registry + one(&w.chance, "fix", plan.Metadata.Name, "app:v1", "app:v6", "app:v6x")}}
			plan.Spec.Suspend = nil
			plans = append(plans, plan)
		}
		w.git.push(source, "fix", plans)
	}
}
