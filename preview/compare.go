// Package preview says what merging a pull request would do: it compares the
// plans that the branch has with those that it would have, and asks the heart's
// own decision about the live cluster.
package preview

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// Side is what a source has in force at a commit.
type Side struct {
	Plans    []spec.Plan // that the commit has
	Held     []spec.Plan // that it has not, and that a problem keeps
	Problems []spec.Problem
}

// side is what the view's source has in force.
func (v view) side(sources []string) Side {
	s := Side{Plans: v.base.Plans, Problems: v.base.Problems}
	for _, plan := range reconciler.InForce(sources, v.readings, v.records) {
		if plan.Source == v.base.Source && plan.Held != "" {
			s.Held = append(s.Held, plan.Plan)
		}
	}
	return s
}

// standing is a plan, and whether a problem keeps it.
type standing struct {
	spec.Plan
	held bool
}

func (s Side) byKey() map[spec.Key]standing {
	plans := map[spec.Key]standing{}
	for _, plan := range s.Held {
		plans[plan.Key()] = standing{plan, true}
	}
	for _, plan := range s.Plans {
		plans[plan.Key()] = standing{plan, false}
	}
	return plans
}

// Compare says what becomes of the plans that are in force, by name, and which
// problems are new. known counts the problems that stay.
func Compare(before, after Side) (changes []report.Change, problems []spec.Problem, known int) {
	problems, known = news(before.Problems, after.Problems)
	broken := map[spec.Key]bool{}
	for _, problem := range problems {
		broken[problem.Plan] = true
	}
	old, now := before.byKey(), after.byKey()
	keys := maps.Clone(old)
	maps.Copy(keys, now)
	for _, key := range slices.SortedFunc(maps.Keys(keys), func(a, b spec.Key) int { return cmp.Compare(a.String(), b.String()) }) {
		was, wasThere := old[key]
		is, isThere := now[key]
		same := was.Digest() == is.Digest() && was.held == is.held
		change := report.Change{Key: key}
		switch {
		case (!isThere || is.held) && (broken[key] || broken[spec.Key{}]):
			continue // a problem tells of it
		case !isThere:
			change.Turn, change.Sibling = report.Removed, sibling(was.Plan, now, old)
		case !wasThere:
			change.Turn, change.Sibling = report.Added, sibling(is.Plan, old, now)
		case same && was.Position.File == is.Position.File:
			continue
		case same:
			change.Turn, change.From, change.To = report.Moved, was.Position.File, is.Position.File
		}
		changes = append(changes, change)
	}
	return changes, problems, known
}

// news are the problems that were not there before, on whatever lines.
func news(before, after []spec.Problem) (problems []spec.Problem, known int) {
	old := map[spec.Problem]int{}
	for _, problem := range before {
		old[anywhere(problem)]++
	}
	for _, problem := range after {
		if at := anywhere(problem); old[at] > 0 {
			old[at]--
			known++
			continue
		}
		problems = append(problems, problem)
	}
	return problems, known
}

// anywhere is a problem of its file.
func anywhere(problem spec.Problem) spec.Problem {
	problem.Position = spec.Position{File: problem.File}
	return problem
}

// sibling is a plan for the same pods that only the other side has: that makes a
// renaming of what would be a removal or an addition. The zero key is none.
func sibling(plan spec.Plan, candidates, others map[spec.Key]standing) spec.Key {
	var found spec.Key
	for key, candidate := range candidates {
		_, stays := others[key]
		alike := key.Namespace == plan.Metadata.Namespace && reflect.DeepEqual(candidate.Spec.Target, plan.Spec.Target)
		if !stays && alike && (found == spec.Key{} || key.Name < found.Name) {
			found = key
		}
	}
	return found
}
