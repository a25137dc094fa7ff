package align

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/patchwave/patchwave/spec"
)

var kinds = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"}

var lobby = spec.Key{Namespace: "games", Name: "lobby"}

// run takes the model's next steps so often, the controllers acting after each
// as far as let; it returns how many writes there were.
func run(m *model, most int, next func(Owner) Outcome, let func(*model)) (writes int) {
	for range 50 {
		outcome := next(m.owner())
		if outcome.Refused != "" || outcome.Done() {
			return writes
		}
		for _, step := range outcome.Steps {
			if writes == most {
				return writes
			}
			m.write(step)
			writes++
		}
		let(m)
	}
	return 1000
}

func forward(images []spec.Image) func(Owner) Outcome {
	return func(o Owner) Outcome { return Next(o, lobby, images) }
}

// sound checks that nothing is left held, and that what is made later has the tag.
func sound(t *testing.T, m *model, tag string, replaced int) {
	t.Helper()
	m.settle()
	if m.mark != nil || m.paused || m.onDelete || m.replaced != replaced {
		t.Errorf("held still, or %d pods were replaced, want %d: %s", m.replaced, replaced, m)
	}
	if !slices.Equal(m.template, image(tag)) {
		t.Errorf("the template names %v, want %s", m.template, tag)
	}
	m.pods = m.pods[1:]
	m.settle()
	if made := m.pods[len(m.pods)-1]; !slices.Equal(made.images, image(tag)) {
		t.Errorf("a pod made later has %v, want %s", made.images, tag)
	}
}

// A process dies after any write; the next goes on, with the same plan, or ends
// what it finds where the plan is gone: forwards while the pods are new, else
// back. No pod is replaced, and nothing is left held.
func TestKilledAfterAnyWrite(t *testing.T) {
	ends := map[string]struct {
		next func(*model) func(Owner) Outcome
		pods string
		want func(begun bool) string
	}{
		"the plan goes on": {func(*model) func(Owner) Outcome { return forward(image("v2")) }, "v2", func(bool) string { return "v2" }},
		"the plan is gone": {
			func(m *model) func(Owner) Outcome { return func(o Owner) Outcome { return Finish(o, m.runs) } }, "v2",
			func(begun bool) string { return map[bool]string{true: "v2", false: "v1"}[begun] },
		},
		"the pods were rolled back": {
			func(m *model) func(Owner) Outcome { return func(o Owner) Outcome { return Finish(o, m.runs) } }, "v1",
			func(bool) string { return "v1" },
		},
	}
	for _, kind := range kinds {
		for name, end := range ends {
			for cut := range 12 {
				t.Run(fmt.Sprint(kind, "/", name, "/", cut), func(t *testing.T) {
					m := newModel(kind, "v1")
					m.upgrade("v2")
					whole := run(m, cut, forward(image("v2")), (*model).control) < cut
					begun := m.mark != nil || slices.Equal(m.template, image("v2"))
					m.upgrade(end.pods)
					if whole && end.pods == "v1" {
						return // it had ended well before
					}
					if kind == "ReplicaSet" && end.pods == "v1" && begun {
						return // one write, and nothing to take back
					}
					if m.mark == nil && begun && end.pods == "v1" {
						return // cleared: it had ended
					}
					run(m, 100, end.next(m), (*model).settle)
					sound(t, m, end.want(begun), 0)
				})
			}
		}
	}
}

// lagging controllers see the owner and its sets late, each at its own time.
func lagging(chance *rand.Rand) func(*model) {
	return func(m *model) {
		for range chance.IntN(4) {
			old := m.seen
			switch chance.IntN(4) {
			case 0:
				m.look()
			case 1:
				m.look()
				m.seen.templates, m.seen.labels = old.templates, old.labels
			case 2:
				m.seen.templates, m.seen.labels = maps.Clone(m.templates), maps.Clone(m.labels)
			case 3:
				m.control()
			}
		}
	}
}

// However late the controllers see what was written, no pod is replaced; old
// ReplicaSets that would be equal to the new template do not take over.
func TestControllersLag(t *testing.T) {
	for _, kind := range kinds {
		for seed := range uint64(500) {
			chance := rand.New(rand.NewPCG(seed, 0))
			m := newModel(kind, "v1")
			for range chance.IntN(3) { // ordinary roll-outs leave old ReplicaSets
				m.template, m.generation = image([]string{"v1", "v2", "v3"}[chance.IntN(3)]), m.generation+1
				m.settle()
			}
			m.replaced = 0
			for _, tag := range []string{"v2", "v1", "v3"} {
				if kind == "ReplicaSet" || m.runs(image(tag)) {
					continue
				}
				m.upgrade(tag)
				run(m, 100, forward(image(tag)), lagging(chance))
				for range 5 {
					run(m, 100, forward(image(tag)), (*model).settle)
				}
				if sound(t, m, tag, 0); t.Failed() {
					t.Fatalf("%s, seed %d", kind, seed)
				}
				m.settle()
				m.upgrade(tag)
				m.replaced = 0
			}
		}
	}
}

