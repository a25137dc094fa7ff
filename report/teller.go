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

const (
	// rememberedCommits bounds how many commits are told of whose plans have all
	// been rolled out: each costs a request after a start.
	rememberedCommits = 40
	// rememberedComments bounds the same for comments.
	rememberedComments = 10
	// fewPlans is how many plans of a commit have statuses of their own.
	fewPlans = 20
)

// teller tells of one source.
type teller struct {
	View
	reading reconciler.Reading
	records []reconciler.Record // of the source
	keepers map[spec.Key]string
}

// commits are all that the source's statuses stand on, the tip last. Those that
// only the records know are older than any that this process has seen at the tip.
func (t teller) commits() []string {
	begun, open := t.begun()
	known := append(slices.Clone(t.reading.Before), t.Past[t.reading.Source]...)
	for _, commit := range known {
		begun[commit] = time.Time{}
	}
	delete(begun, "")
	delete(begun, t.reading.Commit)
	commits := slices.SortedFunc(maps.Keys(begun), func(a, b string) int {
		return cmp.Or(cmp.Compare(slices.Index(known, a), slices.Index(known, b)), begun[a].Compare(begun[b]), cmp.Compare(a, b))
	})
	old := len(commits) - rememberedCommits
	commits = slices.DeleteFunc(commits, func(commit string) bool { old--; return old >= 0 && !open[commit] })
	if t.reading.Commit == "" { // it was not read yet
		return commits
	}
	return append(commits, t.reading.Commit)
}

// begun are the commits that plans were rolled out at, with the time, and which
// of these still are.
func (t teller) begun() (begun map[string]time.Time, open map[string]bool) {
	begun, open = map[string]time.Time{}, map[string]bool{}
	for _, record := range t.records {
		for i, attempt := range attempts(record) {
			commit := commitOf(attempt.Revision)
			if at, known := begun[commit]; !known || attempt.StartedAt.Before(at) {
				begun[commit] = attempt.StartedAt
			}
			open[commit] = open[commit] || i == 0 && attempt.Result != reconciler.Completed
		}
	}
	return begun, open
}

// attempts are a plan's, the newest first.
func attempts(record reconciler.Record) []reconciler.Attempt {
	return append([]reconciler.Attempt{record.Status.Attempt}, record.Status.History...)
}

func (t teller) status(commit, context string, state State, description string) CommitStatus {
	return CommitStatus{
		Repository: t.reading.Repository, SHA: commit, Context: context,
		State: state, Description: OneLine(description), TargetURL: t.TargetURL,
	}
}

// plans are the statuses "<name>/<namespace>/<plan>" on a commit, for the plans
// that it rolled out, and at the tip for those that are broken there.
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
		status := t.status(commit, t.context(record.Plan.Key()), state, text)
		status.OnlyUnfinished = i > 0
		statuses = append(statuses, status)
	}
	if commit == t.reading.Commit {
		statuses = append(statuses, t.broken()...)
	}
	return statuses
}

func (t teller) context(plan spec.Key) string { return t.Instance + "/" + plan.String() }

// broken are the statuses of the plans that are wrong at the tip.
func (t teller) broken() []CommitStatus {
	var statuses []CommitStatus
	told := map[spec.Key]bool{{}: true}
	for _, problem := range t.reading.Problems {
		if !told[problem.Plan] {
			told[problem.Plan] = true
			statuses = append(statuses, t.status(t.reading.Commit, t.context(problem.Plan), Failure, problem.Error()))
		}
	}
	return statuses
}

// few leaves a commit with many plans the statuses of some that failed, and of
// those that once did.
func few(plans []CommitStatus) []CommitStatus {
	if len(plans) <= fewPlans {
		return plans
	}
	plans = slices.Clone(plans)
	failed := 0
	for i := range plans {
		if plans[i].State == Failure && failed < fewPlans {
			failed++
			continue
		}
		plans[i].OnlyShown = true
	}
	return plans
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

// sum is the status "<name>" on a commit, given those of the plans on it. An
// older commit is left with nothing pending that nobody answers for.
func (t teller) sum(commit string, plans []CommitStatus) []CommitStatus {
	if t.reading.Commit == "" {
		return nil // which commit is the tip is not known
	}
	if commit == t.reading.Commit {
		state, text := t.tip()
		if state == "" {
			return nil
		}
		return []CommitStatus{t.status(commit, t.Instance, state, text)}
	}
	state, text := Error, "superseded by "+short(t.reading.Commit)
	rest := t.status(commit, t.Instance+"/", state, text)
	rest.OnlyUnfinished, rest.OnlyShown = true, true
	if gravest, some := gravestOf(plans); some {
		state, text = gravest.State, t.summary(gravest, len(plans))
	}
	status := t.status(commit, t.Instance, state, text)
	status.OnlyUnfinished = true // what was said of it as the tip stands
	status.OnlyShown = len(plans) == 0 && !slices.Contains(t.Past[t.reading.Source], commit)
	return []CommitStatus{rest, status}
}

func gravestOf(plans []CommitStatus) (gravest CommitStatus, some bool) {
	for i, plan := range plans {
		if i == 0 || gravity[plan.State] > gravity[gravest.State] {
			gravest = plan
		}
	}
	return gravest, len(plans) > 0
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
// has nothing to wait for, whatever an older one still does. While no record
// names the commit nothing is said: a process that died now would leave it
// pending for ever.
func (t teller) tip() (State, string) {
	if n := len(t.reading.Problems); n > 0 {
		rest := more(n - 1)
		return Failure, shorten(t.reading.Problems[0].Error(), maxDescription-len(rest)) + rest
	}
	rolled, named, waiting := 0, false, false
	for _, plan := range t.reading.Plans {
		state, text, concerned := t.newest(plan)
		switch {
		case !concerned:
			continue
		case state == Failure:
			return Failure, plan.Key().String() + ": " + text
		}
		rolled++
		waiting = waiting || state == "" || state == Pending
		named = named || state != ""
	}
	switch {
	case !waiting:
		return Success, rolledOut(rolled)
	case named:
		return Pending, "rolling out"
	}
	return "", ""
}

// newest is how a plan of the newest commit stands, if that commit is the one
// that rolls it out; without a state it has not begun to.
func (t teller) newest(plan spec.Plan) (state State, text string, concerned bool) {
	if keeper := t.keepers[plan.Key()]; keeper != t.reading.Source {
		return Failure, fmt.Sprintf("source %s has a plan of this name, and keeps it", keeper), true
	}
	i := slices.IndexFunc(t.records, func(r reconciler.Record) bool { return r.Plan.Key() == plan.Key() })
	if i < 0 || !begun(plan, t.records[i]) {
		return "", "", true
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

// OneLine makes any text a status's description: one line of at most 140
// characters.
func OneLine(text string) string { return shorten(text, maxDescription) }

// shorten keeps a text on one line and within a limit of characters.
func shorten(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}
