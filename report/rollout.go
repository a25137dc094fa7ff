package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// calmRollout is how long a comment stands while a roll-out goes on.
const calmRollout = time.Minute

// Rollouts are the comments that follow the roll-outs of merged pull requests,
// one for each commit that rolled anything out. Whether there is a pull request
// is for GitHub to say.
func Rollouts(view View) []Comment {
	var comments []Comment
	for _, teller := range view.tellers() {
		commits := teller.rollouts()
		_, open := teller.begun()
		old := len(commits) - rememberedComments
		for i, commit := range commits {
			if i >= old || open[commit] {
				comments = append(comments, teller.rollout(commit))
				comments = append(comments, teller.companions(commit, comments[len(comments)-1])...)
			}
		}
	}
	return comments
}

// rollouts are the commits that rolled anything out, the oldest first.
func (t teller) rollouts() []string {
	begun, _ := t.begun()
	return slices.DeleteFunc(t.commits(), func(commit string) bool {
		_, some := begun[commit]
		return !some
	})
}

// companions are the comments on pull requests that were merged so shortly before
// a commit that the branch was never read in between: they were rolled out with it.
func (t teller) companions(commit string, with Comment) []Comment {
	begun, _ := t.begun()
	line := append(slices.Clone(t.reading.Before), t.reading.Commit)
	var comments []Comment
	for i := slices.Index(line, commit) - 1; i >= 0; i-- {
		_, rolled := begun[line[i]]
		if rolled || slices.Contains(t.Past[t.reading.Source], line[i]) {
			break
		}
		companion := with
		companion.Commit, companion.OnlyShown = line[i], true
		companion.Rollout = fmt.Sprintf("Merged as `%s`, shortly before `%s`, which was rolled out:\n\n", short(line[i]), short(commit)) + with.Rollout
		comments = append(comments, companion)
	}
	return comments
}

// rollout is the comment on the pull request that brought a commit.
func (t teller) rollout(commit string) Comment {
	var blocks []string
	ended, past := true, true
	branch := ""
	for _, record := range t.records {
		all := attempts(record)
		i := slices.IndexFunc(all, func(a reconciler.Attempt) bool { return commitOf(a.Revision) == commit })
		if i < 0 {
			continue
		}
		episode := episode{all[i], record, i == 0, t.Summary, ""}
		if i > 0 {
			episode.next = commitOf(all[i-1].Revision)
		}
		blocks = append(blocks, episode.block())
		ended, past = ended && episode.ended(), past && i > 0
		branch, _, _ = strings.Cut(all[i].Revision, "@sha1:")
	}
	stage := short(commit) + " runs"
	if ended {
		stage = short(commit) + " ended"
	}
	head := fmt.Sprintf("### %s: the roll-out of `%s`\n", t.Instance, short(commit))
	return Comment{
		Repository: t.reading.Repository, Commit: commit, Branch: branch, Marker: t.Instance + "/" + t.reading.Source,
		Stage: stage, Calm: calmRollout, OnlyUnfinished: past,
		Rollout: fit(append([]string{head}, blocks...), maxComment/2-len(divider), "plan"),
	}
}

// episode is one plan's attempt, to be told.
type episode struct {
	reconciler.Attempt
	record  reconciler.Record
	present bool // not one that another followed
	summary bool
	next    string // the commit of the one that followed
}

func (a episode) ended() bool {
	return a.Result != reconciler.Progressing && a.Result != reconciler.RollingBack
}

// block tells of one plan: what was foretold beside what happened, and how it
// went.
func (a episode) block() string {
	key := a.record.Plan.Key().String()
	var b strings.Builder
	fmt.Fprintf(&b, "#### %s: %s\n\n", code(key), a.title())
	b.WriteString("| | pods | restarts | duration |\n|---|---|---|---|\n")
	fmt.Fprintf(&b, "| forecast | %s |\n", forecastOf(key))
	fmt.Fprintf(&b, "| happened | %s | %d | %s |\n\n", a.pods(), a.Restarts, a.duration())
	a.line(&b, a.StartedAt, "began")
	for i, at := range a.Waves {
		a.line(&b, at, fmt.Sprintf("wave %d ended", i+1))
	}
	a.trouble(&b)
	if a.ended() {
		a.line(&b, a.EndedAt, a.ending())
	}
	return b.String()
}

// titles are what the results are called in a heading.
var titles = map[reconciler.Result]string{
	reconciler.Progressing: "rolling out", reconciler.Completed: "completed", reconciler.Halted: "**failed, and halted**",
	reconciler.RollingBack: "**failed, and is rolled back**", reconciler.RolledBack: "**failed, and was rolled back**",
	reconciler.Superseded: "superseded", reconciler.Withdrawn: "the plan was deleted",
}

func (a episode) title() string {
	if stalled, isStalled := a.stalled(); isStalled && !a.ended() {
		return "held up: " + stalled.Reason
	}
	return titles[a.Result]
}

func (a episode) stalled() (reconciler.StatusCondition, bool) {
	if !a.present {
		return reconciler.StatusCondition{}, false
	}
	return a.record.Status.Condition("Stalled")
}

// pods counts them as far as it is known: of an attempt that another followed
// only its words are left.
func (a episode) pods() string {
	switch {
	case a.Result == reconciler.Completed:
		return strings.TrimSuffix(a.Message, " updated")
	case a.present:
		return strings.Replace(a.record.Status.Pods.String(), " updated", "", 1)
	}
	return ""
}

func (a episode) duration() string {
	if !a.ended() {
		return ""
	}
	return span(a.EndedAt.Sub(a.StartedAt))
}

func (a episode) line(b *strings.Builder, at time.Time, what string) {
	fmt.Fprintf(b, "- %s %s\n", at.UTC().Format("2006-01-02 15:04:05 UTC"), what)
}

// trouble names what failed and what holds it up. A summary names no pods.
func (a episode) trouble(b *strings.Builder) {
	failures := []reconciler.Failure{}
	if a.Failure != nil {
		failures = append(failures, *a.Failure)
	}
	if a.present {
		for _, failure := range a.record.Status.Failed {
			if a.Failure == nil || failure.UID != a.Failure.UID {
				failures = append(failures, failure)
			}
		}
	}
	for _, failure := range failures {
		text := code(failure.String())
		if a.summary {
			text = code(failure.Reason)
		}
		a.line(b, failure.At, "a pod failed: "+text)
	}
	if stalled, isStalled := a.stalled(); isStalled && !a.ended() && !a.summary {
		a.line(b, stalled.LastTransitionTime, "held up: "+code(stalled.Message))
	}
}

// ending is how it ended, and which commit followed.
func (a episode) ending() string {
	text := map[reconciler.Result]string{
		reconciler.Completed: "completed", reconciler.Halted: "halted: nothing more is started, and what is done is kept",
		reconciler.RolledBack: "rolled back", reconciler.Superseded: "superseded", reconciler.Withdrawn: "the plan was deleted",
	}[a.Result]
	if a.next != "" && a.Result != reconciler.Completed {
		text += "; `" + short(a.next) + "` followed"
	}
	return text
}
