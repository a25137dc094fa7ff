package cluster

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// leaseTime is how long a Lease outlives its holder.
	leaseTime = 15 * time.Second
	// termTime is how long after its last renewal the holder itself relies on it. The
	// rest is for what is under way to the API server when a term ends.
	termTime = 10 * time.Second
)

var (
	// errNotLed says that a write was not sent.
	errNotLed = errors.New("this process does not lead")
	// errTermOver says that a write was given up; it may have taken place.
	errTermOver = errors.New("this process does not lead any more")
)

// term is the time in which a Lease is surely this process's. It ends by itself
// when the Lease is not renewed, whatever the process is doing or not doing.
type term struct {
	now func() moment

	mu      sync.Mutex
	renewed moment             // when the last renewal was sent
	ctx     context.Context    // ends with the term; nil before the first
	cancel  context.CancelFunc // of ctx
	timer   *time.Timer        // ends it in time
}

// renew begins a term, or makes it longer. It counts from the sending of the
// renewal, not from its answer.
func (t *term) renew(sent moment) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rest := termTime - t.now().atMost(sent)
	if rest <= 0 {
		return
	}
	if t.ctx == nil || t.ctx.Err() != nil {
		t.ctx, t.cancel = context.WithCancel(context.Background())
		t.timer = time.AfterFunc(rest, t.cancel)
	}
	t.renewed = sent
	t.timer.Reset(rest)
}

// end ends the term early.
func (t *term) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx != nil {
		t.timer.Stop()
		t.cancel()
	}
}

// current returns a context that ends with the term, and whether there is one. The
// clocks are asked: a timer may be late after the process or its machine has stood still.
func (t *term) current() (context.Context, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil {
		return nil, false
	}
	if t.now().atMost(t.renewed) >= termTime {
		t.cancel()
	}
	return t.ctx, t.ctx.Err() == nil
}
