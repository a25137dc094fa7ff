package reconciler

import (
	"fmt"

	"github.com/patchwave/patchwave/spec"
)

// Reading is what the newest good commit of a source says.
type Reading struct {
	Source     string
	Repository string // "owner/name" where the source lives on a forge
	Commit     string // 40 hexadecimal digits
	Revision   string // "main@sha1:…"
	Plans      []spec.Plan
	Problems   []spec.Problem
}

// Record is what patchwave keeps of a plan in the cluster: the plan last in
// force as a mirror, its digest, and its status.
type Record struct {
	Source string
	Digest string
	Plan   spec.Plan
	Status Status
}

// sound tells whether the mirror is the plan it claims to be.
func (r Record) sound() bool { return r.Plan.Digest() == r.Digest }

// InForce says which plans are in force, given what was read from Git, in the
// order of the sources, and what was recorded.
//
// Absence is not deletion: a record whose source was not read yet is left
// alone, one whose plan is broken stays in force but starts nothing, and only
// a good commit without the plan withdraws it. The first source keeps a name.
func InForce(readings []Reading, records []Record) []Plan {
	var plans []Plan
	read := map[spec.Key]bool{}
	for _, reading := range readings {
		for _, plan := range reading.Plans {
			if !read[plan.Key()] {
				read[plan.Key()] = true
				plans = append(plans, Plan{Plan: plan, Source: reading.Source, Digest: plan.Digest(), Revision: reading.Revision})
			}
		}
	}
	for _, record := range records {
		if reading, ok := readingOf(record.Source, readings); ok && !read[record.Plan.Key()] && record.sound() {
			plans = append(plans, reading.absent(record))
		}
	}
	return plans
}

func readingOf(source string, readings []Reading) (Reading, bool) {
	for _, reading := range readings {
		if reading.Source == source {
			return reading, true
		}
	}
	return Reading{}, false
}

// absent is a recorded plan that the reading does not have: held where a
// problem may be the cause, withdrawn otherwise.
func (r Reading) absent(record Record) Plan {
	plan := Plan{Plan: record.Plan, Source: record.Source, Digest: record.Digest, Revision: r.Revision}
	for _, problem := range r.Problems {
		if problem.Plan == plan.Key() || problem.Plan == (spec.Key{}) {
			plan.Held = fmt.Sprintf("%s at %s; its last valid form stays in force", problem.Error(), r.Revision)
			return plan
		}
	}
	plan.Withdrawn = true
	return plan
}
