package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/patchwave/patchwave/reconciler"
)

// maxDescription is GitHub's limit of a status's description, in characters.
const maxDescription = 140

// View is what there is to tell.
type View struct {
	Instance  string // the configured name
	TargetURL string // what the statuses link to; may be empty
	Readings  []reconciler.Reading
	Records   []reconciler.Record
	// Past are, by source, the commits that stood at the branch's tip before,
	// as far as this process has seen them.
	Past map[string][]string
}

// Statuses are the commit statuses that follow from a view: one for each
// commit that was or is the tip, and one for each plan that a commit rolled out.
func Statuses(view View) []CommitStatus {
	var statuses []CommitStatus
	for _, reading := range view.Readings {
		if reading.Repository != "" {
			teller := teller{view, reading, map[string]bool{}}
			statuses = append(statuses, teller.plans()...)
			statuses = append(statuses, teller.tips()...)
		}
	}
	return statuses
}

// teller tells of one source. Seen are the commits its records speak of.
type teller struct {
	View
	reading reconciler.Reading
	seen    map[string]bool
}

func (t teller) status(commit, context string, state State, description string) CommitStatus {
	return CommitStatus{Repository: t.reading.Repository, SHA: commit, Context: context, State: state, Description: shorten(description), TargetURL: t.TargetURL}
}

// plans are the statuses "<name>/<namespace>/<plan>", on the commit that each
// attempt belongs to.
func (t teller) plans() []CommitStatus {
	var statuses []CommitStatus
	for _, record := range t.own() {
		context := t.Instance + "/" + record.Plan.Key().String()
		attempt := record.Status.Attempt
		state, text := standing(record.Status)
		statuses = append(statuses, t.status(commitOf(attempt.Revision), context, state, text))
		for _, past := range record.Status.History {
			if commitOf(past.Revision) == commitOf(attempt.Revision) {
				continue
			}
			state, text := ending(past, attempt.Revision)
			statuses = append(statuses, t.status(commitOf(past.Revision), context, state, text))
			break // those before were told when this one began
		}
	}
	return statuses
}

// own are the records of the teller's source.
func (t teller) own() []reconciler.Record {
	var own []reconciler.Record
	for _, record := range t.Records {
		if record.Source == t.reading.Source && record.Status.Attempt.Digest != "" {
			own = append(own, record)
		}
	}
	return own
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

// tips are the statuses "<name>", on the newest commit and those before it.
func (t teller) tips() []CommitStatus {
	state, text := t.tip()
	statuses := []CommitStatus{t.status(t.reading.Commit, t.Instance, state, text)}
	t.seen[t.reading.Commit] = true
	for _, record := range t.own() {
		t.before(&statuses, record.Status.Attempt)
		for _, past := range record.Status.History {
			t.before(&statuses, past)
		}
	}
	for _, commit := range t.Past[t.reading.Source] {
		t.before(&statuses, reconciler.Attempt{Revision: "@sha1:" + commit})
	}
	return statuses
}

// tip sums up what the newest commit rolls out. A commit that changes no plan
// has nothing to wait for, whatever an older one still does.
func (t teller) tip() (State, string) {
	if n := len(t.reading.Problems); n > 0 {
		return Failure, t.reading.Problems[0].Error() + more(n-1)
	}
	rolled, pending := 0, 0
	for _, plan := range t.reading.Plans {
		record, ok := t.record(plan.Key().String())
		begun := ok && record.Digest == plan.Digest() && record.Status.Attempt.Digest == record.Digest
		if begun && commitOf(record.Status.Attempt.Revision) != t.reading.Commit {
			continue
		}
		rolled++
		state, text := Pending, ""
		if begun {
			state, text = standing(record.Status)
		}
		if state == Failure {
			return Failure, plan.Key().String() + ": " + text
		}
		if state == Pending {
			pending++
		}
	}
	if pending > 0 {
		return Pending, "rolling out"
	}
	return Success, fmt.Sprintf("%d of %d plans rolled out", rolled, len(t.reading.Plans))
}

func (t teller) record(key string) (reconciler.Record, bool) {
	for _, record := range t.own() {
		if record.Plan.Key().String() == key {
			return record, true
		}
	}
	return reconciler.Record{}, false
}

// before gives a commit that is no longer the tip its final status, where it
// was left without one.
func (t teller) before(statuses *[]CommitStatus, attempt reconciler.Attempt) {
	commit := commitOf(attempt.Revision)
	if commit == "" || t.seen[commit] {
		return
	}
	t.seen[commit] = true
	state, text := t.sumUp(commit)
	last := t.status(commit, t.Instance, state, text)
	last.OnlyUnfinished = true
	*statuses = append(*statuses, last)
}

// sumUp is how everything ended that an earlier commit began.
func (t teller) sumUp(commit string) (State, string) {
	began, state, text := 0, Success, "rolled out"
	for _, record := range t.own() {
		for _, attempt := range append(record.Status.History, record.Status.Attempt) {
			if commitOf(attempt.Revision) != commit {
				continue
			}
			began++
			if ended, why := ending(attempt, t.reading.Revision); ended != Success && state != Failure {
				state, text = ended, why
			}
		}
	}
	if began == 0 {
		return Error, "superseded by " + short(t.reading.Commit)
	}
	return state, text
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

// shorten keeps a description on one line and within GitHub's limit.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= maxDescription {
		return text
	}
	return string([]rune(text)[:maxDescription-1]) + "…"
}
