package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
	"github.com/patchwave/patchwave/testlog"
)

// faulty is a cluster in which one thing fails until a time, and where nobody is woken
// by what happens.
type faulty struct {
	*cluster
	until   time.Time
	observe error
	save    error
	act     error
	step    error
	orphan  bool // the pods are drained for a plan that is gone
	owner   bool // and they have an owner whose template differs
	saved   map[spec.Key]reconciler.Status
	told    []string
	words   func() error // of what cannot be saved
}

func (f *faulty) fails(err error) error {
	if time.Now().Before(f.until) {
		return err
	}
	return nil
}

func (f *faulty) Observe(ctx context.Context, plan reconciler.Plan) (reconciler.Observed, error) {
	f.mu.Lock()
	status := f.saved[plan.Key()]
	f.mu.Unlock()
	observed, _ := f.cluster.Observe(ctx, plan)
	observed.Status = status
	if f.owner {
		observed.Owners = []align.Owner{{
			Kind: "ReplicaSet", Name: "lobby", UID: "owner", Observed: true,
			Images: []spec.Image{{Container: "server", Image: "app:v1"}},
		}}
	}
	return observed, f.fails(f.observe)
}

func (f *faulty) Save(_ context.Context, plan reconciler.Plan, status reconciler.Status) error {
	if f.words != nil {
		f.save = f.words()
	}
	if err := f.fails(f.save); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.saved == nil {
		f.saved = map[spec.Key]reconciler.Status{}
	}
	f.saved[plan.Key()] = status
	return nil
}

func (f *faulty) Apply(ctx context.Context, namespace string, action reconciler.Action) error {
	if err := f.fails(f.act); err != nil {
		return err
	}
	if action.Verb == reconciler.Reopen || action.Verb == reconciler.Drain {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.deeds, f.orphan = append(f.deeds, string(action.Verb)+" "+action.Pod.Name), false
		for i := range f.pods {
			if f.pods[i].Name == action.Pod.Name && action.Verb == reconciler.Drain {
				f.pods[i].Gate.Closed, f.pods[i].Ready.True, f.pods[i].Drain = true, false, &action.Drain
			}
		}
		return nil
	}
	return f.cluster.Apply(ctx, namespace, action)
}

func (f *faulty) Align(ctx context.Context, namespace string, step align.Step) error {
	if err := f.fails(f.step); err != nil {
		return err
	}
	f.mu.Lock()
	f.owner = false
	f.mu.Unlock()
	return f.cluster.Align(ctx, namespace, step)
}

func (f *faulty) Drained(string) []reconciler.Pod {
	if !f.orphan {
		return nil
	}
	pod := pods(1)[0]
	pod.Gate = reconciler.Gate{Type: reconciler.GateType, Closed: true}
	pod.Drain = &reconciler.DrainMark{Plan: "games/gone"}
	return []reconciler.Pod{pod}
}

func (f *faulty) run(t *testing.T, log *testlog.Log, plans ...spec.Plan) (stop func()) {
	t.Helper()
	l := &Loop{
		World: f, Archive: f, Audience: f, Now: time.Now, Sources: []string{"a"}, Hours: f.hours, Namespaces: []string{"games"},
		Log: log.Logger(slog.LevelInfo),
	}
	l.Read(reconciler.Reading{Source: "a", Plans: plans})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// Whatever fails is tried again soon, though nothing else happens that would wake
// anybody.
func TestFailuresAreTriedAgain(t *testing.T) {
	failure := errors.New("no answer")
	for name, test := range map[string]struct {
		fault *faulty
		want  string
	}{
		"a plan that cannot be observed": {&faulty{observe: failure}, "Patch pod-0"},
		"a record that is stale":         {&faulty{save: reconciler.ErrStale}, "Patch pod-0"},
		"a record that is refused":       {&faulty{save: failure}, "Patch pod-0"},
		"a write to a pod":               {&faulty{act: failure}, "Patch pod-0"},
		"a pod to be given back":         {&faulty{act: failure, orphan: true}, "Reopen pod-0"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := test.fault
				f.cluster, f.until = &cluster{pods: pods(1)}, time.Now().Add(time.Second)
				var plans []spec.Plan
				if !f.orphan {
					plans = append(plans, plan("lobby").Plan)
				}
				stop := f.run(t, &testlog.Log{}, plans...)
				time.Sleep(2 * retryAfter)
				synctest.Wait()
				if got := f.done(); !strings.Contains(got, test.want) {
					t.Errorf("did %s, want %s", got, test.want)
				}
				stop()
			})
		})
	}
}

