package reconciler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchwave/patchwave/spec"
)

type specPlan = spec.PlanSpec

func specImage(container, image string) spec.Image {
	return spec.Image{Container: container, Image: image}
}

func observe(pods ...*simPod) Observed {
	var observed Observed
	for i, pod := range pods {
		pod.Name = fmt.Sprintf("pod-%d", i)
		pod.UID = "uid-" + pod.Name
		observed.Pods = append(observed.Pods, pod.Pod)
	}
	return observed
}

// deeds writes what a decision does: "Patch pod-0, Drain pod-1".
func deeds(d Decision) string {
	var all []string
	for _, action := range d.Actions {
		all = append(all, string(action.Verb)+" "+action.Pod.Name)
	}
	return strings.Join(all, ", ")
}

func TestDecide(t *testing.T) {
	atOnce := func(s *spec.PlanSpec) { s.GracePeriodSeconds = 0 }
	for _, test := range []struct {
		name   string
		pods   []*simPod
		plan   []option
		change func(*Plan, *Observed)
		want   string
		says   string // part of the Ready condition's message
	}{
		{name: "drains the first by name", pods: []*simPod{aPod(), aPod()}, want: "Drain pod-0"},
		{name: "without grace it patches", pods: []*simPod{aPod(), aPod()}, plan: []option{atOnce}, want: "Patch pod-0"},
		{name: "a plain init container restarts nothing, and needs no drain", pods: []*simPod{withInit(aPod())}, plan: []option{func(s *spec.PlanSpec) { s.Images = []spec.Image{specImage("prepare", "app:v2")} }}, want: "Patch pod-0"},
		{name: "with another container it drains", pods: []*simPod{withInit(aPod())}, plan: []option{func(s *spec.PlanSpec) { s.Images = append(s.Images, specImage("prepare", "app:v2")) }}, want: "Drain pod-0"},
		{
			name: "a canary that another plan has made awaits its approval all the same", pods: []*simPod{aPod().onImage("app:v2").observed(), aPod()},
			plan: []option{func(s *spec.PlanSpec) {
				s.Waves = []spec.Wave{{Pods: spec.Count(1), Approval: spec.ApprovalRequired}, {Pods: spec.Percent(100)}}
			}}, says: "waits for approval",
		},
		{name: "a wave of lost nodes alone is not finished", pods: []*simPod{aPod().onDeadNode(), aPod().onDeadNode()}, plan: []option{waves("1", "100%")}, says: "wave 1 of 2: 0 of 2 pods updated"},
		{name: "a kubelet's back-off before it pulls again is no crash", pods: []*simPod{aPod().patched("app:v2", time.Second).waiting("CrashLoopBackOff")}, says: "CrashLoopBackOff: app:v2 has not run yet"},
		{name: "without a gate it patches", pods: []*simPod{aPod().withoutGate()}, want: "Patch pod-0"},
		{name: "a gate required and not there", pods: []*simPod{aPod().withoutGate()}, plan: []option{func(s *spec.PlanSpec) { s.RequireReadinessGate = true }}, says: "declares no readiness gate"},
		{name: "a broken pod goes first and needs no room", pods: []*simPod{aPod(), aPod().unready(time.Minute).containersUnready()}, want: "Patch pod-1"},
		{name: "broken pods do not block each other", pods: []*simPod{aPod().unready(time.Minute), aPod().unready(time.Minute), aPod()}, want: "Patch pod-0, Patch pod-1"},
		{name: "a pod unavailable for any cause uses the budget", pods: []*simPod{aPod(), aPod().onImage("app:v2").restarted(0).unready(0)}, says: "waits for pod pod-1"},
		{name: "the budget is shared", pods: []*simPod{aPod(), aPod(), aPod()}, plan: []option{unavailable("2"), atOnce}, want: "Patch pod-0, Patch pod-1"},
		{name: "a percent that rounds to none is one", pods: []*simPod{aPod(), aPod()}, plan: []option{unavailable("1%"), atOnce}, want: "Patch pod-0"},
		{name: "a wave that rounds to none is one", pods: []*simPod{aPod(), aPod()}, plan: []option{waves("1%", "100%"), unavailable("2"), atOnce}, want: "Patch pod-0"},
		{name: "only what the wave takes", pods: []*simPod{aPod(), aPod(), aPod(), aPod()}, plan: []option{waves("50%", "100%"), unavailable("4"), atOnce}, want: "Patch pod-0, Patch pod-1"},
		{name: "waves below 100% are completed by the rest", pods: []*simPod{updatedPod(), aPod()}, plan: []option{waves("1"), atOnce}, want: "Patch pod-1"},
		{name: "an unreachable pod uses the budget and is not started", pods: []*simPod{aPod(), aPod().onDeadNode()}, plan: []option{atOnce}, says: "waits for pod pod-1 (node node-0 is not Ready)"},
		{name: "complete only with the pods of lost nodes", pods: []*simPod{updatedPod(), aPod().onDeadNode()}, plan: []option{unavailable("2")}, says: "waits for pod pod-1 (node node-0 is not Ready)"},
		{name: "completed, and a new pod is on a lost node", pods: []*simPod{updatedPod(), aPod().onDeadNode()}, change: func(_ *Plan, o *Observed) { o.Status.Attempt.Result = Completed }, says: "waits for pod pod-1 (node node-0 is not Ready)"},
		{name: "a write without an answer uses the budget", pods: []*simPod{aPod().doubted(time.Second), aPod()}, says: "waits for pod pod-0"},
		{name: "a write without an answer that never showed", pods: []*simPod{aPod().doubted(time.Minute), aPod()}, want: "Drain pod-0"},
		{name: "drained and due", pods: []*simPod{aPod().drainedFor(time.Minute), aPod()}, want: "Patch pod-0"},
		{name: "wanted again in the grace: given back without a restart", pods: []*simPod{aPod().drainedFor(time.Second)}, plan: []option{wants("app:v1")}, want: "Reopen pod-0"},
		{name: "wanted again before Ready followed: it uses the budget until it is given back", pods: []*simPod{closing(time.Second), aPod().onImage("app:v2").observed()}, plan: []option{wants("app:v1")}, want: "Reopen pod-0"},
		{name: "restarted: given back", pods: []*simPod{aPod().drainedFor(time.Minute).patched("app:v2", time.Second).restarted(0)}, want: "Reopen pod-0"},
		{name: "failed: nothing of ours keeps it down, and nothing more starts", pods: []*simPod{failedPod().drainedFor(2 * time.Minute), aPod()}, want: "Reopen pod-0", says: "pod pod-0, container server: ErrImagePull"},
		{name: "halted: what only drains is given back", pods: []*simPod{failedPod(), aPod().drainedFor(time.Second)}, want: "Reopen pod-1", says: "ErrImagePull"},
		{name: "a tolerated failure does not eat the budget for ever", pods: []*simPod{failedPod(), aPod()}, plan: []option{atOnce, func(s *spec.PlanSpec) { s.MaxFailures = 1 }}, want: "Patch pod-1"},
		{name: "held: nothing new starts", pods: []*simPod{aPod()}, change: func(p *Plan, _ *Observed) { p.Held = "plans/lobby.yaml:3:1: no" }, says: "plans/lobby.yaml:3:1: no"},
		{name: "held: what is under way is finished", pods: []*simPod{aPod().drainedFor(time.Minute)}, change: func(p *Plan, _ *Observed) { p.Held = "broken" }, want: "Patch pod-0"},
		{name: "withdrawn: drained pods are given back", pods: []*simPod{aPod().drainedFor(time.Minute), aPod()}, change: func(p *Plan, _ *Observed) { p.Withdrawn = true }, want: "Reopen pod-0"},
		{name: "withdrawn: what it patched in vain is let go", pods: []*simPod{failedPod().drainedFor(2 * time.Minute)}, change: func(p *Plan, _ *Observed) { p.Withdrawn = true }, want: "Reopen pod-0"},
		{name: "no target", change: func(_ *Plan, o *Observed) { o.Missing = "Deployment lobby does not exist" }, says: "Deployment lobby does not exist"},
		{name: "contested: what only drains is given back", pods: []*simPod{aPod().drainedFor(time.Minute)}, change: func(_ *Plan, o *Observed) { o.Contested = "plan games/other claims it" }, want: "Reopen pod-0"},
		{name: "a newer canary: only what its wave takes goes on", pods: []*simPod{aPod().drainedFor(time.Minute), aPod().drainedFor(time.Minute), aPod()}, plan: []option{waves("1 soak 1h", "100%")}, want: "Patch pod-0, Reopen pod-1"},
		{name: "a write refused: others go on, and it waits", pods: []*simPod{aPod().refusedFor(time.Second), aPod()}, plan: []option{atOnce}, want: "Patch pod-1"},
		{name: "a write refused until the deadline has failed", pods: []*simPod{aPod().drainedFor(time.Hour).refusedFor(time.Hour), aPod()}, want: "Reopen pod-0", says: "pod pod-0: WriteRefused: denied by a webhook"},
		{name: "another plan drains it", pods: []*simPod{drainedBy("games/other"), aPod()}, says: "waits for pod pod-0 (plan games/other drains it)"},
		{name: "another plan drains it, and its image is right", pods: []*simPod{drainedBy("games/other")}, plan: []option{wants("app:v1")}, says: "plan games/other drains it"},
		{name: "held before Git was read: nothing starts", pods: []*simPod{aPod()}, change: func(p *Plan, _ *Observed) { p.Held, p.Unread = "source games was not read", true }, says: "was not read"},
		{name: "contested", pods: []*simPod{aPod()}, change: func(_ *Plan, o *Observed) { o.Contested = "plan games/other claims it" }, says: "plan games/other"},
		{name: "no such container", pods: []*simPod{aPod()}, plan: []option{func(s *spec.PlanSpec) { s.Images[0].Container = "serve" }}, says: `no container "serve"`},
		{name: "an admission webhook makes it another image", pods: []*simPod{aPod().patched("app:v2", time.Minute).restarted(0).onImage("mirror/app:v2").observed().writtenBy(Writer, time.Minute), aPod()}, says: "we wrote image app:v2 to container server, and an admission webhook made it mirror/app:v2"},
		{name: "strayed, and it is said who did it", pods: []*simPod{aPod().patched("app:v2", time.Minute).restarted(0).onImage("app:v9").observed().writtenBy("kubectl-edit", time.Minute)}, says: "kubectl-edit changed its image"},
		{name: "strayed a moment ago: its kubelet is yet to restart it", pods: []*simPod{aPod().patched("app:v2", time.Minute).restarted(time.Second).ready(time.Hour).onImage("app:v9").observed(), aPod()}, says: "waits for pod pod-0 (somebody else changed its image"},
		{name: "strayed, and its budget is free again", pods: []*simPod{aPod().patched("app:v2", time.Minute).restarted(time.Second).ready(time.Hour).onImage("app:v9").observed().reporting("app:v9"), aPod()}, want: "Drain pod-1"},
		{name: "strayed", pods: []*simPod{aPod().patched("app:v2", time.Minute).restarted(0).onImage("app:v9").observed()}, says: "somebody else changed its image"},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan, observed := thePlan("app:v2", test.plan...), observe(test.pods...)
			observed.Status = begun(plan)
			for _, pod := range observed.Pods {
				if pod.Refused != nil {
					pod.Refused.Try = Try{Digest: plan.Digest}
				}
			}
			if test.change != nil {
				test.change(&plan, &observed)
			}
			decision := Decide(plan, observed, epoch)
			if got := deeds(decision); got != test.want {
				t.Errorf("does %q, want %q", got, test.want)
			}
			ready, _ := decision.Status.Condition("Ready")
			if !strings.Contains(ready.Message, test.says) || test.says != "" && ready.Status == "True" {
				t.Errorf("says %s, %q, want it to say %q", ready.Status, ready.Message, test.says)
			}
		})
	}
}

