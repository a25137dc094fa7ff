package main

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/spec"
)

// What the leader announces of a source follows its polls.
func TestAnnouncer(t *testing.T) {
	var told []cluster.SourceState
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	announce := func(sources []cluster.SourceState) error {
		told = append([]cluster.SourceState{}, sources...)
		return nil
	}
	sources := []spec.Source{{Name: "games"}, {Name: "shop"}}
	a := newAnnouncer(sources, announce, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	games, began := a.of(sources[0]), now
	fails := errors.New("no answer")
	for _, step := range []struct {
		revision string
		err      error
		want     cluster.SourceState
	}{
		{"", fails, cluster.SourceState{Error: "no answer", Since: began}},
		{"main@sha1:a", nil, cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(time.Minute)}},
		{"main@sha1:a", nil, cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(2 * time.Minute)}},
		{"main@sha1:a", fails, cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(2 * time.Minute), Error: "no answer", Since: began.Add(3 * time.Minute)}},
		{"main@sha1:a", fails, cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(2 * time.Minute), Error: "no answer", Since: began.Add(3 * time.Minute)}},
		{"main@sha1:b", nil, cluster.SourceState{Revision: "main@sha1:b", ReadAt: began.Add(5 * time.Minute)}},
	} {
		games(step.revision, step.err)
		step.want.Name = "games"
		if diff := cmp.Diff([]cluster.SourceState{step.want, {Name: "shop"}}, told); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", now.Sub(began), diff)
		}
		now = now.Add(time.Minute)
	}
}