// A refused step of an alignment is tried again when its time has come, and no sooner
// because the owner's refusal was forgotten.
func TestRefusedStepsAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		living := pods(1)
		living[0].Containers[0].Image, living[0].Containers[0].RunningImage = "app:v2", "app:v2"
		living[0].Ready, living[0].ContainersReady = reconciler.Condition{True: true, Since: time.Now().Add(-time.Hour)}, true
		f := &faulty{cluster: &cluster{pods: living}, step: errors.New("no answer"), until: time.Now().Add(30 * time.Second), owner: true}
		stop := f.run(t, &testlog.Log{}, plan("lobby").Plan)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if got := f.done(); got != "[SetTemplate lobby]" {
			t.Errorf("did %s", got)
		}
		stop()
	})
}

// A stale write is no refusal, and nobody is told of one.
func TestStaleWritesAreNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log testlog.Log
		f := &faulty{cluster: &cluster{pods: pods(1)}, act: reconciler.ErrStale, until: time.Now().Add(time.Second)}
		stop := f.run(t, &log, plan("lobby").Plan)
		time.Sleep(2 * time.Second)
		stop()
		if strings.Contains(log.String(), "refused") {
			t.Errorf("told:\n%s", log.String())
		}
	})
}

// Two plans for one container of one pod both stop.
func TestContestedPlansStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{cluster: &cluster{pods: pods(1)}}
		stop := f.run(t, &testlog.Log{}, plan("lobby").Plan, plan("other").Plan)
		time.Sleep(time.Minute)
		stop()
		if got := f.done(); got != "[]" {
			t.Errorf("did %s", got)
		}
	})
}

// What one plan has done is seen before the next is decided on: a pod that is drained
// for the one is down for the other, which may have no more than one down.
func TestPlansSeeEachOthersWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both := pods(2)
		for i := range both {
			server := both[i].Containers[0]
			logger := server
			logger.Name, logger.Image = "logger", []string{"app:v2", "app:v1"}[i]
			both[i].Containers = []reconciler.Container{server, logger}
			both[i].Gate.Type, both[i].ContainersReady = reconciler.GateType, true
			both[i].Ready = reconciler.Condition{True: true, Since: time.Now().Add(-time.Hour)}
		}
		one, other := plan("lobby").Plan, plan("other").Plan
		one.Spec.GracePeriodSeconds, other.Spec.GracePeriodSeconds = 30, 30
		other.Spec.Images = []spec.Image{{Container: "logger", Image: "app:v2"}}
		f := &faulty{cluster: &cluster{pods: both}}
		stop := f.run(t, &testlog.Log{}, one, other)
		synctest.Wait()
		if got := f.done(); got != "[Drain pod-0]" {
			t.Errorf("did %s, want one pod down", got)
		}
		stop()
	})
}

// Clocks jump, and machines sleep: a wait for hours is looked at again meanwhile.
func TestLooksAgainWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frozen := calendar.Freeze{From: time.Now(), To: time.Now().Add(24 * time.Hour)}
		f := &faulty{cluster: &cluster{pods: pods(1), hours: calendar.Hours{Freezes: []calendar.Freeze{frozen}}}}
		stop := f.run(t, &testlog.Log{}, plan("lobby").Plan)
		synctest.Wait()
		before := f.looked()
		time.Sleep(time.Hour)
		synctest.Wait()
		if looks := f.looked() - before; looks < 6 {
			t.Errorf("looked %d times in an hour", looks)
		}
		stop()
	})
}

// Nothing is begun after a stop, though writes under way may end.
func TestNothingIsBegunAfterAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{cluster: &cluster{pods: pods(1), slow: time.Second}}
		second := plan("second").Plan
		second.Spec.Images[0].Container = "other"
		stop := f.run(t, &testlog.Log{}, plan("first").Plan, second)
		time.Sleep(time.Second / 2)
		synctest.Wait()
		before := f.looked()
		stop()
		if got := f.done(); got != "[Patch pod-0]" {
			t.Errorf("did %s, want the write under way", got)
		}
		if f.looked() != before {
			t.Error("another plan was looked at after the stop")
		}
	})
}

