package report

import (
	"context"
	"log/slog"
	"time"
)

// maxHourly is how many writes an hour may have; GitHub takes 500.
const maxHourly = 480

// line lets one request at a time through to GitHub, and keeps the distances
// that it asks for: between requests, between writes within an hour, and after
// an answer that says to wait.
type line struct {
	spacing  time.Duration // after a write; reads keep a tenth of it
	turn     chan struct{} // holds the one place
	ready    time.Time     // when the next request may go out
	resting  bool          // until ready, since the last request failed
	failures map[bool]int  // of writes, and of reads, each in a row
	writes   []time.Time   // the last maxHourly
	log      *slog.Logger
}

func newLine(spacing time.Duration, log *slog.Logger) *line {
	// A process before this one may just have written.
	l := &line{spacing: spacing, turn: make(chan struct{}, 1), ready: time.Now().Add(spacing), failures: map[bool]int{}, log: log}
	l.turn <- struct{}{}
	return l
}

// errand is what waits in the line; it is asked when its turn has come, and tells
// whether it has sent anything, and whether that was a write.
type errand func(ctx context.Context) (sent, wrote bool, result outcome)

// send waits for its turn and runs the errand. When ctx ends it goes on until
// late does, but does not wait for GitHub to recover.
func (l *line) send(ctx, late context.Context, run errand) outcome {
	select {
	case <-l.turn:
	case <-late.Done():
		return outcome{verdict: doubtful, err: late.Err()}
	}
	defer func() { l.turn <- struct{}{} }()
	patience := late
	if l.resting {
		patience = ctx
	}
	select {
	case <-time.After(time.Until(l.ready)):
	case <-patience.Done():
		return outcome{verdict: doubtful, err: patience.Err()}
	}
	sent, wrote, result := run(late)
	if sent {
		l.note(wrote, result)
	}
	return result
}

// note keeps the distance after a request.
func (l *line) note(wrote bool, result outcome) {
	now := time.Now()
	pause := l.spacing / 10
	if wrote {
		pause = l.spacing
		l.writes = append(l.writes, now)
		l.writes = l.writes[max(0, len(l.writes)-maxHourly):]
	}
	l.ready, l.resting = now.Add(pause), result.concernsAll()
	if !l.resting {
		l.failures[wrote] = 0
		return
	}
	l.failures[wrote]++
	wait := max(pause, result.wait(l.failures[wrote]))
	l.ready = now.Add(wait)
	l.log.Warn("GitHub is left alone for a while; what is to be shown is kept",
		"wait", wait, "error", brief(result.err), "hint", result.hint(""))
}

// spent tells, to an errand, whether the hour has had its writes; then nothing
// goes out before it may have another.
func (l *line) spent() bool {
	if len(l.writes) < maxHourly {
		return false
	}
	until := l.writes[0].Add(time.Hour)
	if !time.Now().Before(until) {
		return false
	}
	l.ready = until
	return true
}
