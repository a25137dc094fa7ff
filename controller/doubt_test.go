package controller

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// archive keeps records, and its plans' pods are the cluster's.
type archive struct {
	*cluster

	mu      sync.Mutex
	records map[string]reconciler.Record
	writes  int
	unseen  error // why plans cannot be looked at
	refused error // why records cannot be written
	turns   []string
}

func (a *archive) Records() []reconciler.Record {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Values(a.records))
}

func (a *archive) Save(_ context.Context, plan reconciler.Plan, status reconciler.Status) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writes++
	if a.refused != nil {
		return a.refused
	}
	a.records[plan.Metadata.Name] = reconciler.Record{Source: plan.Source, Digest: plan.Digest, Plan: plan.Plan, Status: status}
	return nil
}

func (a *archive) Observe(ctx context.Context, plan reconciler.Plan) (reconciler.Observed, error) {
	observed, err := a.cluster.Observe(ctx, plan)
	a.mu.Lock()
	defer a.mu.Unlock()
	record, mirrored := a.records[plan.Metadata.Name]
	observed.Status, observed.Mirrored = record.Status, mirrored && record.Source == plan.Source
	return observed, errors.Join(err, a.unseen)
}

func (a *archive) Turn(_ reconciler.Plan, turn reconciler.Turn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turns = append(a.turns, turn.Reason)
}

func (a *archive) blind(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unseen = err
}

func (a *archive) refuse(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused = err
}

// ready is a record's condition, and how many writes there were of all.
func (a *archive) ready(name string) (says string, writes int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ready, _ := a.records[name].Status.Condition("Ready")
	return ready.Status + " " + ready.Reason + " " + ready.Message, a.writes
}

// opens runs a loop of the sources over records of plans without pods.
func opens(ctx context.Context, sources []string, records ...reconciler.Record) (*archive, *Loop, chan struct{}) {
	a := &archive{cluster: &cluster{}, records: map[string]reconciler.Record{}}
	for _, record := range records {
		a.records[record.Plan.Metadata.Name] = record
	}
	l := &Loop{World: a, Archive: a, Audience: a, Now: time.Now, Sources: sources, Namespaces: []string{"games"}, Log: a.log.Logger(slog.LevelInfo)}
	ended := make(chan struct{})
	go func() {
		l.Run(ctx)
		close(ended)
	}()
	synctest.Wait()
	return a, l, ended
}

func recordOf(source, name string) reconciler.Record {
	p := plan(name)
	return reconciler.Record{Source: source, Digest: p.Digest, Plan: p.Plan}
}

// says waits, and compares how a record begins and how often any was written.
func (a *archive) says(t *testing.T, after time.Duration, name, want string, writes int) {
	t.Helper()
	time.Sleep(after)
	synctest.Wait()
	if got, wrote := a.ready(name); !strings.HasPrefix(got, want) || wrote != writes {
		t.Errorf("after %s %s says %q, after %d writes, want %q after %d", after, name, got, wrote, want, writes)
	}
}

// A record whose source has left the configuration says so once, and is left alone; not
// one that another source takes over meanwhile.
func TestRecordsOfRemovedSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a, l, ended := opens(ctx, []string{"new"}, recordOf("old", "lobby"), recordOf("old", "chat"))
		chat := plan("chat").Plan
		a.says(t, reconciler.UnseenTime-time.Second, "lobby", "  ", 0)
		l.Read(reconciler.Reading{Source: "new", Commit: "abc", Plans: []spec.Plan{chat}})
		a.says(t, 0, "lobby", "  ", 1)
		a.says(t, time.Second, "lobby", "Unknown SourceRemoved source old is not in the configuration of the running instance", 2)
		a.says(t, time.Hour, "lobby", "Unknown SourceRemoved", 2)
		if says, _ := a.ready("chat"); strings.Contains(says, "Unknown") {
			t.Errorf("taken over, chat says %q", says)
		}
		cancel()
		<-ended
		if !slices.Contains(a.turns, reconciler.SourceRemoved) {
			t.Errorf("told of %q", a.turns)
		}
	})
}

// A source that cannot be read is told of by its records once that has lasted, and once.
func TestRecordsOfUnreadableSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a, l, ended := opens(ctx, []string{"a"})
		l.Read(reconciler.Reading{Source: "a", Commit: "abc", Plans: []spec.Plan{plan("lobby").Plan}})
		a.says(t, 0, "lobby", "", 1)
		trouble := reconciler.Unreadable{Since: time.Now(), Why: "no answer"}
		l.Unreadable("a", trouble)
		a.says(t, reconciler.UnseenTime-time.Second, "lobby", "", 1)
		a.says(t, time.Second, "lobby", "Unknown SourceUnreadable source a cannot be read since ", 2)
		for range 100 {
			l.Unreadable("a", trouble)
			time.Sleep(time.Minute)
		}
		a.says(t, 0, "lobby", "Unknown SourceUnreadable", 2)
		l.Unreadable("a", reconciler.Unreadable{})
		a.says(t, 0, "lobby", "True ", 3)
		cancel()
		<-ended
	})
}

// A plan that cannot be looked at says so as far as its record can be written, and is as
// before afterwards.
func TestRecordsOfPlansNotLookedAt(t *testing.T) {
	for name, blind := range map[string]func(*archive, error){
		"a closed namespace": func(a *archive, err error) {
			a.cluster.mu.Lock()
			defer a.cluster.mu.Unlock()
			a.closed = err
		},
		"one that cannot be observed": (*archive).blind,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				a, l, ended := opens(ctx, []string{"a"})
				l.Read(reconciler.Reading{Source: "a", Commit: "abc", Plans: []spec.Plan{plan("lobby").Plan}})
				a.says(t, 0, "lobby", "", 1)
				blind(a, errors.New("cannot read pods"))
				l.Wake("games")
				a.says(t, patience-time.Second, "lobby", "True", 1)
				a.says(t, time.Second, "lobby", "Unknown NotLookedAt cannot read pods; trying again; it was last: ", 2)
				blind(a, errors.New("cannot read pods, by port 2"))
				a.says(t, time.Hour, "lobby", "Unknown NotLookedAt cannot read pods;", 2)
				blind(a, nil)
				a.says(t, retryAfter, "lobby", "True", 3)
				cancel()
				<-ended
			})
		})
	}
}

// A record that cannot be written is not written a second time for saying so.
func TestRecordsThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a, l, ended := opens(ctx, []string{"a"}, recordOf("a", "lobby"))
		a.says(t, 0, "lobby", "True ", 1)
		a.refuse(errors.New("the quota is used up"))
		changed := plan("lobby").Plan
		changed.Spec.MaxFailures = 1
		l.Read(reconciler.Reading{Source: "a", Commit: "abc", Plans: []spec.Plan{changed}})
		time.Sleep(2*patience + retryAfter/2)
		synctest.Wait()
		if says, writes := a.ready("lobby"); !strings.HasPrefix(says, "True") || writes > 1+2+12 {
			t.Errorf("it says %q after %d writes", says, writes)
		}
		cancel()
		<-ended
	})
}
