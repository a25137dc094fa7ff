package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestBoardStories plays a line each: "want …" sets what is wanted on the
// commits A and B as commit/context=state, "next" expects a step, and "done",
// "refused", "unfit", "doubtful", "limited" settle it; "shows …" says what a read found, and
// "after …" lets time pass.
func TestBoardStories(t *testing.T) {
	for name, story := range map[string]string{
		"nothing wanted": `
			next nothing`,
		"read once, then differences": `
			want A/x=pending A/y=success
			next read A
			shows y=success
			next write A/x=pending
			done
			next nothing
			want A/x=success A/y=success
			next write A/x=success
			done
			next nothing`,
		"older commits first": `
			want B/x=pending
			want A/x=success B/x=success
			next read B`,
		"a commit that comes back is young": `
			want A/x=pending
			want B/x=success
			next read A
			shows nothing
			want B/x=success
			want B/x=success A/x=success
			next read B`,
		"doubt means reading": `
			want A/x=success
			next read A
			shows nothing
			next write A/x=success
			doubtful
			next read A
			shows x=success
			next nothing`,
		"limits change nothing": `
			want A/x=success
			next read A
			limited
			next read A
			shows nothing
			next write A/x=success
			limited
			next write A/x=success`,
		"failing commits let others pass": `
			want A/x=success B/x=success
			next read A
			doubtful
			next read B
			shows x=success
			next read A
			shows x=success
			next nothing`,
		"refused until it changes": `
			want A/x=success A/y=success
			next read A
			shows nothing
			next write A/x=success
			refused
			next write A/y=success
			done
			next nothing
			want A/x=failure A/y=success
			next write A/x=failure`,
		"refused, and tried less and less often": `
			want A/x=success
			next read A
			refused
			after 29s
			next nothing
			after 1s
			next read A
			shows nothing
			next write A/x=success
			refused
			after 59s
			next nothing
			after 1s
			next write A/x=success
			done
			next nothing
			want A/x=failure
			next write A/x=failure
			refused
			after 30s
			next write A/x=failure`,
		"refused for its words": `
			want A/x=success
			next read A
			shows nothing
			next write A/x=success
			unfit
			next plainly A/x=success
			done
			next nothing
			want A/x=failure
			next write A/x=failure
			done
			next nothing`,
		"refused for its words, and shown plainly": `
			want A/x=success
			next read A
			shows nothing
			next write A/x=success
			unfit
			next plainly A/x=success
			limited
			next plainly A/x=success
			done
			after 30s
			next write A/x=success
			unfit
			next nothing
			after 1m
			next write A/x=success
			done
			after 8h
			next nothing`,
		"refused in any words": `
			want A/x=success A/y=success
			next read A
			shows y=success
			next write A/x=success
			unfit
			next plainly A/x=success
			unfit
			next nothing
			after 30s
			next write A/x=success
			unfit
			next plainly A/x=success
			refused
			next nothing
			after 59s
			next nothing
			after 1s
			next write A/x=success`,
		"gone before its plain words are said": `
			want A/x=success
			next read A
			shows nothing
			next write A/x=success
			unfit
			want
			next plainly A/x=success
			done
			next nothing`,
		"refused for ever": `
			want A/x=success
			next read A
			refused
			after 8h
			next read A
			refused
			after 1m
			next read A`,
		"a refused read is for the commit": `
			want A/x=success A/y=success B/x=success
			next read A
			refused
			next read B`,
		"overtaken while sending": `
			want A/x=pending
			next read A
			shows nothing
			next write A/x=pending
			want A/x=success
			done
			next write A/x=success`,
		"dropped while sending": `
			want A/x=pending
			next read A
			want B/x=success
			shows nothing
			next read B`,
		"dropped and back while sending": `
			want A/x=pending
			next read A
			shows nothing
			next write A/x=pending
			want
			want A/x=pending
			done
			next read A`,
		"case of a context": `
			want A/x=success A/X=failure
			next read A
			shows X=failure
			next nothing`,
	} {
		t.Run(name, func(t *testing.T) { play(t, story) })
	}
}

func play(t *testing.T, story string) {
	t.Helper()
	var b board
	var last step
	now := now
	for line := range strings.Lines(strings.TrimSpace(story)) {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb {
		case "want":
			b.want(parseStatuses(rest))
		case "next":
			var got string
			if last, got = describeNext(&b, now); got != rest {
				t.Fatalf("next is %q, wanted %q", got, rest)
			}
		case "shows":
			b.settle(last, done, parseShown(rest), now)
		case "after":
			pause, err := time.ParseDuration(rest)
			if err != nil {
				t.Fatal(err)
			}
			now = now.Add(pause)
		default:
			verdicts := map[string]verdict{"done": done, "refused": refused, "unfit": unfit, "doubtful": doubtful, "limited": limited}
			b.settle(last, verdicts[verb], nil, now)
		}
	}
}

