package main

import (
	"log/slog"
	"sync"
	"time"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// announcer says by the leader's Lease how each source stands, for `patchwave status`,
// and has the records say so of those that cannot be read.
type announcer struct {
	announce func([]cluster.SourceState) error
	record   func(source string, is reconciler.Unreadable)
	now      func() time.Time
	log      *slog.Logger

	mu       sync.Mutex
	sources  []cluster.SourceState
	troubles []trouble // of each
}

// trouble is what the records are told of a source. The first words on a kind of it stay.
type trouble struct {
	report.Trouble
	told reconciler.Unreadable
}

func newAnnouncer(sources []spec.Source, announce func([]cluster.SourceState) error, record func(string, reconciler.Unreadable), now func() time.Time, log *slog.Logger) *announcer {
	a := &announcer{announce: announce, record: record, now: now, log: log, troubles: make([]trouble, len(sources))}
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
		a.record(source, a.troubles[i].polled(a.sources[i].Since, err, a.now()))
	}
	if err := a.announce(a.sources); err != nil {
		a.log.Warn("cannot say how the sources stand", "error", err)
	}
}

// polled is what the records say after a poll.
func (t *trouble) polled(since time.Time, err error, now time.Time) reconciler.Unreadable {
	switch {
	case err == nil:
		*t = trouble{}
	case !t.Same(err):
		t.Worth(err, now)
		t.told = reconciler.Unreadable{Since: since, Why: printable(err.Error())}
	}
	return t.told
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