// What others do in the middle of an alignment ends well, and as they want it.
func TestOthersMeanwhile(t *testing.T) {
	for name, other := range map[string]struct {
		does     func(*model)
		template string
	}{
		"somebody lets the owner go": {func(m *model) { m.paused, m.onDelete, m.holdAt = false, false, 0 }, "v2"},
		"somebody sets an image":     {func(m *model) { m.template = image("v9") }, "v9"},
		"somebody restarts it":       {func(m *model) { m.like++ }, "v2"},
	} {
		for _, kind := range kinds[:3] {
			for cut := range 8 {
				t.Run(fmt.Sprint(name, "/", kind, "/", cut), func(t *testing.T) {
					m := newModel(kind, "v1")
					m.upgrade("v2")
					run(m, cut, forward(image("v2")), (*model).settle)
					if m.mark == nil {
						return // it has not begun, or has ended
					}
					other.does(m)
					m.generation++
					run(m, 100, func(o Owner) Outcome { return Finish(o, func([]spec.Image) bool { return true }) }, (*model).settle)
					m.settle()
					if m.mark != nil || m.paused || m.onDelete || !slices.Equal(m.template, image(other.template)) {
						t.Errorf("should not be held, and name %s: %s", other.template, m)
					}
				})
			}
		}
	}
}

// An owner that somebody holds, or would write back, is left alone.
func TestPreflight(t *testing.T) {
	owner := func(kind string, change func(*Owner)) Owner {
		o := newModel(kind, "v1").owner()
		change(&o)
		return o
	}
	for _, test := range []struct {
		owner Owner
		want  string
	}{
		{owner("Deployment", func(o *Owner) { o.Held = true }), "it is paused, and not by patchwave; `kubectl rollout resume deployment/lobby`"},
		{owner("Deployment", func(o *Owner) { o.Applier = "Argo CD" }), "Argo CD owns its images"},
		{owner("StatefulSet", func(o *Owner) { o.OnDelete = true }), "its update strategy is OnDelete"},
		{owner("DaemonSet", func(o *Owner) { o.OnDelete = true }), "its update strategy is OnDelete"},
		{owner("ReplicaSet", func(o *Owner) { o.Applier = "Helm" }), "Helm owns its images"},
		{owner("Deployment", func(o *Owner) { o.Sets = append(o.Sets, Set{Name: "other", Replicas: 1}) }), "is rolling out: ReplicaSets set-1, other have pods"},
		{owner("Deployment", func(o *Owner) { o.Sets = nil }), "no ReplicaSet has its template yet"},
		{owner("StatefulSet", func(o *Owner) { o.Pods[1].Revision = "older" }), "is at two revisions: pod pod-2"},
		{owner("DaemonSet", func(o *Owner) { o.Revision = "" }), "is not known yet"},
		{owner("Deployment", func(o *Owner) { o.Mark = &Mark{Plan: "games/other"} }), "plan games/other aligns Deployment lobby"},
	} {
		outcome := Next(test.owner, lobby, image("v2"))
		if said := outcome.Refused + outcome.Waits; len(outcome.Steps) > 0 || !strings.Contains(said, test.want) {
			t.Errorf("says %q and does %v; want %q", said, outcome.Steps, test.want)
		}
		if refused := strings.Contains(outcome.Refused, "template: Leave"); (outcome.Refused != "") != refused {
			t.Errorf("a refusal should say what else to do: %s", outcome.Refused)
		}
	}
}

// Should another ReplicaSet grow after all, the Deployment is paused again, and
// a person has to look.
func TestAlarm(t *testing.T) {
	m := newModel("Deployment", "v1")
	m.upgrade("v2")
	run(m, 3, forward(image("v2")), (*model).settle) // hold, set, release
	m.settle()
	m.sets = append(m.sets, &modelSet{name: "twin", replicas: 1})
	run(m, 1, forward(image("v2")), (*model).control)
	outcome := Next(m.owner(), lobby, image("v2"))
	if !m.paused || !strings.Contains(outcome.Refused, "another ReplicaSet, twin, has pods: it is paused") {
		t.Errorf("paused %t, %+v", m.paused, outcome)
	}
	m.paused = false
	if outcome := Next(m.owner(), lobby, image("v2")); len(outcome.Steps) != 1 || outcome.Steps[0].Verb != Clear {
		t.Errorf("a person has let it go: %+v", outcome)
	}
}