func wants(image string) option { return func(s *spec.PlanSpec) { s.Images[0].Image = image } }

// begun is the record of an attempt that started a day ago.
func begun(plan Plan) Status {
	return Status{Attempt: Attempt{
		Try: Try{Digest: plan.Digest}, Revision: plan.Revision, Images: plan.Spec.Images,
		Result: Progressing, StartedAt: epoch.Add(-24 * time.Hour),
	}}
}

func updatedPod() *simPod { return aPod().patched("app:v2", time.Hour).restarted(time.Hour) }

func failedPod() *simPod { return aPod().patched("app:v2", time.Hour).waiting("ErrImagePull") }

// However much the budget allows, only so many pods are under way at once.
func TestPace(t *testing.T) {
	var many []*simPod
	for range 200 {
		many = append(many, aPod())
	}
	plan := thePlan("app:v2", unavailable("100%"), func(s *spec.PlanSpec) { s.GracePeriodSeconds = 0 })
	if got := len(Decide(plan, observe(many...), epoch).Actions); got != maxInFlight {
		t.Errorf("%d pods are started at once, want %d", got, maxInFlight)
	}
}

// What a patch records is what completion is judged by.
func TestPatchRecordsWhatWas(t *testing.T) {
	plan := thePlan("app:v2")
	pod := aPod().drainedFor(time.Minute)
	action := Decide(plan, observe(pod), epoch).Actions[0]
	want := Marks{{
		Container: "server", Plan: "games/lobby", Try: Try{Digest: plan.Digest}, Time: epoch,
		Wrote: "app:v2", Image: "app:v1", ContainerID: "containerd://pod-0", Origin: "app:v1",
	}}
	if diff := cmp.Diff(want, action.Marks); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	if action.Pod.UID != pod.UID || action.Pod.ResourceVersion != pod.ResourceVersion {
		t.Errorf("the action is not guarded by the pod decided on: %+v", action.Pod)
	}
}

