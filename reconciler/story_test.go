package reconciler

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/golden"
	"github.com/patchwave/patchwave/spec"
)

// story is a plan, a cluster and what happens to them.
type story struct {
	name string
	play func(w *world)
	// restarts of each pod at the end, whatever the order and the crashes.
	restarts string
}

var stories = slices.Concat(rollOuts, lacks, partitions, withdrawals, hours, driftings)

var rollOuts = []story{
	{
		name:     "good image in three waves",
		restarts: "1 1 1 1 1 1",
		play:     func(w *world) { w.pods = pods(6); w.commit("v2", waves("1", "50%", "100%")).run() },
	},
	{
		name:     "with grace and soak",
		restarts: "1 1 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("v2", waves("1 soak 1m", "100%"), grace(10), minReady(5)).run()
		},
	},
	{
		name:     "bad image halts and its revert heals",
		restarts: "2 1 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("v2", waves("1 soak 1m", "100%"), deadline(20)).run()
			w.commit("bad", waves("1 soak 1m", "100%"), deadline(20)).run()
			w.commit("v2", waves("1 soak 1m", "100%"), deadline(20)).run()
		},
	},
	{
		name:     "a revert to what was never completed waits for no soak",
		restarts: "2 1 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			good := func() { w.commit("v2", waves("1 soak 30m", "50% soak 1h", "100%"), deadline(20)) }
			good()
			w.at(40*time.Minute, func() { w.commit("bad", waves("1 soak 30m", "50% soak 1h", "100%"), deadline(20)) })
			w.at(50*time.Minute, good).run()
		},
	},
	{
		name:     "a revert to what was never completed waits for no approval",
		restarts: "2 1 0 0",
		play: func(w *world) {
			w.pods = pods(4)
			inWaves := waves("1 approval", "50% approval", "100%")
			w.commit("v2", inWaves, deadline(20))
			w.at(time.Minute, func() { w.ask(Approve, 1) })
			w.at(2*time.Minute, func() { w.commit("bad", waves("100%"), deadline(20)) })
			w.at(10*time.Minute, func() { w.commit("v2", inWaves, deadline(20)) }).run()
		},
	},
	{
		name:     "two pods that a commit brought down, and a fix in waves",
		restarts: "1 1 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("bad", unavailable("2"), deadline(20), func(s *spec.PlanSpec) { s.MaxFailures = 1 })
			w.at(10*time.Minute, func() { w.commit("v2", waves("1 soak 30m", "100%"), unavailable("2")) }).run()
		},
	},
	{
		name:     "what a commit brought down heals, and the next wave soaks on",
		restarts: "1 1 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("bad", unavailable("2"), deadline(20), func(s *spec.PlanSpec) { s.MaxFailures = 1 })
			w.at(10*time.Minute, func() { w.commit("v2", waves("1 soak 30m", "50%", "100%"), unavailable("2")) }).run()
		},
	},
	{
		name:     "what a commit brought down waits for the end of a freeze, whatever soaks",
		restarts: "2 1 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			good := func() { w.commit("v2", waves("1 soak 3h", "100%"), freeze("2 04:00", "2 05:00"), deadline(20)) }
			w.commit("v2", waves("2 soak 3h"))
			w.at(30*time.Minute, func() { w.commit("bad", waves("50%", "100%"), deadline(20)) })
			w.at(70*time.Minute, good).run()
		},
	},
	{
		name:     "v3 over v2 in the middle",
		restarts: "2 2 1 1",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("v2", waves("2 soak 1m", "100%"), unavailable("2"))
			w.after(10*time.Second, func() { w.commit("v3", waves("2", "100%"), unavailable("2")) })
			w.run()
		},
	},
	{
		name:     "revert in the grace period",
		restarts: "0 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2", grace(30))
			w.pending = append(w.pending, event{epoch.Add(5 * time.Second), func() { w.commit("v1", grace(30)) }})
			w.run()
		},
	},
	{
		name:     "nothing to do",
		restarts: "0 0 0",
		play:     func(w *world) { w.pods = pods(3); w.commit("v1", waves("1 soak 1h", "100%")).run() },
	},
	{
		name: "no pods",
		play: func(w *world) { w.commit("v2").run() },
	},
	{
		name:     "scaled up in the middle",
		restarts: "1 1 1 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2")
			w.pending = append(w.pending, event{epoch.Add(500 * time.Millisecond), func() { w.pods = append(w.pods, pods(4)[2:]...) }})
			w.run()
		},
	},
	{
		name:     "without a gate",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			for _, pod := range w.pods {
				pod.Gate = Gate{}
			}
			w.commit("v2", grace(10)).run()
		},
	},
	{
		name:     "one failure tolerated",
		restarts: "1 1 1 0",
		play: func(w *world) {
			w.pods = pods(4)
			w.pods[3].Node, w.pods[3].NodeReady = "node-x", true
			w.commit("v2", deadline(20), func(s *spec.PlanSpec) { s.MaxFailures = 1 })
			w.pending = append(w.pending, event{epoch, func() { w.jam("pod-3") }})
			w.run()
		},
	},
	{
		name:     "unreachable node",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.pods[1].NodeReady = false
			w.commit("v2", unavailable("2"))
			w.pending = append(w.pending, event{epoch.Add(time.Minute), func() { w.pods[1].NodeReady = true }})
			w.run()
		},
	},
	{
		name:     "crash loop",
		restarts: "1 0 0",
		play:     func(w *world) { w.pods = pods(3); w.commit("crash", deadline(20)).run() },
	},
	{
		name:     "canary with approval",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2", waves("1 approval", "100%"))
			w.at(time.Minute, func() { w.ask(Approve, 2) }) // not the wave that waits
			w.at(2*time.Minute, func() { w.ask(Approve, 1) }).run()
		},
	},
	{
		name:     "roll-back",
		restarts: "3 3 2 3",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("v2", unavailable("2")).run()
			w.jam("pod-2")
			w.commit("v3", unavailable("2"), deadline(20), rollBack)
			w.at(40*time.Second, func() { w.unjam("pod-2") }).run()
		},
	},
	{
		name:     "a patch that the kubelet sees and does not act on, and its revert",
		restarts: "0 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("same", grace(10), deadline(600)).run()
			w.commit("v1", grace(10), deadline(600)).run()
		},
	},
	{
		name:     "a patch that the kubelet does not act on is rolled back",
		restarts: "0 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.templates("app:v1")
			w.commit("same", grace(10), deadline(600), rollBack).run()
		},
	},
	{
		name:     "a patch that the kubelet does not act on, and another image in the middle",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("same", grace(10), deadline(600))
			w.at(15*time.Second, func() { w.commit("v3", grace(10), deadline(600)) }).run()
		},
	},
	{
		name:     "a patch that the kubelet does not act on, and the plan is renamed",
		restarts: "0 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("same", deadline(600))
			w.at(15*time.Second, func() {
				w.commit("same", deadline(600))
				w.plan.Metadata.Name, w.status = "lobby-new", Status{}
			}).run()
		},
	},
	{
		name:     "a patch that the kubelet does not see for an hour",
		restarts: "1 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.pods[0].blind = true
			w.commit("v2", grace(10), deadline(60))
			w.at(time.Hour, func() { w.pods[0].blind = false; w.sync(w.pods[0]) }).run()
		},
	},
	{
		name:     "a patch that the kubelet does not see, and its revert",
		restarts: "0 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.pods[0].blind = true
			w.commit("v2", grace(10), deadline(60))
			w.at(time.Minute, func() { w.commit("v1", grace(10), deadline(60)) })
			w.at(10*time.Minute, func() { w.pods[0].blind = false; w.sync(w.pods[0]) }).run()
		},
	},
	{
		name:     "roll-back while an approval is awaited",
		restarts: "2 0 0",
		play: func(w *world) {
			w.pods = pods(3)
			w.templates("app:v1")
			w.commit("v2", waves("1 approval", "100%"), deadline(20), rollBack)
			w.at(time.Minute, func() { w.breakDown("pod-0") }).run()
		},
	},
	{
		name:     "roll-back that fails",
		restarts: "0 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("bad", deadline(20), rollBack)
			w.at(0, func() { w.jam("pod-0") }).run()
		},
	},
	{
		name:     "roll-back of bare pods to where the series began",
		restarts: "3 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2", waves("1 soak 1h", "100%"), rollBack)
			w.at(time.Minute, func() { w.commit("crash", waves("1 soak 1h", "100%"), deadline(20), rollBack) }).run()
		},
	},
	{
		name:     "retry",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2", deadline(20)).at(0, func() { w.jam("pod-0") })
			w.at(time.Minute, func() { w.unjam("pod-0"); w.ask(Retry, 0) }).run()
		},
	},
	{
		name:     "partition",
		restarts: "1 1 1 0",
		play: func(w *world) {
			w.pods = pods(4)
			w.commit("v2", partition("3")).run()
			w.commit("v2", partition("25%")).run()
			w.commit("v2", partition("50%")).run()
		},
	},
	{
		name:     "scaled down in the middle",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(5)
			w.commit("v2", waves("1", "60%", "100%"), unavailable("2"))
			w.at(500*time.Millisecond, func() { w.pods = w.pods[:2] }).run()
		},
	},
	{
		name:     "zone by zone",
		restarts: "1 1 1 1 1 1",
		play: func(w *world) {
			w.pods = pods(6)
			w.commit("v2", unavailable("3"), zones(spec.OneDomainAtATime)).run()
		},
	},
	{
		name:     "zones in turn",
		restarts: "1 1 1 1 1 1",
		play: func(w *world) {
			w.pods = pods(6)
			w.pods[0].NodeLabels, w.pods[1].NodeLabels = w.pods[2].NodeLabels, w.pods[2].NodeLabels
			w.commit("v2", zones("Spread")).run()
		},
	},
	{
		name:     "suspended and resumed",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			w.commit("v2")
			w.at(time.Second, func() { w.ask(SuspendPlan, 0) })
			w.at(time.Minute, func() { w.ask(ResumePlan, 0) }).run()
		},
	},
	{
		name:     "suspended in Git until a time",
		restarts: "1 1",
		play: func(w *world) {
			w.pods = pods(2)
			until := epoch.Add(time.Hour)
			w.commit("v2", func(s *spec.PlanSpec) { s.Suspend = &spec.Suspend{Reason: "year end", Until: &until} }).run()
		},
	},
	{
		name:     "a disruption budget shared with others",
		restarts: "1 1 1",
		play: func(w *world) {
			w.pods = pods(3)
			other := pods(4)[3]
			other.Gate.Closed = true
			w.budgets = func() []Budget { return []Budget{w.budget("games", 3, 3, other.Pod)} }
			w.commit("v2", unavailable("3"))
			w.at(time.Minute, func() { other.Gate.Closed = false }).run()
		},
	},
	{
		name:     "plan deleted while draining",
		restarts: "0 0",
		play: func(w *world) {
			w.pods = pods(2)
			w.commit("v2", grace(30))
			w.pending = append(w.pending, event{epoch.Add(5 * time.Second), func() { w.plan.Withdrawn = true }})
			w.run()
		},
	},
}

