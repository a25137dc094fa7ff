package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

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
	a.now(&b)
	a.line(&b, a.StartedAt, "began")
	a.waves(&b)
	a.trouble(&b)
	if a.ended() {
		a.line(&b, a.EndedAt, a.ending())
	}
	return b.String()
}

// pods counts them as far as it is known: of an attempt that another followed
// only its words are left.
func (a episode) pods() string {
	switch {
	case a.Result == reconciler.Completed:
		return words(strings.Replace(a.Message, " updated", "", 1))
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

// waves are those that ended; of many, the last.
func (a episode) waves(b *strings.Builder) {
	first := max(0, len(a.Waves)-maxNamed)
	if first > 0 {
		a.line(b, a.Waves[first-1], fmt.Sprintf("waves 1 to %d ended", first))
	}
	for i, at := range a.Waves[first:] {
		a.line(b, at, fmt.Sprintf("wave %d ended", first+i+1))
	}
}

// trouble names what failed and what holds it up. A summary names no pods.
func (a episode) trouble(b *strings.Builder) {
	failures, unnamed := a.failures()
	for _, failure := range failures {
		text := code(failure.String())
		if a.summary {
			text = code(failure.Reason)
		}
		a.line(b, failure.At, "a pod failed: "+text)
	}
	if unnamed > 0 {
		fmt.Fprintf(b, "- and %d more failed\n", unnamed)
	}
	if stalled, isStalled := a.stalled(); isStalled && !a.ended() && !a.summary {
		a.line(b, stalled.LastTransitionTime, "held up: "+code(stalled.Message))
	}
}

// failures are the pods that failed, the first first, and how many a record has no
// room for.
func (a episode) failures() (failures []reconciler.Failure, unnamed int) {
	if a.Failure != nil {
		failures = append(failures, *a.Failure)
	}
	if a.present {
		for _, failure := range a.record.Status.Failed {
			if a.Failure == nil || failure.UID != a.Failure.UID {
				failures = append(failures, failure)
			}
		}
		unnamed = a.record.Status.Pods.Failed - len(failures)
	}
	slices.SortStableFunc(failures, func(x, y reconciler.Failure) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Pod, y.Pod))
	})
	return failures, unnamed
}

// ending is how it ended, and which commit followed.
func (a episode) ending() string {
	text := map[reconciler.Result]string{
		reconciler.Completed: "completed", reconciler.Halted: "halted: nothing more is started, and what is done is kept",
		reconciler.RolledBack: "rolled back", reconciler.Superseded: "superseded", reconciler.Withdrawn: "the plan was deleted",
	}[a.Result]
	if a.next != "" && a.Result != reconciler.Completed {
		text += "; `" + words(short(a.next)) + "` followed"
	}
	return text
}
