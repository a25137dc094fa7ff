package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

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
		status := t.status(commit, t.Instance, state, text)
		status.OnlyState = text == nothingChanged // by now: the record of a plan that was put back has gone
		return []CommitStatus{status}
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
	plan := strings.TrimPrefix(gravest.Context, t.Instance+"/")
	return about(gravest.Description, shorten(plan, maxPlace))
}

// tip sums up what the newest commit rolls out. A commit that changes no plan
// has nothing to wait for, whatever an older one still does. While no record
// names the commit nothing is said: a process that died now would leave it
// pending for ever.
func (t teller) tip() (State, string) {
	if len(t.reading.Problems) > 0 {
		return Failure, wrong(t.reading.Problems...)
	}
	if n := len(t.records); t.reading.Unused != "" && n > 0 {
		return Failure, plural(n, "plan") + " held: " + t.reading.Unused + "; see the source's path"
	}
	rolled, named, waiting := 0, false, false
	gone := t.withdrawn(t.reading.Commit)
	if gravest, some := gravestOf(gone); some && gravest.State == Failure {
		return Failure, t.summary(gravest, 0)
	} else if some {
		named, waiting = true, gravest.State == Pending
	}
	for _, plan := range t.reading.Plans {
		state, text, concerned := t.newest(plan)
		switch {
		case !concerned:
			continue
		case state == Failure:
			return Failure, about(text, shorten(plan.Key().String(), maxPlace))
		}
		rolled++
		waiting = waiting || state == "" || state == Pending
		named = named || state != ""
	}
	switch {
	case !waiting && len(gone) > 0 && rolled == 0:
		return Success, plural(len(gone), "plan") + " put back"
	case !waiting:
		return Success, rolledOut(rolled)
	case named && rolled == 0:
		return Pending, "putting back"
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
		return t.unbegun(plan)
	}
	state, text = standing(t.records[i].Status)
	if why := t.reading.Stuck[plan.Key()]; why != "" && state == Pending {
		state, text = Failure, why
	}
	return state, text, commitOf(t.records[i].Status.Attempt.Revision) == t.reading.Commit
}

// unbegun is how a plan stands that no record tells of: it has its turn still to
// come, or is stuck.
func (t teller) unbegun(plan spec.Plan) (state State, text string, concerned bool) {
	if why := t.reading.Stuck[plan.Key()]; why != "" {
		return Failure, why, true
	}
	return "", "", true
}

// begun tells whether a record is of the very plan, and not of one that was
// deleted and is back.
func begun(plan spec.Plan, record reconciler.Record) bool {
	attempt := record.Status.Attempt
	return record.Digest == plan.Digest() && attempt.Digest == record.Digest && attempt.Result != reconciler.Withdrawn
}

const nothingChanged = "no plan changed"

func rolledOut(plans int) string {
	switch plans {
	case 0:
		return nothingChanged
	case 1:
		return "1 plan rolled out"
	}
	return fmt.Sprintf("%d plans rolled out", plans)
}
