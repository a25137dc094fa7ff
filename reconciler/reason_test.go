package reconciler

import (
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// What a plan waits for is a reason of its own, not Progressing for all; and a pod that
// does not come up is told of at once, with the time at which it has failed.
func TestReasons(t *testing.T) {
	approval := func(s *spec.PlanSpec) {
		s.Waves = []spec.Wave{{Pods: spec.Count(1), Approval: spec.ApprovalRequired}, {Pods: spec.Percent(100)}}
	}
	ailing := func(reason string) *simPod { return aPod().patched("app:v2", time.Second).waiting(reason) }
	justDone := func() *simPod { return aPod().patched("app:v2", time.Minute).restarted(time.Minute) }
	for name, test := range map[string]struct {
		pods    []*simPod
		option  option
		change  func(*Plan, *Observed)
		reason  string
		message string
	}{
		"nothing under way, nothing in the way": {pods: []*simPod{aPod()}, reason: "Progressing"},
		"its own pods are under way":            {pods: []*simPod{aPod().patched("app:v2", time.Second), aPod()}, reason: "Progressing", message: "fails at 2026-03-02T03:00:59Z"},
		"suspended in Git":                      {pods: []*simPod{aPod()}, option: func(s *spec.PlanSpec) { s.Suspend = &spec.Suspend{Reason: "INC-231"} }, reason: "Suspended"},
		"suspended while a pod is under way":    {pods: []*simPod{aPod().patched("app:v2", time.Second), aPod()}, option: func(s *spec.PlanSpec) { s.Suspend = &spec.Suspend{Reason: "INC-231"} }, reason: "Suspended"},
		"a person's word is awaited":            {pods: []*simPod{justDone(), aPod()}, option: approval, reason: "AwaitingApproval", message: "`patchwave approve lobby -n games`"},
		"a wave soaks":                          {pods: []*simPod{justDone(), aPod()}, option: waves("1 soak 1h", "100%"), reason: "Soaking"},
		"a freeze":                              {pods: []*simPod{aPod()}, option: freeze("1 00:00", "3 00:00"), reason: "Frozen"},
		"a window":                              {pods: []*simPod{aPod()}, option: window("0 12 * * *", "1h", ""), reason: "WindowClosed"},
		"a pod that somebody else keeps down":   {pods: []*simPod{aPod(), aPod().onImage("app:v2").restarted(0).unready(0)}, reason: "Progressing"},
		"a node that is away":                   {pods: []*simPod{aPod(), aPod().onDeadNode()}, reason: "Budget", message: "node node-0 is not Ready"},
		"a disruption budget": {
			pods: []*simPod{aPod()}, reason: "Budget", message: "PodDisruptionBudget",
			change: func(_ *Plan, o *Observed) { o.Budgets = []Budget{{Name: "b", Members: o.Pods, Desired: 1}} },
		},
		"a tag that does not exist":   {pods: []*simPod{ailing("ErrImagePull"), aPod()}, reason: "ImagePull", message: "ErrImagePull, fails at 2026-03-02T03:00:59Z"},
		"its back-off":                {pods: []*simPod{ailing("ImagePullBackOff"), aPod()}, reason: "ImagePull", message: "ImagePullBackOff, fails at 2026-03-02T03:00:59Z"},
		"a back-off that looks alike": {pods: []*simPod{ailing("CrashLoopBackOff"), aPod()}, reason: "ImagePull", message: "has not run yet, fails at"},
		"a name that is none":         {pods: []*simPod{ailing("InvalidImageName"), aPod()}, reason: "ImagePull", message: "InvalidImageName, fails at 2026-03-02T03:00:09Z"},
		"a missing Secret":            {pods: []*simPod{ailing("CreateContainerConfigError"), aPod()}, reason: "ContainerNotStarting"},
		"a crash":                     {pods: []*simPod{aPod().patched("app:v2", time.Second).restarted(0).waiting("CrashLoopBackOff"), aPod()}, reason: "CrashLoop"},
		"trouble beside a disruption budget": {
			pods: []*simPod{ailing("ErrImagePull"), aPod()}, option: unavailable("2"), reason: "ImagePull",
			change: func(_ *Plan, o *Observed) { o.Budgets = []Budget{{Name: "b", Members: o.Pods, Desired: 1}} },
		},
		"the plan has gone": {pods: []*simPod{aPod().patched("app:v2", time.Second)}, change: func(p *Plan, _ *Observed) { p.Withdrawn = true }, reason: "Withdrawn", message: "the plan was deleted; 1 pod under way"},
		"all is done":       {pods: []*simPod{justDone()}, reason: "Completed"},
	} {
		t.Run(name, func(t *testing.T) {
			var options []option
			if test.option != nil {
				options = append(options, test.option)
			}
			plan, observed := thePlan("app:v2", options...), observe(test.pods...)
			observed.Status = begun(plan)
			if test.change != nil {
				test.change(&plan, &observed)
			}
			status := Decide(plan, observed, epoch).Status
			ready, _ := status.Condition("Ready")
			if ready.Reason != test.reason || !strings.Contains(ready.Message, test.message) {
				t.Errorf("Ready is %s: %s: %s", ready.Status, ready.Reason, ready.Message)
			}
			again := observed
			again.Status = status
			if later := Decide(plan, again, epoch.Add(300*time.Millisecond)); !status.Same(later.Status) {
				t.Errorf("a moment later it says something else, with nothing new: %+v", later.Status.Conditions)
			}
		})
	}
}

// A pod that no write was let through to, and that the plan tolerates, has not drifted:
// not for this process nor for the next one, which remembers no refusal.
func TestRefusedIsNoDrift(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(2)
	w.commit("v2", unavailable("1"), deadline(60), func(s *specPlan) { s.MaxFailures = 1 })
	for range 400 {
		w.lookRefusing("pod-0")
		w.advance(w.now.Add(500 * time.Millisecond))
	}
	w.endsWith("0 1", Completed)
	for range 2 {
		w.lookRefusing("pod-0")
		_, drifted := w.status.Condition("Drifted")
		if ready, _ := w.status.Condition("Ready"); drifted || ready.Status != "True" || w.status.Pods.Drifted > 0 || w.status.Pods.Failed != 1 {
			t.Errorf("Ready is %s: %s; drifted is %v, %+v", ready.Status, ready.Message, drifted, w.status.Pods)
		}
		w.seen = Memory{} // another process
	}
	if tries := w.lookRefusing("pod-0"); tries > 0 {
		t.Errorf("it is tried again %d times", tries)
	}
	c := &w.pod("pod-0").Containers[0]
	c.Image, c.Writer, c.WrittenAt = "app:v9", "kubectl-edit", w.now
	w.advance(w.now.Add(time.Second))
	w.lookRefusing("pod-0")
	if drifted, _ := w.status.Condition("Drifted"); !strings.Contains(drifted.Message, "app:v9") {
		t.Errorf("what somebody changes since is no drift: %q", drifted.Message)
	}
}
