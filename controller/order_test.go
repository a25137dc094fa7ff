package controller

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

func TestBehind(t *testing.T) {
	reaches := map[string][]string{"a": {"games"}, "b": {"games", "shop"}, "c": {"chat"}}
	for _, test := range []struct {
		name string
		play func(*Loop)
		want string // what of source a may be elsewhere
	}{
		{"nothing was looked at", func(l *Loop) { l.Read(of("a")) }, "map[chat:c games:b shop:b]"},
		{"the others were looked at before", func(l *Loop) { l.Look("b")(); l.Look("c")(); l.Read(of("a")) }, "map[chat:c games:b shop:b]"},
		{"one was looked at since", func(l *Loop) { l.Read(of("a")); l.Look("b")() }, "map[chat:c]"},
		{"a look that began before", func(l *Loop) { ended := l.Look("b"); l.Read(of("a")); ended(); l.Look("c")() }, "map[games:b shop:b]"},
		{"and the next", func(l *Loop) { ended := l.Look("b"); l.Read(of("a")); ended(); l.Look("c")(); l.Look("b")() }, "map[]"},
		{"with news", func(l *Loop) { l.Read(of("a")); l.Look("c")(); ended := l.Look("b"); l.Read(of("b")); ended() }, "map[]"},
		{"its own look says nothing", func(l *Loop) { l.Read(of("a")); l.Look("a")(); l.Look("c")() }, "map[games:b shop:b]"},
		{"its next commit", func(l *Loop) { l.Read(of("a")); l.Look("b")(); l.Look("c")(); l.Read(of("a")) }, "map[chat:c games:b shop:b]"},
	} {
		c := &cluster{}
		l := &Loop{World: c, Archive: c, Audience: c, Sources: []string{"a", "b", "c"}, Reaches: reaches}
		test.play(l)
		if got := fmt.Sprint(maps.Clone(l.known()[0].Behind)); got != test.want {
			t.Errorf("%s: behind are %s, want %s", test.name, got, test.want)
		}
	}
}

func of(source string, plans ...spec.Plan) reconciler.Reading {
	return reconciler.Reading{Source: source, Commit: "c", Revision: "main@sha1:c", Plans: plans}
}

// onTheMove keeps the record of a plan whose pods are patched and not complete.
type onTheMove struct {
	*cluster
	record reconciler.Record
}

func (o onTheMove) Records() []reconciler.Record {
	_, status := o.recorded()
	o.record.Status = status
	return []reconciler.Record{o.record}
}

// A plan that moves from one source to another is not put back in between, and one that
// is in neither is, once the other was looked at.
func TestMovedBetweenSources(t *testing.T) {
	for name, moved := range map[string]bool{"moved": true, "deleted": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				c, lobby := &cluster{pods: pods(2)}, plan("lobby").Plan
				o := onTheMove{c, reconciler.Record{Source: "a", Plan: lobby, Digest: lobby.Digest()}}
				l := &Loop{
					World: o, Archive: o, Audience: o, Now: time.Now, Sources: []string{"a", "b"}, Namespaces: []string{"games"},
					Reaches: map[string][]string{"a": {"games"}, "b": {"games"}}, Log: c.log.Logger(0),
				}
				c.follows = l
				l.Read(of("a", lobby))
				l.Read(of("b"))
				go l.Run(ctx)
				pass := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
				pass(time.Second)
				if c.done() == "" {
					t.Fatal("it was not begun")
				}
				began := l.Look("b")
				l.Read(of("a"))
				began()
				pass(time.Minute)
				if _, status := c.recorded(); status.Attempt.Result == reconciler.Withdrawn {
					t.Error("it is withdrawn before the other source was looked at")
				}
				ended := l.Look("b")
				if moved {
					l.Read(of("b", lobby))
				}
				ended()
				pass(time.Second)
				if _, status := c.recorded(); (status.Attempt.Result == reconciler.Withdrawn) == moved {
					t.Errorf("it is %s", status.Attempt.Result)
				}
				before := c.looked()
				l.Look("b")()
				if pass(time.Millisecond); c.looked() != before {
					t.Error("a look that nobody waits for wakes all")
				}
				cancel()
				pass(time.Minute)
			})
		})
	}
}
