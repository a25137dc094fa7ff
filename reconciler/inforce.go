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
	// Before are the commits that the branch had before, as many as are worth
	// telling of, the oldest first.
	Before   []string
	Plans    []spec.Plan
	Problems []spec.Problem
	// Behind names, by namespace, another source that was not looked at since this was
	// read: a plan that is missing here may have moved there.
	Behind map[string]string
	// Unused says why the folder holds no plan though none was taken out of it, as
	// where the configuration names another folder; "" where that is not so.
	Unused string
	// Stuck says why plans can be neither looked at nor recorded, which no record tells.
	Stuck map[spec.Key]string
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

// InForce says which plans are in force, given the configured sources, what was
// read of them and what was recorded.
//
// Absence is not deletion: a recorded plan whose source was not read yet, or
// that is broken at the newest commit, whose source reads a folder that never had plans,
// or that may have moved to another source, stays in force but starts nothing, and only
// a good commit without the plan withdraws it. Of two sources with one name the first
// keeps it, also while it is held.
func InForce(sources []string, readings []Reading, records []Record) []Plan {
	var plans []Plan
	taken := map[spec.Key]bool{}
	take := func(found []Plan) {
		for _, plan := range found {
			if !taken[plan.Key()] {
				taken[plan.Key()] = true
				plans = append(plans, plan)
			}
		}
	}
	var missing []Plan
	for _, source := range sources {
		reading := readingOf(source, readings)
		held, gone := reading.absent(records)
		take(reading.present())
		take(held)
		missing = append(missing, gone...)
	}
	take(missing) // a plan that moved to another source is not
	return plans
}

// readingOf is what was read of a source; one without a commit where nothing was.
func readingOf(source string, readings []Reading) Reading {
	for _, reading := range readings {
		if reading.Source == source {
			return reading
		}
	}
	return Reading{Source: source}
}

// present are the plans that the commit has.
func (r Reading) present() []Plan {
	var plans []Plan
	for _, plan := range r.Plans {
		plans = append(plans, Plan{Plan: plan, Source: r.Source, Digest: plan.Digest(), Revision: r.Revision})
	}
	return plans
}

// absent are the source's recorded plans that the commit does not have: held, and gone
// unless another source has them.
func (r Reading) absent(records []Record) (held, gone []Plan) {
	present := map[spec.Key]bool{}
	for _, plan := range r.Plans {
		present[plan.Key()] = true
	}
	for _, record := range records {
		if record.Source != r.Source || present[record.Plan.Key()] || !record.sound() {
			continue
		}
		plan := Plan{Plan: record.Plan, Source: record.Source, Digest: record.Digest, Revision: r.Revision}
		plan.Unread = r.Commit == ""
		if plan.Held = r.holds(plan.Key()); plan.Held != "" {
			held = append(held, plan)
			continue
		}
		plan.Moving = r.movedTo(record)
		plan.Withdrawn = plan.Moving == ""
		gone = append(gone, plan)
	}
	return held, gone
}

// movedTo says where a plan that the commit does not have may be found yet, "" for
// nowhere. What is being put back already goes on.
func (r Reading) movedTo(record Record) string {
	other := r.Behind[record.Plan.Metadata.Namespace]
	if other == "" || record.Status.Attempt.Result == Withdrawn {
		return ""
	}
	return fmt.Sprintf("source %s no longer has it at %s; waits for a look at source %s, where it may have moved to", r.Source, r.Revision, other)
}

// holds says why a recorded plan is not taken for deleted, "" where it is.
func (r Reading) holds(key spec.Key) string {
	if r.Commit == "" {
		return "source " + r.Source + " was not read since patchwave started"
	}
	for _, problem := range r.Problems {
		if problem.Plan == key || problem.Plan == (spec.Key{}) {
			return fmt.Sprintf("%s at %s; its last valid form stays in force", problem.Error(), r.Revision)
		}
	}
	if r.Unused != "" {
		return fmt.Sprintf("%s at %s; it stays in force until it is there again, or until kubectl delete upgrade %s -n %s", r.Unused, r.Revision, key.Name, key.Namespace)
	}
	return ""
}