func parseStatuses(text string) []CommitStatus {
	var list []CommitStatus
	for word := range strings.FieldsSeq(text) {
		sha, rest, _ := strings.Cut(word, "/")
		context, state, _ := strings.Cut(rest, "=")
		list = append(list, CommitStatus{Repository: plans, SHA: sha, Context: context, State: State(state), Description: "“said”"})
	}
	return list
}

func parseShown(text string) map[string]shownStatus {
	shown := map[string]shownStatus{}
	if text == "nothing" {
		return shown
	}
	for _, status := range parseStatuses("A/" + strings.ReplaceAll(text, " ", " A/")) {
		shown[status.key()] = shownStatus{status, 1}
	}
	return shown
}

func describeNext(b *board, now time.Time) (step, string) {
	s, some, _ := b.next(now, nil)
	switch {
	case !some:
		return s, "nothing"
	case s.write == nil:
		return s, "read " + s.commit.sha
	case s.write.plain:
		return s, fmt.Sprintf("plainly %s/%s=%s", s.commit.sha, s.write.Context, s.write.State)
	}
	return s, fmt.Sprintf("write %s/%s=%s", s.commit.sha, s.write.Context, s.write.State)
}

func TestBoardCountsWhatIsLeft(t *testing.T) {
	var b board
	b.want(parseStatuses("A/x=success A/y=success B/x=pending"))
	s, _, _ := b.next(now, nil)
	b.settle(s, done, parseShown("x=success"), now)
	if got := b.left(now); got != 2 {
		t.Errorf("%d left, wanted A/y and B/x", got)
	}
}

// A plan may be gone before its last status was written: it is written all the
// same, unless something newer is to be said.
func TestLastWords(t *testing.T) {
	var b board
	end := CommitStatus{Repository: "acme/plans", SHA: "a", Context: "prod/games/lobby", State: Error}
	other := CommitStatus{Repository: "acme/plans", SHA: "b", Context: "prod", State: Success}
	b.want([]CommitStatus{end})
	b.want([]CommitStatus{other})
	if got := b.left(now); got != 2 {
		t.Errorf("%d statuses are left to write, want the last word and the new one", got)
	}
	again := end
	again.State = Pending
	b.want([]CommitStatus{again})
	if got := b.commits[end.commit()].wanted; len(got) != 1 || got[0].State != Pending {
		t.Errorf("something newer is to be said, not %+v", got)
	}
	b.commits[end.commit()].shown = map[string]shownStatus{end.key(): {again, 1}}
	b.want(nil)
	b.want(nil)
	if got := b.commits[end.commit()].wanted; len(got) != 1 || got[0].State != Error {
		t.Errorf("what is shown pending must not stay so, and is to be %+v", got)
	}
	b.settle(step{end.commit(), &form{CommitStatus: b.commits[end.commit()].wanted[0]}}, done, nil, now)
	b.want(nil)
	if b.commits[end.commit()] != nil {
		t.Error("a last word is said once")
	}
}

// What a process left pending that died before it could end it is ended by the
// next one, whatever it knows of it.
func TestSweeping(t *testing.T) {
	var b board
	sweep := CommitStatus{Repository: plans, SHA: "A", Context: "prod/", State: Error, Description: "superseded by B", OnlyShown: true, OnlyUnfinished: true}
	b.want(append(parseStatuses("A/prod/games/chat=pending"), sweep))
	s, _, _ := b.next(now, nil)
	b.settle(s, done, parseShown("prod/Games/lobby=pending prod/games/cart=failure prod/games/chat=pending production/games/lobby=pending prod=pending"), now)
	s, some, _ := b.next(now, nil)
	if !some || s.write == nil || s.write.Context != "prod/Games/lobby" || s.write.State != Error || s.write.Description != "superseded by B" {
		t.Fatalf("the next step is %+v, wanted the end of prod/Games/lobby", s.write)
	}
	b.settle(s, done, nil, now)
	if s, some, _ := b.next(now, nil); some {
		t.Errorf("more is swept: %+v", s.write)
	}
}

// A context takes 1000 writes and then never another one.
func TestWornContexts(t *testing.T) {
	for _, test := range []struct {
		writes int
		shown  State
		want   State
		met    bool
	}{
		{99, Failure, Pending, false},
		{100, Failure, Pending, true},
		{100, Failure, Failure, true},
		{100, Failure, Success, false},
		{100, Pending, Failure, false},
	} {
		shown := shownStatus{on("prod", test.shown), test.writes}
		if got := on("prod", test.want).saying("other words").metBy(shown); got != test.met {
			t.Errorf("%s over %s after %d writes: met is %t", test.want, test.shown, test.writes, got)
		}
	}
}

func TestOnlyShownLeavesWhatIsAbsent(t *testing.T) {
	onStage(t, func(s *stage) {
		late := on("prod", Success)
		late.OnlyShown = true
		s.want(time.Minute, late)
		s.history("prod", "")
		s.want(time.Minute, on("prod", Failure))
		s.want(time.Minute, late)
		s.history("prod", "failure success")
	})
}
