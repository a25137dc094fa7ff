// Package gitsrc follows one branch of a Git repository and gives its newest
// commit as an immutable fs.FS, over HTTP(S) or from a local path.
//
// A look that finds nothing new is one small request. What cannot be read
// completely is never shown at all: a missing branch, an empty repository or a
// damaged store is an error that says what to do, and never an empty tree.
package gitsrc

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// How long one step of a poll may take, whatever the caller's context allows.
const (
	lookTimeout  = 30 * time.Second
	fetchTimeout = 2 * time.Minute
	cloneTimeout = 10 * time.Minute
)

// upstream is where the branch is read from: a server or a folder.
type upstream interface {
	// tip is the commit the branch stands at now.
	tip(ctx context.Context) (plumbing.Hash, error)
	// snapshot reads a tip seen a moment ago, or a newer one, sharing with
	// previous (which may be nil) what did not change.
	snapshot(ctx context.Context, tip plumbing.Hash, previous *Snapshot) (*Snapshot, error)
	// rest is called where nothing is new.
	rest(ctx context.Context)
}

// Source follows one branch. Its methods may be called from several
// goroutines; they run one after the other.
type Source struct {
	mu     sync.Mutex
	target target
	from   upstream
	last   *Snapshot
}

// Open checks the options and prepares the store; it asks no server. Where an
// earlier process was killed, its leftovers are swept.
func Open(options Options) (*Source, error) {
	t, err := options.target()
	if err != nil {
		return nil, fmt.Errorf("opening Git source %q: %w", t.url, err)
	}
	from, err := t.upstream(options)
	if err != nil {
		return nil, fmt.Errorf("opening Git source %q: %w", t.url, err)
	}
	return &Source{target: t, from: from}, nil
}

// Poll looks for a newer commit. It returns nil and no error where the branch
// still stands where the last snapshot was taken; "newer" includes going back,
// by a force-push. An error means that what was last returned stays in force,
// and that the next Poll tries again.
//
// One look takes at most 30 seconds, a fetch 2 minutes, a first clone 10.
func (s *Source) Poll(ctx context.Context) (*Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.poll(ctx)
	if err != nil {
		return nil, s.target.explain(err)
	}
	if next != nil {
		s.last = next
	}
	return next, nil
}

func (s *Source) poll(ctx context.Context) (*Snapshot, error) {
	tip, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	if s.has(tip.String()) {
		s.from.rest(ctx)
		return nil, nil
	}
	next, err := s.from.snapshot(ctx, tip, s.last)
	if err != nil {
		return nil, &unreadable{tip.String(), err}
	}
	if s.has(next.Commit) { // a replica that lags may hand out the old commit again
		return nil, nil
	}
	return next, nil
}

func (s *Source) look(ctx context.Context) (plumbing.Hash, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return s.from.tip(ctx)
}

func (s *Source) has(commit string) bool { return s.last != nil && s.last.Commit == commit }
