package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

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
			if w := withdrawal(attempt); w != nil {
				removal := commitOf(w.Revision)
				begun[removal], open[removal] = attempt.EndedAt, open[removal] || i == 0
			}
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
	statuses = append(statuses, t.withdrawn(commit)...)
	if commit == t.reading.Commit {
		statuses = append(statuses, t.broken()...)
	}
	return statuses
}

// withdrawn are the statuses of the plans that a commit has deleted before they were
// completed, and whose pods are put back. One that is back ends that.
func (t teller) withdrawn(commit string) []CommitStatus {
	var statuses []CommitStatus
	for _, record := range t.records {
		all := attempts(record)
		i := slices.IndexFunc(all, func(a reconciler.Attempt) bool { w := withdrawal(a); return w != nil && commitOf(w.Revision) == commit })
		if i < 0 {
			continue
		}
		state, text := Error, ""
		if i == 0 {
			state, text = leaving(record.Status)
		} else {
			text = "superseded by " + short(commitOf(all[i-1].Revision))
		}
		status := t.status(commit, t.context(record.Plan.Key()), state, text)
		status.OnlyUnfinished = i > 0
		statuses = append(statuses, status)
	}
	return statuses
}

// withdrawal is how a deleted plan's pods are put back; nil where none are.
func withdrawal(a reconciler.Attempt) *reconciler.Withdrawal {
	if a.Result != reconciler.Withdrawn || a.Withdrawal == nil || a.Withdrawal.Pods == 0 {
		return nil
	}
	return a.Withdrawal
}

// leaving is how far a deleted plan's pods are put back.
func leaving(status reconciler.Status) (State, string) {
	stalled, isStalled := status.Condition("Stalled")
	w := status.Attempt.Withdrawal
	switch {
	case !w.DoneAt.IsZero():
		return Success, w.String()
	case isStalled:
		return Failure, reasonFirst(stalled.Message, status.Failed...)
	}
	return Pending, w.String()
}

func (t teller) context(plan spec.Key) string { return contextOf(t.Instance, plan) }

// broken are the statuses of the plans that are wrong at the tip.
func (t teller) broken() []CommitStatus {
	var statuses []CommitStatus
	told := map[spec.Key]bool{{}: true}
	for _, problem := range t.reading.Problems {
		if !told[problem.Plan] {
			told[problem.Plan] = true
			statuses = append(statuses, t.status(t.reading.Commit, t.context(problem.Plan), Failure, wrong(problem)))
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
	case isStalled && stalled.Reason == string(reconciler.Halted): // what to do next is no news on a commit
		return Failure, reasonFirst(attempt.Message, failuresOf(status)...)
	case isStalled && stalled.Reason == string(reconciler.RolledBack):
		return Failure, reasonFirst("rolled back after "+attempt.Message, failuresOf(status)...)
	case isStalled:
		return Failure, reasonFirst(stalled.Message, failuresOf(status)...)
	}
	return Pending, "rolling out"
}

// failuresOf are the failed pods that a status may tell of.
func failuresOf(status reconciler.Status) []reconciler.Failure {
	return append(failureOf(status.Attempt), status.Failed...)
}

func failureOf(attempt reconciler.Attempt) []reconciler.Failure {
	if attempt.Failure == nil {
		return nil
	}
	return []reconciler.Failure{*attempt.Failure}
}

// ending is how an attempt ended that another one followed.
func ending(attempt reconciler.Attempt, successor string) (State, string) {
	switch attempt.Result {
	case reconciler.Completed:
		return Success, attempt.Message
	case reconciler.Halted:
		return Failure, reasonFirst(attempt.Message, failureOf(attempt)...)
	}
	return Error, "superseded by " + short(commitOf(successor))
}
