package report

import (
	"fmt"
	"strings"
	"testing"
)

// TestBoardStories plays a line each: "want …" sets what is wanted on the
// commits A and B as commit/context=state, "next" expects a step, and "done",
// "refused", "doubtful", "limited" settle it; "shows …" says what a read found.
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
		"refused until the hour": `
			want A/x=success
			next read A
			refused
			next nothing
			retry
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
	for line := range strings.Lines(strings.TrimSpace(story)) {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb {
		case "want":
			b.want(parseStatuses(rest))
		case "next":
			var got string
			if last, got = describeNext(&b); got != rest {
				t.Fatalf("next is %q, wanted %q", got, rest)
			}
		case "shows":
			b.settle(last, done, parseShown(rest))
		case "retry":
			b.retry()
		default:
			verdicts := map[string]verdict{"done": done, "refused": refused, "doubtful": doubtful, "limited": limited}
			b.settle(last, verdicts[verb], nil)
		}
	}
}

func parseStatuses(text string) []CommitStatus {
	var list []CommitStatus
	for word := range strings.FieldsSeq(text) {
		sha, rest, _ := strings.Cut(word, "/")
		context, state, _ := strings.Cut(rest, "=")
		list = append(list, CommitStatus{Repository: plans, SHA: sha, Context: context, State: State(state)})
	}
	return list
}

func parseShown(text string) map[string]CommitStatus {
	shown := map[string]CommitStatus{}
	if text == "nothing" {
		return shown
	}
	for _, status := range parseStatuses("A/" + strings.ReplaceAll(text, " ", " A/")) {
		shown[status.key()] = status
	}
	return shown
}

func describeNext(b *board) (step, string) {
	s, some := b.next()
	switch {
	case !some:
		return s, "nothing"
	case s.write == nil:
		return s, "read " + s.commit.sha
	}
	return s, fmt.Sprintf("write %s/%s=%s", s.commit.sha, s.write.Context, s.write.State)
}

func TestBoardCountsWhatIsLeft(t *testing.T) {
	var b board
	b.want(parseStatuses("A/x=success A/y=success B/x=pending"))
	s, _ := b.next()
	b.settle(s, done, parseShown("x=success"))
	if got := b.left(); got != 2 {
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
	if got := b.left(); got != 2 {
		t.Errorf("%d statuses are left to write, want the last word and the new one", got)
	}
	again := end
	again.State = Pending
	b.want([]CommitStatus{again})
	if got := b.commits[end.commit()].wanted; len(got) != 1 || got[0].State != Pending {
		t.Errorf("something newer is to be said, not %+v", got)
	}
	b.commits[end.commit()].shown = map[string]CommitStatus{end.key(): again}
	b.want(nil)
	if got := b.left(); got != 1 {
		t.Errorf("a pending status is no last word: %d left, want the other commit's alone", got)
	}
}
