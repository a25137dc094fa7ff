package reconciler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// anOwner is a Deployment whose template and ReplicaSet name an image.
func anOwner(image string) align.Owner {
	images := []spec.Image{specImage("server", image)}
	return align.Owner{
		Kind: "Deployment", Name: "lobby", UID: "owner", Observed: true, Images: images, Counted: 2, Updated: 2,
		Sets: []align.Set{{Name: "lobby-1", UID: "set", Observed: true, Like: true, Replicas: 2, Images: images}},
	}
}

// aligning is the same held by a plan, from app:v1 to app:v2.
func aligning(o align.Owner, plan string) align.Owner {
	o.Held = true
	o.Mark = &align.Mark{Plan: plan, Set: "set", Images: []spec.Image{specImage("server", "app:v2")}, Before: []spec.Image{specImage("server", "app:v1")}}
	return o
}

func rolling(o align.Owner) align.Owner {
	o.Sets = append(o.Sets, align.Set{Name: "lobby-2", UID: "second", Replicas: 1})
	return o
}

// marked has a ReplicaSet that still carries the mark of a past alignment.
func marked(o align.Owner) align.Owner {
	o.Sets[0].Stale = true
	return o
}

func unmarkRefused(o align.Owner) align.Owner {
	o.Refusal = &align.Refusal{Step: o.Sweep()[0].String(), Message: "denied by a webhook", Until: epoch.Add(time.Minute)}
	return o
}