// kstatus: Ready alone when done; Reconciling or Stalled beside it otherwise.
func TestConditions(t *testing.T) {
	plan := thePlan("app:v2")
	for _, test := range []struct {
		name string
		pods []*simPod
		want string
	}{
		{"done", []*simPod{updatedPod()}, "Ready=True/Completed"},
		{"rolling", []*simPod{aPod()}, "Ready=False/Progressing Reconciling=True/Progressing"},
		{"halted", []*simPod{failedPod(), aPod()}, "Ready=False/Halted Stalled=True/Halted"},
	} {
		var got []string
		observed := observe(test.pods...)
		observed.Status = begun(plan)
		for _, c := range Decide(plan, observed, epoch).Status.Conditions {
			got = append(got, fmt.Sprintf("%s=%s/%s", c.Type, c.Status, c.Reason))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// The record keeps ten attempts, and how each ended.
func TestHistory(t *testing.T) {
	var status Status
	for i := range 13 {
		plan := thePlan(fmt.Sprintf("app:v%d", i+2))
		plan.Revision = fmt.Sprint("main@sha1:", i)
		status = Decide(plan, Observed{Pods: observe(aPod()).Pods, Status: status}, epoch).Status
	}
	if len(status.History) != historyLength || status.History[0].Revision != "main@sha1:11" || status.History[0].Result != Superseded {
		t.Errorf("history of %d, the newest %+v", len(status.History), status.History[0])
	}
}

func TestContested(t *testing.T) {
	lobby, other, elsewhere := thePlan("app:v2"), thePlan("app:v3"), thePlan("app:v2")
	other.Metadata.Name, elsewhere.Metadata.Name = "other", "elsewhere"
	elsewhere.Spec.Images = []spec.Image{{Container: "sidecar", Image: "mesh:2"}}
	pods := observe(aPod())
	got := Contested([]Plan{lobby, other, elsewhere}, map[spec.Key]Observed{lobby.Key(): pods, other.Key(): pods, elsewhere.Key(): pods})
	if len(got) != 2 || !strings.Contains(got[lobby.Key()], "games/other") || !strings.Contains(got[other.Key()], "games/lobby") {
		t.Errorf("both plans should stop and name each other, and no third: %v", got)
	}
	others := observe(aPod(), aPod()).Pods
	claims := map[spec.Key]Observed{lobby.Key(): {Pods: others}, other.Key(): {Pods: []Pod{others[1], others[0]}}}
	if got := Contested([]Plan{lobby, other}, claims)[lobby.Key()]; !strings.Contains(got, "pod pod-") || got != Contested([]Plan{other, lobby}, claims)[lobby.Key()] {
		t.Errorf("the words should not hang on the order of pods: %q", got)
	}
	other.Withdrawn = true
	if got := Contested([]Plan{lobby, other}, map[spec.Key]Observed{lobby.Key(): pods, other.Key(): pods}); len(got) != 0 {
		t.Errorf("a withdrawn plan claims nothing: %v", got)
	}
}

// What is decided and told does not hang on the order in which pods are found.
func TestOrderOfObservation(t *testing.T) {
	plan := thePlan("app:v2", unavailable("3"))
	observed := observe(aPod(), aPod().unready(time.Minute), failedPod(), aPod().drainedFor(time.Second), aPod().onDeadNode(), aPod())
	observed.Status = begun(plan)
	want := Decide(plan, observed, epoch)
	slices.Reverse(observed.Pods)
	if diff := cmp.Diff(want, Decide(plan, observed, epoch)); diff != "" {
		t.Errorf("another order, another decision:\n%s", diff)
	}
}

func drainedBy(plan string) *simPod {
	pod := aPod().drainedFor(time.Hour)
	pod.Drain = &DrainMark{Plan: plan}
	return pod
}

// An edit of the plan in the middle of a soak does not end the soak.
func TestEditKeepsTheSoak(t *testing.T) {
	plan := thePlan("app:v2", waves("1 soak 1h", "100%"), deadline(90))
	observed := observe(aPod().patched("app:v2", time.Minute).restarted(time.Minute), aPod())
	observed.Status = begun(thePlan("app:v2", waves("1 soak 1h", "100%")))
	decision := Decide(plan, observed, epoch)
	if ready, _ := decision.Status.Condition("Ready"); len(decision.Actions) > 0 || !strings.Contains(ready.Message, "soaks until") {
		t.Errorf("does %q and says %q", deeds(decision), ready.Message)
	}
}

// A failure that was tolerated when the attempt ended does not reopen it.
func TestToleratedFailureStays(t *testing.T) {
	plan := thePlan("app:v2", func(s *spec.PlanSpec) { s.MaxFailures = 1 })
	observed := observe(updatedPod(), failedPod())
	observed.Status = begun(plan)
	first := Decide(plan, observed, epoch).Status
	observed.Status = first
	second := Decide(plan, observed, epoch.Add(time.Second)).Status
	if ready, _ := second.Condition("Ready"); second.Attempt.Result != Completed || ready.Status != "True" || second.Pods.Failed != 1 {
		t.Errorf("completed, and then %s: %+v", second.Attempt.Result, ready)
	}
}

// A halted plan stays as it is, whatever its failed pod does.
func TestHaltedPlanIsQuiet(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(failedPod(), aPod())
	observed.Status = begun(plan)
	first := Decide(plan, observed, epoch).Status
	for _, reason := range []string{"ImagePullBackOff", "ErrImagePull", ""} {
		pod := aPod().patched("app:v2", time.Hour).waiting(reason)
		if reason == "" {
			pod.restarted(0).ready(0).ContainersReady = true
		}
		again := observe(pod, aPod())
		again.Status = first
		decision := Decide(plan, again, epoch.Add(time.Second))
		if !first.Same(decision.Status) || len(Turns(plan.Key(), first, decision.Status)) > 0 {
			t.Errorf("a pod that shows %q changes the record of a halted plan", reason)
		}
	}
}

// What cannot be done in place is said before it is tried.
func TestNotes(t *testing.T) {
	pod := aPod().withoutGate()
	migrate, job, cache := pod.Containers[0], pod.Containers[0], pod.Containers[0]
	migrate.Name, migrate.Init = "migrate", true
	job.Name, job.Exited = "job", true
	cache.Name, cache.Image = "cache", "cache"
	pod.Containers = append(pod.Containers, migrate, job, cache)
	plan := thePlan("quay.io/app:v2", func(s *spec.PlanSpec) {
		s.Images = append(s.Images, specImage("migrate", "app:v2"), specImage("job", "app:v2"), specImage("cache", "cache:latest"))
	})
	got := strings.Join(Foresee(plan, observe(pod), epoch).Notes, "\n")
	for _, want := range []string{
		"1 of 1 pods declare no readiness gate", "take server from another registry",
		"have migrate as an init container", "have container job exited for good",
		"name cache:latest already: the same text restarts nothing",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it is not said that pods %s:\n%s", want, got)
		}
	}
	if lines := strings.Count(got, "\n") + 1; lines != 5 {
		t.Errorf("%d notes, want 5:\n%s", lines, got)
	}
}

// A container whose rule restarts all others is told of by name before, and after.
func TestRestartsAll(t *testing.T) {
	withRule := func() *simPod {
		pod := aPod()
		mesh, setup := pod.Containers[0], pod.Containers[0]
		mesh.Name, mesh.ID, setup.Name, setup.Init = "mesh", "containerd://mesh", "setup", true
		pod.Containers = append(pod.Containers, mesh, setup)
		pod.Containers[0].RestartsAll = true
		return pod
	}
	plan := thePlan("app:v2")
	got := strings.Join(Foresee(plan, observe(withRule()), epoch).Notes, "\n")
	if want := "restart all their containers when server exits, by a rule of its own: where its image cannot be pulled, mesh too"; !strings.Contains(got, want) {
		t.Errorf("it is not said that pods %s:\n%s", want, got)
	}
	if got := strings.Join(Foresee(thePlan("app:v1"), observe(withRule()), epoch).Notes, "\n"); strings.Contains(got, "a rule of its own") {
		t.Errorf("nothing restarts, and it is said all the same:\n%s", got)
	}
	observed := observe(withRule().patched("app:v2", time.Second).waiting("ErrImagePull").reporting("app:v2"))
	observed.Pods[0].Containers[0].ID = "" // the kubelet has removed it with all others
	observed.Status = begun(plan)
	ready, _ := Decide(plan, observed, epoch).Status.Condition("Ready")
	if want := "ErrImagePull: by its restart rule it takes down mesh, too"; !strings.Contains(ready.Message, want) || ready.Status == "True" {
		t.Errorf("Ready says %q, want %q", ready.Message, want)
	}
}
