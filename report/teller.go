package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// maxDescription is GitHub's limit of a status's description, in characters.
const maxDescription = 140

// teller tells of one source.
type teller struct {
	View
	reading reconciler.Reading
	records []reconciler.Record // of the source
	keepers map[spec.Key]string
}

// commits are all that the source's statuses stand on. Those that only the
// records know are older than any that this process has seen at the tip.
func (t teller) commits() []string {
	past := t.Past[t.reading.Source]
	begun := map[string]time.Time{"": {}, t.reading.Commit: {}}
	for _, commit := range past {
		begun[commit] = time.Time{}
	}
	for _, record := range t.records {
		for _, attempt := range attempts(record) {
			commit := commitOf(attempt.Revision)
			if at, known := begun[commit]; !known || attempt.StartedAt.Before(at) {
				begun[commit] = attempt.StartedAt
			}
		}
	}
	delete(begun, "")
	delete(begun, t.reading.Commit)
	commits := slices.SortedFunc(maps.Keys(begun), func(a, b string) int {
		return cmp.Or(cmp.Compare(slices.Index(past, a), slices.Index(past, b)), begun[a].Compare(begun[b]), cmp.Compare(a, b))
	})
	return append(commits, t.reading.Commit)
}

// attempts are a plan's, the newest first.
func attempts(record reconciler.Record) []reconciler.Attempt {
	return append([]reconciler.Attempt{record.Status.Attempt}, record.Status.History...)
}

func (t teller) status(commit, context string, state State, description string) CommitStatus {
	return CommitStatus{
		Repository: t.reading.Repository, SHA: commit, Context: context,
		State: state, Description: shorten(description, maxDescription), TargetURL: t.TargetURL,
	}
}

// plans are the statuses "<name>/<namespace>/<plan>" on a commit, for the plans
// that it rolled out.
func (t teller) plans(commit string) []CommitStatus {
	var statuses []CommitStatus
	for _, record := range t.records {
		all := attempts(record)
		i := slices.IndexFunc(all, func(a reconciler.Attempt) bool { return commitOf(a.Revision) == commit })
		if i < 0 {
			continue
		}
		state, text := standing(record.Status)
		if i > 0 {
			state, text = ending(all[i], all[i-1].Revision)
		}
		status := t.status(commit, t.Instance+"/"+record.Plan.Key().String(), state, text)
		status.OnlyUnfinished = i > 0
		statuses = append(statuses, status)
	}
	return statuses
}

// standing is how a plan's present attempt stands.
func standing(status reconciler.Status) (State, string) {
	stalled, isStalled := status.Condition("Stalled")
	attempt := status.Attempt
	switch {
	case attempt.Result == reconciler.Withdrawn:
		return Error, attempt.Message
	case attempt.Result == reconciler.Completed:
		return Success, attempt.Message
	case isStalled:
		return Failure, stalled.Message
	}
	return Pending, "rolling out"
}

// ending is how an attempt ended that another one followed.
func ending(attempt reconciler.Attempt, successor string) (State, string) {
	switch attempt.Result {
	case reconciler.Completed:
		return Success, attempt.Message
	case reconciler.Halted:
		return Failure, attempt.Message
	}
	return Error, "superseded by " + short(commitOf(successor))
}

// sum is the status "<name>" on a commit, given those of the plans on it.
func (t teller) sum(commit string, plans []CommitStatus) CommitStatus {
	if commit == t.reading.Commit {
		state, text := t.tip()
		return t.status(commit, t.Instance, state, text)
	}
	if len(plans) == 0 {
		status := t.status(commit, t.Instance, Error, "superseded by "+short(t.reading.Commit))
		status.OnlyUnfinished = true
		return status
	}
	gravest := plans[0]
	for _, plan := range plans {
		if gravity[plan.State] > gravity[gravest.State] {
			gravest = plan
		}
	}
	status := t.status(commit, t.Instance, gravest.State, t.summary(gravest, len(plans)))
	status.OnlyUnfinished = true // what was said of it as the tip stands
	return status
}

func (t teller) summary(gravest CommitStatus, plans int) string {
	switch gravest.State {
	case Success:
		return rolledOut(plans)
	case Pending:
		return gravest.Description
	}
	return strings.TrimPrefix(gravest.Context, t.Instance+"/") + ": " + gravest.Description
}

// tip sums up what the newest commit rolls out. A commit that changes no plan
// has nothing to wait for, whatever an older one still does.
func (t teller) tip() (State, string) {
	if n := len(t.reading.Problems); n > 0 {
		rest := more(n - 1)
		return Failure, shorten(t.reading.Problems[0].Error(), maxDescription-len(rest)) + rest
	}
	rolled, pending := 0, false
	for _, plan := range t.reading.Plans {
		state, text, concerned := t.newest(plan)
		switch {
		case !concerned:
			continue
		case state == Failure:
			return Failure, plan.Key().String() + ": " + text
		}
		rolled++
		pending = pending || state == Pending
	}
	if pending {
		return Pending, "rolling out"
	}
	return Success, rolledOut(rolled)
}

// newest is how a plan of the newest commit stands, if that commit is the one
// that rolls it out.
func (t teller) newest(plan spec.Plan) (state State, text string, concerned bool) {
	if keeper := t.keepers[plan.Key()]; keeper != t.reading.Source {
		return Failure, fmt.Sprintf("source %s has a plan of this name, and keeps it", keeper), true
	}
	i := slices.IndexFunc(t.records, func(r reconciler.Record) bool { return r.Plan.Key() == plan.Key() })
	if i < 0 || !begun(plan, t.records[i]) {
		return Pending, "", true
	}
	state, text = standing(t.records[i].Status)
	return state, text, commitOf(t.records[i].Status.Attempt.Revision) == t.reading.Commit
}

// begun tells whether a record is of the very plan, and not of one that was
// deleted and is back.
func begun(plan spec.Plan, record reconciler.Record) bool {
	attempt := record.Status.Attempt
	return record.Digest == plan.Digest() && attempt.Digest == record.Digest && attempt.Result != reconciler.Withdrawn
}

func rolledOut(plans int) string {
	switch plans {
	case 0:
		return "no plan changed"
	case 1:
		return "1 plan rolled out"
	}
	return fmt.Sprintf("%d plans rolled out", plans)
}

// commitOf takes the commit out of a revision, "main@sha1:…".
func commitOf(revision string) string {
	_, commit, _ := strings.Cut(revision, "@sha1:")
	return commit
}

func short(commit string) string { return commit[:min(7, len(commit))] }

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

// shorten keeps a text on one line and within a limit of characters.
func shorten(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}