// Of an owner that is there it is remembered what was refused, and of others not.
func TestOwnersAreRemembered(t *testing.T) {
	f := &faulty{cluster: &cluster{pods: pods(1)}, owner: true}
	w := &worker{Loop: &Loop{World: f}, namespace: "games", memory: reconciler.Memory{}}
	w.memory.Aligned(align.Step{Owner: align.Owner{UID: "owner"}}, errors.New("denied"), time.Now())
	w.memory.Aligned(align.Step{Owner: align.Owner{UID: "gone"}}, errors.New("denied"), time.Now())
	w.survey(t.Context(), []reconciler.Plan{plan("lobby")})
	if len(w.memory) != 1 || w.memory["owner"] == nil {
		t.Errorf("%d are remembered, want the owner that is there", len(w.memory))
	}
}

// Turn notes what was told of a plan.
func (f *faulty) Turn(_ reconciler.Plan, turn reconciler.Turn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, turn.Reason)
}

// The story is told as it goes on.
func TestTurnsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{cluster: &cluster{pods: pods(1)}}
		stop := f.run(t, &testlog.Log{}, plan("lobby").Plan)
		synctest.Wait()
		stop()
		if len(f.told) != 1 || f.told[0] != "Started" {
			t.Errorf("told %q", f.told)
		}
	})
}

// A plan that stays stuck is told of once, though the words for it change.
func TestStuckInOtherWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{cluster: &cluster{pods: pods(1)}, until: time.Now().Add(time.Hour)}
		f.words = func() error { return fmt.Errorf("read tcp 127.0.0.1:%d: i/o timeout", time.Now().Unix()) }
		stop := f.run(t, &testlog.Log{}, plan("lobby").Plan)
		time.Sleep(10 * patience)
		synctest.Wait()
		stop()
		if told := strings.Count(f.toldStuck(), "timeout"); told != 1 {
			t.Errorf("told %d times: %s", told, f.toldStuck())
		}
	})
}

// told is an audience that notes in which order it is told of sources.
type told struct {
	*cluster
	orders map[string]bool
}

func (s told) Changed(readings []reconciler.Reading, _ []reconciler.Record) {
	var order []string
	for _, reading := range readings {
		order = append(order, reading.Source)
	}
	s.orders[strings.Join(order, " ")] = true
}

// Sources are told of in their order, which decides who keeps a plan's name.
func TestSourcesKeepTheirOrder(t *testing.T) {
	audience := told{&cluster{}, map[string]bool{}}
	l := &Loop{World: audience, Archive: audience, Audience: audience, Sources: []string{"c", "a", "b"}}
	for range 20 {
		for _, source := range []string{"a", "b", "c"} {
			l.Read(reconciler.Reading{Source: source})
		}
	}
	if len(audience.orders) != 3 || !audience.orders["a"] || !audience.orders["a b"] || !audience.orders["c a b"] {
		t.Errorf("told in the orders %v", audience.orders)
	}
}

// A process that follows the other of two commits between which a record goes to and fro
// leaves that as it is, and says why.
func TestRecordOfARivalIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := plan("lobby").Plan, plan("lobby").Plan
		theirs.Spec.Images = []spec.Image{{Container: "server", Image: "app:v9"}}
		attempt := func(p spec.Plan, ago time.Duration) reconciler.Attempt {
			return reconciler.Attempt{Try: reconciler.Try{Digest: p.Digest()}, Result: reconciler.Progressing, StartedAt: time.Now().Add(-ago)}
		}
		f := &faulty{cluster: &cluster{pods: pods(1)}, saved: map[spec.Key]reconciler.Status{ours.Key(): {
			Attempt: attempt(theirs, time.Second),
			History: []reconciler.Attempt{attempt(ours, 2*time.Second), attempt(theirs, 3*time.Second), attempt(ours, 4*time.Second)},
		}}}
		var log testlog.Log
		stop := f.run(t, &log, ours)
		time.Sleep(time.Hour)
		stop()
		if got, saved := f.done(), f.saved[ours.Key()]; got != "[]" || len(saved.Conditions) > 0 {
			t.Errorf("does %s and saves %+v", got, saved)
		}
		if strings.Count(log.String(), "take turns") != 1 {
			t.Errorf("it should be told once:\n%s", &log)
		}
	})
}
