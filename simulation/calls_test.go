package simulation

import (
	"context"
	"errors"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// call is one request: it travels, takes place or not, and is answered or not. The
// process asks whether it leads before it sends, and when it has found a connection.
func (p *process) call(ctx context.Context, kind, object string, do func() error) error {
	if err := p.gate(kind + object); err != nil {
		return err
	}
	take := func() error {
		p.led13(kind, object)
		return do()
	}
	p.mu.Lock()
	there, back := p.trip(object)
	diesFirst := p.strikesDead("dies before a " + kind)
	p.mu.Unlock()
	if diesFirst {
		return errDead
	}
	if !sleep(ctx, there) {
		return p.overdue(ctx, object, take)
	}
	if err := p.gate(kind + object); err != nil {
		return err
	}
	p.mu.Lock()
	err := p.arrives(kind, object, take)
	p.mu.Unlock()
	if !sleep(ctx, back) {
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return errDead
	}
	return err
}

// trip is how long a request and its answer take.
func (p *process) trip(object string) (there, back time.Duration) {
	there = p.span("request", object, 2*time.Millisecond, 25*time.Millisecond)
	back = p.span("answer", object, 2*time.Millisecond, 25*time.Millisecond)
	if p.strikes("slow request", object) {
		there = p.span("slow request", object, time.Second, 18*time.Second)
	}
	if p.strikes("slow answer", object) {
		back = p.span("slow answer", object, time.Second, 7*time.Second)
	}
	return there, back
}

// overdue is a request given up; the server may carry it out all the same.
func (p *process) overdue(ctx context.Context, object string, take func() error) error {
	if p.gate("overdue"+object) != nil {
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.strikes("write after its timeout", object) {
		p.after(p.span("late", object, time.Millisecond, 800*time.Millisecond), func() { _ = take() })
	}
	return ctx.Err()
}

// arrives is a request at the API server.
func (p *process) arrives(kind, object string, take func() error) error {
	p.steps++
	if p.dead && p.odds("lost with its process", object, 500) {
		return errDead
	}
	switch {
	case p.strikes("throttled", object):
		return errThrottled
	case p.strikes("internal error", object):
		return errInternal
	case kind == "write" && p.strikes("write invalid", object):
		return errInvalid
	}
	err := take()
	if errors.Is(err, reconciler.ErrStale) {
		p.count("stale write refused")
	}
	switch {
	case p.strikesDead("dies after a " + kind):
		return errDead
	case err == nil && p.strikes("answer lost", object):
		p.tell("api: the answer is lost")
		return errLost
	}
	return err
}

// sleep is false when the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
