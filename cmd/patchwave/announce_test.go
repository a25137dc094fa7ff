package main

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// otherwise is a failure of another kind.
type otherwise struct{}

func (otherwise) Error() string { return "an\nother" }
func (otherwise) Kind() string  { return "other" }

// What the leader announces of a source follows its polls.
func TestAnnouncer(t *testing.T) {
	var told []cluster.SourceState
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	announce := func(sources []cluster.SourceState) error {
		told = append([]cluster.SourceState{}, sources...)
		return nil
	}
	sources := []spec.Source{{Name: "games"}, {Name: "shop"}}
	recorded := map[string]reconciler.Unreadable{}
	record := func(source string, is reconciler.Unreadable) { recorded[source] = is }
	a := newAnnouncer(sources, announce, record, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	games, began := a.of(sources[0]), now
	fails := errors.New("no answer")
	for _, step := range []struct {
		revision string
		err      error
		want     cluster.SourceState
		says     string // what the records are told
	}{
		{"", fails, cluster.SourceState{Error: "no answer", Since: began}, began.Format(time.TimeOnly) + " no answer"},
		{"main@sha1:a", nil, cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(time.Minute)}, ""},
		{"main@sha1:a", nil, cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(2 * time.Minute)}, ""},
		{"main@sha1:a", fails, cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(2 * time.Minute), Error: "no answer", Since: began.Add(3 * time.Minute)}, "03:07:05 no answer"},
		{"main@sha1:a", fails, cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(2 * time.Minute), Error: "no answer", Since: began.Add(3 * time.Minute)}, "03:07:05 no answer"},
		{"main@sha1:a", errors.New("by port 2"), cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(2 * time.Minute), Error: "by port 2", Since: began.Add(3 * time.Minute)}, "03:07:05 no answer"},
		{"main@sha1:a", otherwise{}, cluster.SourceState{Revision: "main@sha1:a", ReadAt: began.Add(2 * time.Minute), Error: "an\nother", Since: began.Add(3 * time.Minute)}, "03:07:05 an other"},
		{"main@sha1:b", nil, cluster.SourceState{Revision: "main@sha1:b", ReadAt: began.Add(7 * time.Minute)}, ""},
		{"main@sha1:b", fails, cluster.SourceState{Revision: "main@sha1:b", ReadAt: began.Add(7 * time.Minute), Error: "no answer", Since: began.Add(8 * time.Minute)}, "03:12:05 no answer"},
	} {
		games(step.revision, step.err)
		step.want.Name = "games"
		if diff := cmp.Diff([]cluster.SourceState{step.want, {Name: "shop"}}, told); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", now.Sub(began), diff)
		}
		says := ""
		if is := recorded["games"]; is != (reconciler.Unreadable{}) {
			says = is.Since.Format(time.TimeOnly) + " " + is.Why
		}
		if says != step.says {
			t.Errorf("after %s the records are told %q, want %q", now.Sub(began), says, step.says)
		}
		now = now.Add(time.Minute)
	}
}
