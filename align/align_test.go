package align

import (
	"fmt"
	"slices"
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
