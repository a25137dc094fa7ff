package controller

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// leaving is a cluster with the record of a plan that Git has no more, and an
// audience that hears of it late.
type leaving struct {
	*cluster
	hears   time.Time
	removed time.Time
}

func (l *leaving) Heard() bool { return !time.Now().Before(l.hears) }

func (l *leaving) Records() []reconciler.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.removed.IsZero() {
		return nil
	}
	return []reconciler.Record{{Source: "a", Plan: plan("lobby").Plan, Digest: plan("lobby").Digest, Status: l.status}}
}

func (l *leaving) Remove(context.Context, spec.Key) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.removed = time.Now()
	return nil
}

// A record goes once its end was heard of, and at last without.
func TestRecordsWaitToBeHeardOf(t *testing.T) {
	for name, test := range map[string]struct{ hears, goes time.Duration }{
		"at once":   {0, 0},
		"late":      {10 * time.Minute, 10 * time.Minute},
		"never":     {10 * hearing, hearing},
		"in a race": {time.Nanosecond, retryAfter},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				c := &leaving{cluster: &cluster{}, hears: began.Add(test.hears)}
				l := &Loop{World: c, Archive: c, Audience: c, Now: time.Now, Sources: []string{"a"}, Namespaces: []string{"games"}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
				l.Read(reconciler.Reading{Source: "a", Commit: "abc"})
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					l.Run(ctx)
				}()
				time.Sleep(2 * hearing)
				cancel()
				<-ended
				if went := c.removed.Sub(began); went != test.goes {
					t.Errorf("the record went after %s, want %s", went, test.goes)
				}
			})
		})
	}
}

// A plan that comes back and goes again is heard of anew.
func TestRecordsOfPlansThatWereBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := &leaving{cluster: &cluster{}, hears: began.Add(10 * hearing)}
		l := &Loop{World: c, Archive: c, Audience: c, Now: time.Now, Sources: []string{"a"}, Namespaces: []string{"games"}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			l.Run(ctx)
		}()
		for _, plans := range [][]spec.Plan{nil, {plan("lobby").Plan}, nil} {
			l.Read(reconciler.Reading{Source: "a", Commit: "abc", Plans: plans})
			time.Sleep(hearing / 2)
		}
		time.Sleep(hearing)
		cancel()
		<-ended
		if went := c.removed.Sub(began); went != 2*hearing {
			t.Errorf("the record went after %s, want %s after the plan went for good", went, hearing)
		}
	})
}
