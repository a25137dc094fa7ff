package main

import (
	"log/slog"
	"sync"
	"time"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/spec"
)

// announcer says by the leader's Lease how each source stands, for `patchwave status`.
type announcer struct {
	announce func([]cluster.SourceState) error
	now      func() time.Time
	log      *slog.Logger

	mu      sync.Mutex
	sources []cluster.SourceState
}

func newAnnouncer(sources []spec.Source, announce func([]cluster.SourceState) error, now func() time.Time, log *slog.Logger) *announcer {
	a := &announcer{announce: announce, now: now, log: log}
	for _, source := range sources {
		a.sources = append(a.sources, cluster.SourceState{Name: source.Name})
	}
	return a
}

// of is what the follower of a source tells of each poll.
func (a *announcer) of(source spec.Source) func(revision string, err error) {
	return func(revision string, err error) { a.polled(source.Name, revision, err) }
}

// polled notes what a look at a source's repository came to. The revision is that which
// was read last, "" where none was.
func (a *announcer) polled(source, revision string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.sources {
		if a.sources[i].Name != source {
			continue
		}
		a.sources[i] = a.stands(a.sources[i], revision, err)
	}
	if err := a.announce(a.sources); err != nil {
		a.log.Warn("cannot say how the sources stand", "error", err)
	}
}

func (a *announcer) stands(was cluster.SourceState, revision string, err error) cluster.SourceState {
	is := cluster.SourceState{Name: was.Name, Revision: revision, ReadAt: a.now()}
	if err == nil {
		return is
	}
	is.ReadAt, is.Error, is.Since = was.ReadAt, err.Error(), was.Since
	if was.Error == "" {
		is.Since = a.now()
	}
	return is
}
