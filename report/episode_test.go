package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// saying sets what the record says it is at.
func saying(message string, underWay int) func(*reconciler.Status) {
	return func(s *reconciler.Status) {
		s.Conditions = append(s.Conditions, reconciler.StatusCondition{Type: "Ready", Status: "False", Reason: "Progressing", Message: message})
		s.Pods.UnderWay = underWay
	}
}

func awaiting(wave int) func(*reconciler.Status) {
	return func(s *reconciler.Status) { s.Wave = reconciler.Wave{Finished: wave, Of: 3, AwaitsApproval: wave} }
}

// rolledOutAt is what is said of a commit's plans.
func rolledOutAt(sha string, summary bool, records ...reconciler.Record) string {
	view := tip(sha).view(records...)
	view.Summary = summary
	comments := Rollouts(view)
	return comments[slices.IndexFunc(comments, func(c Comment) bool { return c.Commit == sha })].Rollout
}

func TestWhatARolloutIsAt(t *testing.T) {
	const held = "wave 2 of 3: 1 of 4 pods updated; waits for PodDisruptionBudget lobby"
	for name, test := range map[string]struct {
		how            func(*reconciler.Status)
		summary        bool
		heading, words string
	}{
		"approval":           {func(s *reconciler.Status) { saying(held, 0)(s); awaiting(1)(s) }, false, "**waits for approval**", "**Now:** wave 1 of 3 is complete, and the next waits for a person to say `patchwave approve lobby -n games`"},
		"approval, summed":   {func(s *reconciler.Status) { saying(held, 0)(s); awaiting(1)(s) }, true, "**waits for approval**", "`patchwave approve lobby -n games`"},
		"a disruption":       {saying(held, 0), false, "waits", "**Now:** `" + held + "`"},
		"a pod under way":    {saying(held, 1), false, "rolling out", "**Now:** `" + held + "`"},
		"nothing":            {saying("wave 1 of 1: 0 of 4 pods updated", 0), false, "rolling out", "**Now:** `wave 1"},
		"others' words":      {saying("waits for `@all`; |", 1), false, "rolling out", "**Now:** ``waits for `@all`; |``"},
		"somebody to mend":   {stalled("Contested", "by games/other"), false, "held up: Contested", "held up: `by games/other`"},
		"nothing any more":   {halted, false, "**failed, and halted**", "a pod failed: `pod lobby-7"},
		"a pod, not to name": {saying(held, 0), true, "waits", ""},
	} {
		got := rolledOutAt(shaA, test.summary, lobby("v2").at(shaA, test.how))
		if !strings.Contains(got, "#### `games/lobby`: "+test.heading+"\n") || !strings.Contains(got, test.words) {
			t.Errorf("%s: told as\n%s", name, got)
		}
		if hides := test.summary || strings.Contains(name, "nothing any more"); hides && strings.Contains(got, "PodDisruptionBudget") {
			t.Errorf("%s: told as\n%s", name, got)
		}
	}
}

// What somebody wrote into a record is no Markdown.
func TestForgedRecordsAreWords(t *testing.T) {
	const forged = "</td>| @everyone [x](http://x)"
	got := rolledOutAt(shaA, false,
		plan("a", "v2").at(shaA, completed(forged)), plan("b", "v2").at(shaA, stalled(forged, forged)), plan("c", "v2").at(shaA, saying(forged, 0)),
		plan("d", "v2").at("`@all `#1", after(shaA, reconciler.Superseded)),
	)
	unquoted := regexp.MustCompile("`[^`]*`").ReplaceAllString(got, "")
	if strings.ContainsAny(unquoted, "@[`") || strings.Contains(unquoted, "</") {
		t.Errorf("the roll-out is told as\n%s\nwithout quotes\n%s", got, unquoted)
	}
}

// What needs a person comes first, and a line counts all.
func TestTroubleComesFirst(t *testing.T) {
	got := rolledOutAt(shaA, false,
		plan("a", "v2").at(shaA, completed("4 of 4 pods updated")), plan("b", "v2").at(shaA), plan("c", "v2").at(shaA, awaiting(1)),
		plan("d", "v2").at(shaA, stalled("Contested", "by x")), plan("e", "v2").at(shaA, halted), plan("f", "v2").at(shaA, withdrawn),
		plan("g", "v2").at(shaA, completed("4 of 4 pods updated")),
	)
	if !strings.Contains(got, "\n\n1 failed, 1 held up, 1 waiting for approval, 1 rolling out, 1 deleted, 2 completed.\n") {
		t.Errorf("the plans are counted as\n%s", got)
	}
	order := ""
	for line := range strings.Lines(got) {
		if name, isHeading := strings.CutPrefix(line, "#### `games/"); isHeading {
			order += name[:1]
		}
	}
	if order != "edcbfag" {
		t.Errorf("the plans come as %s", order)
	}
	if one := rolledOutAt(shaA, false, lobby("v2").at(shaA, halted)); strings.Contains(one, "1 failed") {
		t.Errorf("one plan is counted:\n%s", one)
	}
}

// Failures come in the order in which they happened; those that a record does not
// name are counted.
func TestFailuresInOrder(t *testing.T) {
	many := func(s *reconciler.Status) {
		halted(s)
		s.Attempt.Failure.UID, s.Attempt.Failure.At = "21", now.Add(7*time.Minute) // the record lists others
		for i := range 20 {
			pod := (i * 7) % 20
			s.Failed = append(s.Failed, reconciler.Failure{Pod: fmt.Sprintf("lobby-%02d", pod), UID: fmt.Sprint(pod), Reason: "Error", At: now.Add(time.Duration(pod) * time.Minute)})
		}
		s.Pods.Failed = 60
	}
	got := rolledOutAt(shaA, false, lobby("v2").at(shaA, many))
	var times []string
	for line := range strings.Lines(got) {
		if at, _, isFailure := strings.Cut(line, " a pod failed"); isFailure {
			times = append(times, at)
		}
	}
	for i := range times[1:] {
		if times[i] > times[i+1] {
			t.Errorf("%s comes before %s", times[i], times[i+1])
		}
	}
	if len(times) != 21 || !strings.Contains(got, "\n- and 39 more failed\n") {
		t.Errorf("%d failures are named in\n%s", len(times), got)
	}
}

func TestManyWavesAreSummedUp(t *testing.T) {
	waves := func(s *reconciler.Status) {
		for i := range 25 {
			s.Attempt.Waves = append(s.Attempt.Waves, now.Add(time.Duration(i)*time.Hour))
		}
	}
	got := rolledOutAt(shaA, false, lobby("v2").at(shaA, waves))
	if strings.Count(got, " ended\n") != 21 || !strings.Contains(got, "2026-01-01 16:00:00 UTC waves 1 to 5 ended\n- 2026-01-01 17:00:00 UTC wave 6 ended\n") {
		t.Errorf("the waves are told as\n%s", got)
	}
}
