package report

import (
	"context"
	"time"
)

// Run writes until ctx ends, and then for at most 10 s more what is left, as
// long as GitHub takes it. What it does not bring to GitHub is not lost: a later
// process that wants the same writes it. It may run once at a time.
func (g *GitHub) Run(ctx context.Context) {
	late, cancel := outlive(ctx, flushTime)
	defer cancel()
	for g.await(ctx) {
		if result := g.line.send(ctx, late, g.errand); result.failed() && ctx.Err() != nil {
			break // the end of the process does not wait until GitHub recovers
		}
	}
	g.farewell()
}

// await returns true when there is something to do, and false when ctx ended
// and there is not.
func (g *GitHub) await(ctx context.Context) bool {
	for {
		_, _, some, wake := g.next()
		if some {
			return true
		}
		var calm <-chan time.Time
		if !wake.IsZero() {
			calm = time.After(time.Until(wake))
		}
		select {
		case <-g.wake:
		case <-calm:
		case <-ctx.Done():
			_, _, some, _ := g.next()
			return some
		}
	}
}

// errand does what is next by now: statuses before comments, since merges wait
// for these.
func (g *GitHub) errand(ctx context.Context) (sent, wrote bool, result outcome) {
	status, comment, some, _ := g.next()
	wrote = status.write != nil || comment.isWrite()
	if !some || wrote && g.line.spent() {
		return false, false, outcome{}
	}
	if comment.topic != (topic{}) {
		got, result := g.client.speak(ctx, comment)
		g.settleComment(comment, result, got)
		return true, wrote, result
	}
	shown, result := g.client.send(ctx, status)
	g.settle(status, result, shown)
	return true, wrote, result
}

// next is the next step for a status, or else for a comment, or when there may
// be one.
func (g *GitHub) next() (status step, comment say, some bool, wake time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.nextBeside(g.rests)
}

// nextBeside is the same where others rest; g.mu is held.
func (g *GitHub) nextBeside(rests rests) (status step, comment say, some bool, wake time.Time) {
	now := time.Now()
	status, some, wake = g.board.next(now, rests)
	if some {
		return status, say{}, true, time.Time{}
	}
	comment, some, later := g.threads.next(now, rests)
	return step{}, comment, some, earlier(wake, later)
}

// Heard tells whether GitHub shows all that is wanted, but for what it refuses
// and for what may be said later. What it does not answer is not heard.
func (g *GitHub) Heard() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, _, some, _ := g.nextBeside(nil)
	return !some
}

func (g *GitHub) settle(s step, result outcome, shown map[string]shownStatus) {
	g.mu.Lock()
	refusals := g.board.settle(s, result.verdict, shown, time.Now())
	wait := g.rests.note(s.request(), result.verdict, time.Now())
	g.mu.Unlock()
	g.tellUnanswered(s.request(), result, wait)
	if !result.denied() || !worthTelling(refusals) {
		return
	}
	context, text := "", "GitHub refuses a commit status; it is tried again less and less often, and when it changes"
	if s.write != nil {
		context = s.write.Context
		if result.verdict == unfit && !s.write.plain {
			text = "GitHub refuses a commit status as it is worded; it is written in plain letters meanwhile"
		}
	}
	g.log.Error(text, "repository", s.commit.repository, "sha", s.commit.sha, "context", context,
		"error", brief(result.err), "hint", result.hint(s.commit.repository))
}

func (g *GitHub) settleComment(s say, result outcome, got found) {
	g.mu.Lock()
	refusals := g.threads.settle(s, result.verdict, got, time.Now())
	wait := g.rests.note(s.request(), result.verdict, time.Now())
	g.mu.Unlock()
	g.tellUnanswered(s.request(), result, wait)
	if !result.denied() || !worthTelling(refusals) {
		return
	}
	text := "GitHub refuses a comment; it is tried again less and less often"
	if result.verdict == unfit && !s.plain {
		text = "GitHub refuses a comment as it is worded; it is written in plain letters meanwhile"
	}
	g.log.Error(text, "repository", s.wanted.Repository, "pull", s.number, "sha", s.wanted.Commit,
		"error", brief(result.err), "hint", result.hint(s.wanted.Repository))
}

// tellUnanswered logs a request that GitHub does not answer as it should.
func (g *GitHub) tellUnanswered(q request, result outcome, wait time.Duration) {
	if result.verdict == doubtful {
		g.log.Warn("GitHub does not answer; it is asked again later, and what is to be shown is kept",
			"request", q.kind, "wait", wait, "error", brief(result.err), "hint", result.hint(""))
	}
}

// farewell says what a later process has to write.
func (g *GitHub) farewell() {
	g.mu.Lock()
	now := time.Now()
	left := g.board.left(now) + g.threads.left(now)
	g.mu.Unlock()
	if left > 0 {
		g.log.Warn("commit statuses and comments are left for the next start", "count", left)
	}
}

// outlive returns a context that ends so long after ctx.
func outlive(ctx context.Context, extra time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(extra, cancel) })
	return late, func() {
		stop()
		cancel()
	}
}

// brief keeps what GitHub says within a line of the log.
func brief(err error) string {
	const most = 400
	if text := []rune(err.Error()); len(text) > most {
		return string(text[:most]) + "…"
	}
	return err.Error()
}