func TestStories(t *testing.T) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			s.play(w)
			s.checkEnd(w)
			golden.Compare(t, "testdata/stories", s.name+".txt", strings.Join(w.timeline, "\n")+"\n")
			t.Run("shuffled", s.shuffled)
			t.Run("crashed", func(t *testing.T) { s.crashed(t, w.effects) })
		})
	}
}

// shuffled tells the story with pods in any order and a kubelet of any speed.
func (s story) shuffled(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(t)
		w.shuffle = rand.New(rand.NewPCG(seed, 1))
		s.play(w)
		s.checkEnd(w)
	}
}

// crashed tells it with a process that dies before each of its writes.
func (s story) crashed(t *testing.T, effects int) {
	for cut := 1; cut <= effects; cut++ {
		w := newWorld(t)
		w.crashAt = cut
		s.play(w)
		s.checkEnd(w)
		if t.Failed() {
			t.Fatalf("crashed before write %d:\n%s", cut, strings.Join(w.timeline, "\n"))
		}
	}
}

func (s story) checkEnd(w *world) {
	w.t.Helper()
	var restarts []string
	for _, pod := range w.pods {
		restarts = append(restarts, fmt.Sprint(pod.restarts))
		if pod.Gate.Closed {
			w.t.Errorf("pod %s is left with its gate closed", pod.Name)
		}
	}
	if w.shuffle == nil && strings.Join(restarts, " ") != s.restarts {
		w.t.Errorf("restarts %v, want %s", restarts, s.restarts)
	}
}

