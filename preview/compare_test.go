package preview

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// side is what a source has in force, written "file:name/target@image", without a
// file where a problem keeps it; a word that begins with "!" is a problem of a plan,
// "!" alone of a whole file.
func side(text string) Side {
	var s Side
	for word := range strings.FieldsSeq(text) {
		if name, broken := strings.CutPrefix(word, "!"); broken {
			problem := spec.Problem{Position: spec.Position{File: "x.yaml", Line: 1, Column: 1}, Message: "wrong: " + name}
			if name != "" {
				problem.Plan = spec.Key{Namespace: "games", Name: name}
			}
			s.Problems = append(s.Problems, problem)
			continue
		}
		file, rest, _ := strings.Cut(word, ":")
		name, rest, _ := strings.Cut(rest, "/")
		target, image, _ := strings.Cut(rest, "@")
		plan := spec.Plan{
			Metadata: spec.Metadata{Namespace: "games", Name: name}, Position: spec.Position{File: file},
			Spec: spec.PlanSpec{Target: spec.Target{Kind: "Deployment", Name: target}, Images: []spec.Image{{Container: "c", Image: image}}},
		}
		if file == "" {
			s.Held = append(s.Held, plan)
			continue
		}
		s.Plans = append(s.Plans, plan)
	}
	return s
}

