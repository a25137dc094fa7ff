package report

import (
	"slices"
	"strings"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// View is what there is to tell.
type View struct {
	Instance  string // the configured name
	TargetURL string // what the statuses link to; may be empty
	// Readings are of all sources; one that was not read yet has no commit.
	Readings []reconciler.Reading
	Records  []reconciler.Record
	// Past are, by source, the commits that stood at the branch's tip before,
	// as far as this process has seen them.
	Past map[string][]string
	// Summary leaves the names of pods and nodes out of comments.
	Summary bool
}

// Statuses are the commit statuses that follow from a view: one for each
// commit that was or is the tip, and one for each plan that a commit rolled
// out or broke; where these are many, for those that failed. What older commits
// show pending, and nobody answers for any more, is ended. Of each source older
// commits come first, and the tip last.
func Statuses(view View) []CommitStatus {
	var statuses []CommitStatus
	for _, teller := range view.tellers() {
		for _, commit := range teller.commits() {
			plans := teller.plans(commit)
			statuses = append(statuses, few(plans)...)
			statuses = append(statuses, teller.sum(commit, plans)...)
		}
	}
	return Gravest(statuses)
}

// tellers tell of one source each.
func (v View) tellers() []teller {
	keepers := keepers(v.Readings)
	var tellers []teller
	for _, reading := range v.Readings {
		if reading.Repository != "" {
			tellers = append(tellers, teller{v, reading, recordsOf(reading.Source, v.Records), keepers})
		}
	}
	return tellers
}

// keepers are the sources that keep the plans' names: the first of those that
// have a plan of the name.
func keepers(readings []reconciler.Reading) map[spec.Key]string {
	keepers := map[spec.Key]string{}
	for _, reading := range readings {
		for _, plan := range reading.Plans {
			if _, taken := keepers[plan.Key()]; !taken {
				keepers[plan.Key()] = reading.Source
			}
		}
	}
	return keepers
}

// recordsOf are the records of a source, in the order of their plans' names.
func recordsOf(source string, records []reconciler.Record) []reconciler.Record {
	var own []reconciler.Record
	for _, record := range records {
		if record.Source == source && record.Status.Attempt.Digest != "" {
			own = append(own, record)
		}
	}
	slices.SortFunc(own, func(a, b reconciler.Record) int {
		return strings.Compare(a.Plan.Key().String(), b.Plan.Key().String())
	})
	return own
}

// Gravest keeps one status for each context of a commit: sources of one
// repository share "<name>", and the gravest of what they say stands.
func Gravest(statuses []CommitStatus) []CommitStatus {
	known := map[place]int{}
	var kept []CommitStatus
	for _, status := range statuses {
		at := status.place()
		i, twice := known[at]
		switch {
		case !twice:
			known[at] = len(kept)
			kept = append(kept, status)
		case status.graver(kept[i]):
			kept[i] = status
		}
	}
	return kept
}

// gravity orders states: what is still open outweighs what has ended well.
var gravity = map[State]int{Success: 0, Error: 1, Pending: 2, Failure: 3}

// graver tells whether a status outweighs another of the same context. One of
// the past never outweighs one of the present.
func (s CommitStatus) graver(other CommitStatus) bool {
	if s.OnlyUnfinished != other.OnlyUnfinished {
		return other.OnlyUnfinished
	}
	return gravity[s.State] > gravity[other.State]
}