func newWorld(t *testing.T) *world {
	return &world{t: t, now: epoch, seen: Memory{}}
}

// pods are healthy, gated pods on image v1.
func pods(n int) []*simPod {
	var all []*simPod
	for i := range n {
		name := fmt.Sprintf("pod-%d", i)
		since := epoch.Add(-time.Hour)
		all = append(all, &simPod{image: "app:v1", Pod: Pod{
			Name: name, UID: "uid-" + name, Node: fmt.Sprintf("node-%d", i%3), NodeReady: true, Begun: since,
			NodeLabels: map[string]string{"zone": string(rune('a' + i%3))},
			Generation: 1, ObservedGeneration: 1, TerminationGrace: 30 * time.Second,
			Ready: Condition{True: true, Since: since}, ContainersReady: true,
			Gate: Gate{Type: GateType, Since: since},
			Containers: []Container{{
				Name: "server", Image: "app:v1", RunningImage: "docker.io/library/app:v1",
				ID: "containerd://" + name, Running: true, StartedAt: since,
			}},
		}})
	}
	return all
}

type option func(*spec.PlanSpec)

func grace(seconds int) option    { return func(s *spec.PlanSpec) { s.GracePeriodSeconds = seconds } }
func minReady(seconds int) option { return func(s *spec.PlanSpec) { s.MinReadySeconds = seconds } }
func deadline(seconds int) option {
	return func(s *spec.PlanSpec) { s.ProgressDeadlineSeconds = &seconds }
}