// The owners' templates come last, and not where anything speaks against it.
func TestAlign(t *testing.T) {
	result := func(r Result) func(*Plan, *Observed) {
		return func(_ *Plan, o *Observed) {
			o.Status.Attempt.Result, o.Status.Attempt.RollBack, o.Status.Attempt.Failure = r, r == RolledBack, &Failure{Pod: "pod-0"}
		}
	}
	known := func(image string) func(*Plan, *Observed) {
		return func(_ *Plan, o *Observed) {
			o.Status.Templates = []Template{{Images: []spec.Image{specImage("server", image)}, Owners: []string{"owner"}}}
		}
	}
	atOnce := func(s *spec.PlanSpec) { s.GracePeriodSeconds = 0 }
	updated, outdated := updatedPod, aPod
	for _, test := range []struct {
		name   string
		pods   []*simPod
		owner  align.Owner
		plan   []option
		change func(*Plan, *Observed)
		want   string // deeds and steps
		says   string // part of the Ready condition's message
		result Result // Progressing where not said
	}{
		{name: "last of all", pods: []*simPod{updated(), updated()}, owner: anOwner("app:v1"), want: "Hold", says: "holding Deployment lobby"},
		{name: "not before the last pod", pods: []*simPod{updated(), outdated()}, owner: anOwner("app:v1"), want: "Drain pod-1"},
		{name: "not in the last wave's soak", pods: []*simPod{updated()}, owner: anOwner("app:v1"), plan: []option{waves("100% soak 2h")}, says: "soaks until"},
		{name: "complete when it is", pods: []*simPod{updated()}, owner: anOwner("app:v2"), result: Completed},
		{name: "a template that is new already needs nothing", pods: []*simPod{updated()}, owner: aligning(anOwner("app:v2"), "games/other"), says: "plan games/other aligns Deployment lobby"},
		{name: "a template changed after completion is not drift", pods: []*simPod{updated()}, owner: anOwner("app:v9"), change: known("app:v2"), says: "was changed to server=app:v9, and the plan wants server=app:v2"},
		{name: "not after a failure", pods: []*simPod{updated()}, owner: anOwner("app:v1"), change: result(Halted), result: Halted},
		{name: "not after a roll-back", pods: []*simPod{outdated()}, owner: anOwner("app:v1"), change: result(RolledBack), result: RolledBack},
		{name: "not with a partition", pods: []*simPod{updated(), outdated()}, owner: anOwner("app:v1"), plan: []option{func(s *spec.PlanSpec) { s.Partition = new(amount("1")) }}, result: Completed},
		{name: "nor where it keeps another owner's pod", pods: []*simPod{updated(), outdated()}, owner: anOwner("app:v1"), plan: []option{func(s *spec.PlanSpec) { s.Partition = new(amount("1")) }}, change: func(_ *Plan, o *Observed) {
			o.Pods[1].Owner = "other"
		}, result: Completed},
		{name: "Leave", pods: []*simPod{updated()}, owner: anOwner("app:v1"), plan: []option{func(s *spec.PlanSpec) { s.Template = spec.LeaveTemplate }}, result: Completed},
		{name: "refused", pods: []*simPod{updated()}, owner: func() align.Owner { o := anOwner("app:v1"); o.Held = true; return o }(), says: "it is paused, and not by patchwave"},
		{name: "Kubernetes rolls out: no pod is started", pods: []*simPod{outdated(), outdated()}, owner: rolling(anOwner("app:v1")), plan: []option{atOnce}, says: "waits: Deployment lobby is rolling out"},
		{name: "Kubernetes rolls out: what is under way is finished", pods: []*simPod{outdated().drainedFor(3600e9), outdated()}, owner: rolling(anOwner("app:v1")), want: "Patch pod-0"},
		{name: "Kubernetes rolls out: the template waits", pods: []*simPod{updated()}, owner: rolling(anOwner("app:v1")), says: "waits to align the template: Deployment lobby is rolling out"},

		{name: "a template changed by somebody else", pods: []*simPod{outdated(), outdated()}, owner: anOwner("app:v9"), change: known("app:v1"), says: "let `patchwave resume lobby -n games` bring the pods to the plan"},
		{name: "a template changed: what only drains is given back", pods: []*simPod{outdated().drainedFor(60e9)}, owner: anOwner("app:v9"), change: known("app:v1"), want: "Reopen pod-0"},
		{name: "a template changed to what the plan wants", pods: []*simPod{outdated()}, owner: anOwner("app:v2"), change: known("app:v1"), want: "Drain pod-0"},
		{name: "a template changed, and resumed", pods: []*simPod{outdated()}, owner: anOwner("app:v9"), change: func(p *Plan, o *Observed) {
			known("app:v1")(p, o)
			o.Request = &Request{ID: "1", Verb: ResumePlan, Digest: p.Digest, By: "ada"}
		}, want: "Drain pod-0"},
		{name: "a template changed, and another plan", pods: []*simPod{outdated()}, owner: anOwner("app:v9"), change: func(p *Plan, o *Observed) {
			known("app:v1")(p, o)
			o.Status.Attempt.Digest = "another"
		}, want: "Drain pod-0"},
		{name: "a template changed in the middle of an alignment", pods: []*simPod{updated()}, owner: aligning(anOwner("app:v9"), "games/lobby"), change: known("app:v1"), want: "SetTemplate", says: "was changed to server=app:v9"},

		{name: "a mark left on a ReplicaSet is taken away", pods: []*simPod{updated()}, owner: marked(anOwner("app:v2")), want: "Unmark", result: Completed},
		{name: "a mark left on a ReplicaSet is taken away in a roll-out", pods: []*simPod{outdated()}, owner: marked(anOwner("app:v1")), want: "Drain pod-0, Unmark"},
		{name: "a mark left on a ReplicaSet stays until an alignment has begun and ended", pods: []*simPod{updated()}, owner: marked(anOwner("app:v1")), want: "Hold"},
		{name: "a mark left on a ReplicaSet that may not be taken away is tried again later", pods: []*simPod{updated()}, owner: unmarkRefused(marked(anOwner("app:v2"))), result: Completed},
		{name: "goes on", pods: []*simPod{updated()}, owner: aligning(anOwner("app:v1"), "games/lobby"), change: known("app:v1"), want: "SetTemplate", says: "setting the template of ReplicaSet lobby-1"},
		{name: "a pod came up old in the middle: back", pods: []*simPod{updated(), outdated()}, owner: aligning(anOwner("app:v1"), "games/lobby"), want: "Drain pod-1, Release"},
		{name: "a roll-back in the middle: back", pods: []*simPod{updated()}, owner: aligning(anOwner("app:v1"), "games/lobby"), change: func(_ *Plan, o *Observed) {
			o.Status.Attempt.RollBack, o.Status.Attempt.Result, o.Status.Attempt.Failure = true, RollingBack, &Failure{Pod: "pod-0"}
			o.Status.LastCompleted = &Completion{At: epoch.Add(-86400e9), Images: []spec.Image{specImage("server", "app:v1")}}
		}, want: "Drain pod-0, Release", result: RollingBack},
		{name: "deleted in the middle: forwards, where the pods are new", pods: []*simPod{updated()}, owner: aligning(anOwner("app:v1"), "games/lobby"), change: func(p *Plan, _ *Observed) { p.Withdrawn = true }, want: "SetTemplate", result: Withdrawn},
		{name: "another plan's is left alone", pods: []*simPod{outdated()}, owner: aligning(anOwner("app:v1"), "games/other"), want: "Drain pod-0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan, observed := thePlan("app:v2", append([]option{unavailable("2")}, test.plan...)...), observe(test.pods...)
			test.owner.Wanted = len(test.pods)
			observed.Status, observed.Owners = begun(plan), []align.Owner{test.owner}
			for i := range observed.Pods {
				observed.Pods[i].Owner = "owner"
			}
			if test.change != nil {
				test.change(&plan, &observed)
			}
			decision := Decide(plan, observed, epoch)
			done := strings.Split(deeds(decision), ", ")
			for _, step := range decision.Steps {
				done = append(done, string(step.Verb))
			}
			got := strings.Join(slices.DeleteFunc(done, func(s string) bool { return s == "" }), ", ")
			if got != test.want || !strings.Contains(says(decision), test.says) {
				t.Errorf("does %q and says %q, want %q and %q", got, says(decision), test.want, test.says)
			}
			if result := decision.Status.Attempt.Result; result != test.result && (test.result != "" || result != Progressing) {
				t.Errorf("the attempt is %s, want %s", result, test.result)
			}
		})
	}
}

