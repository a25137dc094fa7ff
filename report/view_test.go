package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

var (
	shaC  = strings.Repeat("c", 40)
	shaD  = strings.Repeat("d", 40)
	times = map[string]int{shaA: 1, shaB: 2, shaC: 3, shaD: 4} // hours at which the commits came
)

// told writes statuses line by line. What sweeps an older commit is said of
// every one alike, and has a test of its own.
func told(statuses []CommitStatus) string {
	var lines []string
	for _, s := range statuses {
		if strings.HasSuffix(s.Context, "/") {
			continue
		}
		line := fmt.Sprintf("%s %s %s: %s", short(s.SHA), s.Context, s.State, s.Description)
		if s.OnlyUnfinished {
			line += ", if unfinished"
		}
		if s.OnlyShown {
			line += ", if shown"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// readings is what was read of the sources.
type readings []reconciler.Reading

func follow(sources ...readings) readings { return slices.Concat(sources...) }

// tip is the newest commit of the source "games".
func tip(sha string, at ...planned) readings { return reading("games", plans, sha, at...) }

func reading(source, repository, sha string, at ...planned) readings {
	r := reconciler.Reading{Source: source, Repository: repository, Commit: sha, Revision: "main@sha1:" + sha}
	for _, plan := range at {
		r.Plans = append(r.Plans, plan.Plan)
	}
	return readings{r}
}

func (r readings) wrong(messages ...string) readings {
	for i, message := range messages {
		at := spec.Position{File: "games/lobby.yaml", Line: i + 1, Column: 5}
		r[0].Problems = append(r[0].Problems, spec.Problem{Position: at, Message: message})
	}
	return r
}

// named has the problems be of a plan.
func (r readings) named(plan string) readings {
	for i := range r[0].Problems {
		r[0].Problems[i].Plan = spec.Key{Namespace: "games", Name: plan}
	}
	return r
}

// stuck says why the lobby's plan is neither looked at nor recorded.
func (r readings) stuck(why string) readings {
	r[0].Stuck = map[spec.Key]string{lobby("").Key(): why}
	return r
}

// before says what the branch had before, the oldest first.
func (r readings) before(commits ...string) readings {
	r[0].Before = commits
	return r
}

func (r readings) view(records ...reconciler.Record) View {
	return View{Instance: "prod", Readings: r, Records: records}
}

func (v View) seen(source string, commits ...string) View {
	v.Past = map[string][]string{source: commits}
	return v
}

// planned is a plan of some source.
type planned struct {
	spec.Plan
	source string
}

func lobby(tag string) planned { return plan("lobby", tag) }
func chat(tag string) planned  { return plan("chat", tag) }

func plan(name, tag string) planned {
	return planned{source: "games", Plan: spec.Plan{
		APIVersion: spec.APIVersion, Kind: spec.PlanKind,
		Metadata: spec.Metadata{Namespace: "games", Name: name},
		Spec: spec.PlanSpec{
			Target: spec.Target{Kind: "Deployment", Name: name},
			Images: []spec.Image{{Container: "server", Image: "app:" + tag}},
		},
	}}
}

func (p planned) of(source string) planned {
	p.source = source
	return p
}

// at is the plan's record, begun at a commit.
func (p planned) at(sha string, how ...func(*reconciler.Status)) reconciler.Record {
	record := reconciler.Record{Source: p.source, Digest: p.Digest(), Plan: p.Plan}
	record.Status.Attempt = attemptAt(sha, reconciler.Progressing)
	record.Status.Attempt.Digest = record.Digest
	for _, change := range how {
		change(&record.Status)
	}
	return record
}

func attemptAt(sha string, result reconciler.Result) reconciler.Attempt {
	began := time.Date(2026, 1, 1, times[sha], 0, 0, 0, time.UTC)
	a := reconciler.Attempt{Try: reconciler.Try{Digest: "sha256:" + sha}, Revision: "main@sha1:" + sha, Result: result, StartedAt: began}
	if result != reconciler.Progressing {
		a.Message, a.EndedAt = fmt.Sprintf("%s at %s", result, short(sha)), began.Add(time.Minute)
	}
	return a
}

func completed(message string) func(*reconciler.Status) {
	return func(s *reconciler.Status) { s.Attempt.Result, s.Attempt.Message = reconciler.Completed, message }
}

func stalled(reason, message string) func(*reconciler.Status) {
	return func(s *reconciler.Status) {
		s.Conditions = append(s.Conditions, reconciler.StatusCondition{Type: "Stalled", Status: "True", Reason: reason, Message: message})
	}
}

func halted(s *reconciler.Status) {
	failure := reconciler.Failure{Pod: "lobby-7", Node: "node-1", Container: "server", Reason: "ImagePullBackOff", Message: "no such tag"}
	s.Attempt.Failure, s.Attempt.Result, s.Attempt.Message = &failure, reconciler.Halted, failure.String()
	stalled("Halted", failure.String())(s)
}

func withdrawn(s *reconciler.Status) {
	s.Attempt.Result, s.Attempt.Message = reconciler.Withdrawn, "the plan was deleted"
}

// returning are pods of a deleted plan that go back, since the commit shaB.
func returning(pods int, done bool) func(*reconciler.Status) {
	return func(s *reconciler.Status) {
		s.Attempt.EndedAt = s.Attempt.StartedAt.Add(time.Minute)
		s.Attempt.Withdrawal = &reconciler.Withdrawal{Revision: "main@sha1:" + shaB, Pods: pods}
		if done {
			s.Attempt.Withdrawal.DoneAt = s.Attempt.StartedAt.Add(time.Hour)
		}
	}
}

// backAgain is a plan that was begun at shaA, and deleted at shaB.
func backAgain(record reconciler.Record) reconciler.Record {
	past := attemptAt(shaA, reconciler.Withdrawn)
	past.Withdrawal = &reconciler.Withdrawal{Revision: "main@sha1:" + shaB, Pods: 1}
	record.Status.History = append(record.Status.History, past)
	return record
}

// after adds the attempt before those known.
func after(sha string, result reconciler.Result) func(*reconciler.Status) {
	return func(s *reconciler.Status) { s.History = append(s.History, attemptAt(sha, result)) }
}

// spoiled is a record that somebody made nonsense of.
func spoiled(record reconciler.Record) reconciler.Record {
	return reconciler.Record{Plan: spec.Plan{Metadata: record.Plan.Metadata}}
}