func unavailable(text string) option {
	return func(s *spec.PlanSpec) { s.MaxUnavailable = new(amount(text)) }
}

// waves reads "25% soak 10m", and "1 approval".
func waves(texts ...string) option {
	return func(s *spec.PlanSpec) {
		for _, text := range texts {
			pods, approval := strings.CutSuffix(text, " approval")
			pods, soak, _ := strings.Cut(pods, " soak ")
			wait, _ := time.ParseDuration(soak)
			wave := spec.Wave{Pods: amount(pods), Soak: spec.Duration(wait)}
			if approval {
				wave.Approval = spec.ApprovalRequired
			}
			s.Waves = append(s.Waves, wave)
		}
	}
}

func partition(text string) option {
	return func(s *spec.PlanSpec) { s.Partition = new(amount(text)) }
}

func rollBack(s *spec.PlanSpec) { s.OnFailure = spec.RollBack }

func zones(policy string) option {
	return func(s *spec.PlanSpec) { s.Order = &spec.Order{TopologyKey: "zone", Policy: policy} }
}

func amount(text string) spec.Amount {
	var a spec.Amount
	if err := json.Unmarshal([]byte(`"`+text+`"`), &a); err != nil {
		panic(err)
	}
	return a
}

// commit puts a plan for image app:TAG in force.
func (w *world) commit(tag string, options ...option) *world {
	plan := spec.Plan{
		APIVersion: spec.APIVersion, Kind: spec.PlanKind,
		Metadata: spec.Metadata{Namespace: "games", Name: "lobby"},
		Spec: spec.PlanSpec{
			Target: spec.Target{Kind: "Deployment", Name: "lobby"},
			Images: []spec.Image{{Container: "server", Image: "app:" + tag}},
		},
	}
	for _, option := range options {
		option(&plan.Spec)
	}
	w.plan = Plan{Plan: plan, Source: "games", Digest: plan.Digest(), Revision: "main@sha1:" + tag, Operator: w.operator}
	return w
}

// jam makes a pod's node fail to pull whatever it is told.
func (w *world) jam(name string) {
	pod := w.pod(name)
	pod.jammed = true
}

func (w *world) unjam(name string) {
	pod := w.pod(name)
	pod.jammed = false
	if c := &pod.Containers[0]; c.Waiting == "ErrImagePull" && !broken(c.Image) {
		image := c.Image
		w.after(startTime, func() { w.started(pod, image) })
	}
}

// breakDown has a running container crash for good.
func (w *world) breakDown(name string) {
	pod := w.pod(name)
	c := &pod.Containers[0]
	c.Running, c.Waiting, pod.ContainersReady = false, "CrashLoopBackOff", false
	w.follow(pod)
}

// probe has the probe of a pod's container pass, or fail.
func (w *world) probe(name string, passes bool) {
	pod := w.pod(name)
	pod.ContainersReady = passes
	w.follow(pod)
}

// templates gives the pods an owner.
func (w *world) templates(image string) {
	for _, pod := range w.pods {
		pod.Template = []spec.Image{{Container: "server", Image: image}}
	}
}

// budget is a PodDisruptionBudget of the plan's pods and others, with a status
// that is always some seconds old.
func (w *world) budget(name string, allowed, desired int, others ...Pod) Budget {
	b := Budget{Name: name, Allowed: allowed, Desired: desired, Members: others}
	for _, pod := range w.pods {
		b.Members = append(b.Members, pod.Pod)
	}
	return b
}