func TestCompare(t *testing.T) {
	turns := map[report.Turn]string{report.Changed: "changed", report.Added: "added", report.Removed: "removed", report.Moved: "moved"}
	for name, test := range map[string]struct{ before, after, want string }{
		"nothing":                       {"a:x/x@1 b:y/y@1", "b:y/y@1 a:x/x@1", "0 new, 0 known"},
		"changed":                       {"a:x/x@1 b:y/y@1", "a:x/x@2 b:y/y@1", "x changed; 0 new, 0 known"},
		"changed, in another file":      {"a:x/x@1", "b:x/x@2", "x changed; 0 new, 0 known"},
		"moved":                         {"a:x/x@1", "b:x/x@1", "x moved a to b; 0 new, 0 known"},
		"added":                         {"a:x/x@1", "a:x/x@1 b:y/y@1", "y added; 0 new, 0 known"},
		"removed":                       {"a:x/x@1 b:y/y@1", "a:x/x@1", "y removed; 0 new, 0 known"},
		"renamed":                       {"a:x/pods@1", "a:y/pods@2", "x removed for games/y; y added for games/x; 0 new, 0 known"},
		"added for pods that have one":  {"a:x/pods@1", "a:x/pods@1 b:y/pods@1", "y added; 0 new, 0 known"},
		"broken":                        {"a:x/x@1", "!x :x/x@1", "1 new, 0 known"},
		"broken, and never recorded":    {"a:x/x@1", "!x", "1 new, 0 known"},
		"broken in an unreadable file":  {"a:x/x@1", "! :x/x@1", "1 new, 0 known"},
		"broken before as well":         {"!x :x/x@1", "!x :x/x@1 b:y/y@1", "y added; 0 new, 1 known"},
		"mended, and never in force":    {"!x", "a:x/x@1", "x added; 0 new, 0 known"},
		"mended":                        {"!x :x/x@1", "a:x/x@1", "x changed; 0 new, 0 known"},
		"mended, with another image":    {"!x :x/x@1", "a:x/x@2", "x changed; 0 new, 0 known"},
		"broken, and taken out":         {"!x :x/x@1", "", "x removed; 0 new, 0 known"},
		"one breaks and another is out": {"a:x/x@1 b:y/y@1", "!x :x/x@1", "y removed; 1 new, 0 known"},
		"out, beside an unreadable one": {"! a:x/x@1", "! :x/x@1", "x changed; 0 new, 1 known"},
		"what that one kept goes":       {"! :x/x@1", "", "x removed; 0 new, 0 known"},
		"renamed while it was broken":   {"!x :x/pods@1", "a:y/pods@2", "x removed for games/y; y added for games/x; 0 new, 0 known"},
	} {
		changes, problems, known := Compare(side(test.before), side(test.after))
		var words []string
		for _, change := range changes {
			word := change.Key.Name + " " + turns[change.Turn]
			if change.Sibling != (spec.Key{}) {
				word += " for " + change.Sibling.String()
			}
			if change.Turn == report.Moved {
				word += " " + change.From + " to " + change.To
			}
			words = append(words, word)
		}
		words = append(words, fmt.Sprintf("%d new, %d known", len(problems), known))
		if diff := cmp.Diff(test.want, strings.Join(words, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A pull request is not blamed for what the branch has, on whatever line it comes
// to stand.
func TestKnownProblems(t *testing.T) {
	at := func(file string, line int) spec.Problem {
		return spec.Problem{Position: spec.Position{File: file, Line: line, Column: 1}, Message: "is wrong"}
	}
	before := Side{Problems: []spec.Problem{at("a.yaml", 3)}}
	after := Side{Problems: []spec.Problem{at("a.yaml", 4), at("a.yaml", 9), at("b.yaml", 3)}}
	_, problems, known := Compare(before, after)
	if want := []spec.Problem{at("a.yaml", 9), at("b.yaml", 3)}; known != 1 || !slices.Equal(problems, want) {
		t.Errorf("new are %v, known %d", problems, known)
	}
}

func attempt(result reconciler.Result, restarts int, took time.Duration) reconciler.Attempt {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return reconciler.Attempt{Result: result, Restarts: restarts, StartedAt: began, EndedAt: began.Add(took)}
}

func TestEstimate(t *testing.T) {
	plan := spec.PlanSpec{
		GracePeriodSeconds: 30, MinReadySeconds: 5,
		Waves: []spec.Wave{{Pods: spec.Count(1), Soak: spec.Duration(time.Minute)}, {Pods: spec.Percent(100), Soak: spec.Duration(time.Hour)}},
	}
	moving := func(pods ...int) reconciler.Forecast {
		f := reconciler.Forecast{Plan: reconciler.Plan{Plan: spec.Plan{Spec: plan}}, AtOnce: 2}
		for _, count := range pods {
			f.Waves = append(f.Waves, slices.Repeat([]reconciler.Move{{Drained: true, Changes: make([]reconciler.Change, 1)}}, count))
		}
		return f
	}
	forecast := moving(1, 3)
	undrained := moving(1, 0)
	undrained.Waves[0][0].Drained = false
	approved := attempt(reconciler.Completed, 4, 7*time.Minute)
	approved.Approvals = make([]reconciler.Approval, 1)
	const byFields, byPast = "by the plan's fields, and 10s for a restart", "as its last roll-out took"
	for name, test := range map[string]struct {
		forecast reconciler.Forecast
		attempts []reconciler.Attempt
		lasts    time.Duration
		basis    string
	}{
		"nothing to do":              {moving(0, 0), nil, 0, ""},
		"the first wave alone":       {moving(1, 0), nil, 45 * time.Second, byFields},
		"a pod that is not drained":  {undrained, nil, 15 * time.Second, byFields},
		"the second wave alone":      {moving(0, 1), nil, 45*time.Second + time.Minute, byFields},
		"once, of one pod":           {forecast, []reconciler.Attempt{attempt(reconciler.Completed, 1, 5*time.Second)}, 3*45*time.Second + time.Minute, byFields},
		"once, of many":              {forecast, []reconciler.Attempt{attempt(reconciler.Completed, 9, 9*time.Minute)}, 3*45*time.Second + time.Minute, byFields},
		"once, with an approval":     {forecast, []reconciler.Attempt{approved}, 3*45*time.Second + time.Minute, byFields},
		"once, over a closed window": {forecast, []reconciler.Attempt{attempt(reconciler.Completed, 4, 9*time.Hour)}, 3*45*time.Second + time.Minute, byFields},
		"never rolled out":           {forecast, nil, 3*45*time.Second + time.Minute, byFields},
		"only adopted, or failed":    {forecast, []reconciler.Attempt{attempt(reconciler.Completed, 0, time.Second), attempt(reconciler.Halted, 3, time.Second)}, 3*45*time.Second + time.Minute, byFields},
		"once":                       {forecast, []reconciler.Attempt{attempt(reconciler.Completed, 4, 7*time.Minute)}, 7 * time.Minute, byPast},
		"now failed, once before":    {forecast, []reconciler.Attempt{attempt(reconciler.Halted, 1, time.Minute), attempt(reconciler.Completed, 4, 7*time.Minute)}, 7 * time.Minute, byPast},
		"three times, in disorder":   {forecast, []reconciler.Attempt{attempt(reconciler.Completed, 4, 9*time.Minute), attempt(reconciler.Completed, 4, time.Minute), attempt(reconciler.Completed, 4, 7*time.Minute)}, 7 * time.Minute, "as its last 3 roll-outs took, in the middle"},
	} {
		var status reconciler.Status
		if len(test.attempts) > 0 {
			status.Attempt, status.History = test.attempts[0], test.attempts[1:]
		}
		if lasts, basis := Estimate(test.forecast, status); lasts != test.lasts || basis != test.basis {
			t.Errorf("%s: %s, %s; want %s, %s", name, lasts, basis, test.lasts, test.basis)
		}
	}
}

// A plan of another namespace is for other pods, though they have the same name.
func TestNoRenamingAcrossNamespaces(t *testing.T) {
	before, after := side("a:x/pods@1"), side("a:y/pods@1")
	after.Plans[0].Metadata.Namespace = "shop"
	changes, _, _ := Compare(before, after)
	if len(changes) != 2 || changes[0].Sibling != (spec.Key{}) || changes[1].Sibling != (spec.Key{}) {
		t.Errorf("changes %+v", changes)
	}
}