// A plan that is gone keeps its record until nothing is held for it.
func TestGoneWithNothingHeld(t *testing.T) {
	plan := thePlan("app:v2")
	plan.Withdrawn = true
	for owner, want := range map[string]bool{"games/lobby": false, "games/other": true} {
		observed := observe(updatedPod())
		observed.Status, observed.Owners = begun(plan), []align.Owner{aligning(anOwner("app:v1"), owner)}
		if got := Decide(plan, observed, epoch).Gone; got != want {
			t.Errorf("held by %s: gone is %t, want %t", owner, got, want)
		}
	}
}

// An alarm stands before all that the plan may have become since, and its record stays,
// until a person lets the Deployment go.
func TestAlarmStays(t *testing.T) {
	for name, change := range map[string]func(*Plan){
		"as it was": func(*Plan) {},
		"newer":     func(p *Plan) { *p = thePlan("app:v3") },
		"gone":      func(p *Plan) { p.Withdrawn = true },
	} {
		plan := thePlan("app:v2")
		change(&plan)
		owner := aligning(anOwner("app:v2"), "games/lobby")
		owner.Wanted = 1
		owner.Kind, owner.Held, owner.Mark.Released, owner.Mark.Alarm = "Deployment", true, true, "another ReplicaSet has pods"
		observed := observe(updatedPod())
		observed.Pods[0].Owner = owner.UID // or it would be missing, and keep all others back
		observed.Status, observed.Owners = begun(plan), []align.Owner{owner}
		decision := Decide(plan, observed, epoch)
		if !strings.Contains(says(decision), "another ReplicaSet has pods: it is paused") || decision.Gone || len(decision.Actions) > 0 {
			t.Errorf("%s: %s, gone %t, does %v", name, says(decision), decision.Gone, decision.Actions)
		}
		observed.Owners[0].Held = false
		if decision := Decide(plan, observed, epoch); len(decision.Steps) != 1 || decision.Steps[0].Verb != align.Clear {
			t.Errorf("%s: let go, and does %v", name, decision.Steps)
		}
	}
}

// What is held for a plan that is gone with its record is ended without it: forwards
// while the pods are new, else back.
func TestAbandoned(t *testing.T) {
	owner := aligning(anOwner("app:v1"), "games/lobby")
	lobby := spec.Key{Namespace: "games", Name: "lobby"}
	for _, test := range []struct {
		name string
		pod  *simPod
		view View
		want string
	}{
		{"it is there", updatedPod(), View{Seen: map[spec.Key]Observed{lobby: {}}}, "[]"},
		{"it could not be observed", updatedPod(), View{Unseen: map[string]bool{lobby.String(): true}}, "[]"},
		{"it is gone", updatedPod(), View{}, "[SetTemplate]"},
		{"and the pods are old again", aPod(), View{}, "[Release]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.view.Held = holding(owner, test.pod)
			var verbs []align.Verb
			for _, step := range Abandoned(test.view) {
				verbs = append(verbs, step.Verb)
			}
			if fmt.Sprint(verbs) != test.want {
				t.Errorf("does %v, want %s", verbs, test.want)
			}
		})
	}
}

