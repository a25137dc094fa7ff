// Package preview says what merging a pull request would do: it compares the
// plans that the branch has with those that it would have, and asks the heart's
// own decision about the live cluster.
package preview

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// Side is what a commit holds.
type Side struct {
	Plans    []spec.Plan
	Problems []spec.Problem
}

func (s Side) byKey() map[spec.Key]spec.Plan {
	plans := map[spec.Key]spec.Plan{}
	for _, plan := range s.Plans {
		plans[plan.Key()] = plan
	}
	return plans
}

// Compare says which plans change from one side to the other, by name, and
// which problems are new there. known counts the problems that stay.
func Compare(before, after Side) (changes []report.Change, problems []spec.Problem, known int) {
	old, now := before.byKey(), after.byKey()
	broken := map[spec.Key]bool{}
	for _, problem := range after.Problems {
		broken[problem.Plan] = true
	}
	problems, known = news(before.Problems, after.Problems)
	keys := maps.Clone(old)
	maps.Copy(keys, now)
	for _, key := range slices.SortedFunc(maps.Keys(keys), func(a, b spec.Key) int { return cmp.Compare(a.String(), b.String()) }) {
		was, wasThere := old[key]
		is, isThere := now[key]
		change := report.Change{Key: key}
		switch {
		case !isThere && (broken[key] || broken[spec.Key{}]):
			continue // a problem tells of it
		case !isThere:
			change.Turn, change.Sibling = report.Removed, sibling(was, after.Plans, old)
		case !wasThere:
			change.Turn, change.Sibling = report.Added, sibling(is, before.Plans, now)
		case was.Digest() == is.Digest() && was.Position.File == is.Position.File:
			continue
		case was.Digest() == is.Digest():
			change.Turn, change.From, change.To = report.Moved, was.Position.File, is.Position.File
		}
		changes = append(changes, change)
	}
	return changes, problems, known
}

// news are the problems that were not there before, word for word.
func news(before, after []spec.Problem) (problems []spec.Problem, known int) {
	old := map[string]bool{}
	for _, problem := range before {
		old[problem.Error()] = true
	}
	for _, problem := range after {
		if old[problem.Error()] {
			known++
			continue
		}
		problems = append(problems, problem)
	}
	return problems, known
}

// sibling is a plan for the same pods that only the other side has: that makes a
// renaming of what would be a removal or an addition. The zero key is none.
func sibling(plan spec.Plan, candidates []spec.Plan, others map[spec.Key]spec.Plan) spec.Key {
	for _, candidate := range candidates {
		_, stays := others[candidate.Key()]
		if !stays && candidate.Metadata.Namespace == plan.Metadata.Namespace && reflect.DeepEqual(candidate.Spec.Target, plan.Spec.Target) {
			return candidate.Key()
		}
	}
	return spec.Key{}
}