// holding is an owner in somebody's hands, with a pod.
func holding(owner align.Owner, pod *simPod) Held {
	held := Held{Owners: []align.Owner{owner}, Pods: observe(pod).Pods}
	held.Pods[0].Owner = owner.UID
	return held
}

// Where its target is another now a plan ends what it holds of the old one, and keeps
// its record until then.
func TestMovedTarget(t *testing.T) {
	owner := aligning(anOwner("app:v1"), "games/lobby")
	lobby := spec.Key{Namespace: "games", Name: "lobby"}
	for _, test := range []struct {
		name string
		pod  *simPod
		want align.Verb
	}{
		{"the pods are new", updatedPod(), align.SetTemplate},
		{"the pods are old", aPod(), align.Release},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := thePlan("app:v2")
			observed := Observed{Missing: "Deployment elsewhere does not exist", Status: begun(plan)}
			observed.Moved = holding(owner, test.pod).Of(lobby, observed)
			if moved := holding(owner, test.pod).Of(lobby, Observed{Owners: []align.Owner{owner}}); len(moved.Owners) > 0 {
				t.Error("what the plan has still has not moved")
			}
			if moved := holding(owner, test.pod).Of(spec.Key{Name: "other"}, observed); len(moved.Owners) > 0 {
				t.Error("what another plan holds is not this one's")
			}
			decision := Decide(plan, observed, epoch)
			if len(decision.Steps) != 1 || decision.Steps[0].Verb != test.want {
				t.Fatalf("does %v, want %s", decision.Steps, test.want)
			}
			observed.Moved.Owners[0].Refusal = &align.Refusal{Step: decision.Steps[0].String(), Message: "denied by a policy", Since: epoch.Add(-steady), Until: epoch.Add(time.Minute)}
			refused := Decide(plan, observed, epoch)
			if told := says(refused); len(refused.Steps) > 0 || !strings.Contains(told, "elsewhere does not exist; denied by a policy") {
				t.Errorf("does %v and says %q", refused.Steps, told)
			}
			plan.Withdrawn = true
			if gone := Decide(plan, observed, epoch); gone.Gone || !strings.Contains(says(gone), "denied by a policy") {
				t.Errorf("gone is %t, says %q", gone.Gone, says(gone))
			}
		})
	}
}

// A plan is not complete while an owner is in its hands, though it shall be left alone
// from now on; nor where an alignment has left one held whose mark is lost.
func TestHeldIsTold(t *testing.T) {
	stuck := aligning(anOwner("app:v1"), "games/lobby")
	stuck.Kind, stuck.Held, stuck.Revision = "StatefulSet", true, "r1"
	lost := stuck
	lost.Mark = nil
	disowned := lost
	disowned.Kind, disowned.Disowned = "DaemonSet", &align.Mark{Plan: "games/lobby", Strategy: `{"type":"RollingUpdate"}`}
	resumed := disowned
	resumed.Disowned = &align.Mark{Plan: "games/lobby", Released: true}
	for name, test := range map[string]struct {
		owner align.Owner
		says  string
	}{
		"refused":             {stuck, "denied by a policy"},
		"the mark is lost":    {lost, "StatefulSet lobby is held by an alignment whose mark is lost: give it its own update strategy back"},
		"the mark is a copy":  {disowned, `DaemonSet lobby is held by an alignment whose mark is lost: give it its own update strategy back, {"type":"RollingUpdate"}`},
		"somebody's own hold": {resumed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			plan := thePlan("app:v2", func(s *spec.PlanSpec) { s.Template = spec.LeaveTemplate })
			observed := observe(updatedPod())
			observed.Pods[0].Owner = "owner"
			observed.Status, observed.Owners = begun(plan), []align.Owner{test.owner}
			if steps := Decide(plan, observed, epoch).Steps; len(steps) > 0 {
				observed.Owners[0].Refusal = &align.Refusal{Step: steps[0].String(), Message: "denied by a policy", Since: epoch.Add(-steady), Until: epoch.Add(time.Minute)}
			}
			decision := Decide(plan, observed, epoch)
			ready, _ := decision.Status.Condition("Ready")
			if complete := ready.Status == "True"; complete != (test.says == "") || !strings.Contains(ready.Message, test.says) {
				t.Errorf("Ready is %s: %s; want %q", ready.Status, ready.Message, test.says)
			}
		})
	}
}
