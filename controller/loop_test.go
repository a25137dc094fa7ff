package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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

// cluster is a World, an Archive and an Audience that remember what was done,
// and fail on demand.
type cluster struct {
	mu      sync.Mutex
	pods    []reconciler.Pod
	status  reconciler.Status
	deeds   []string
	held    []align.Owner
	deaf    time.Time // until then steps have no answer
	refuse  func(reconciler.Action) error
	save    error
	slow    time.Duration // each step
	storing time.Duration // each save
	saves   int
	hours   calendar.Hours // the operator's
	stuck   []string       // each time that the whole was shown, what is

	follows *Loop
	closed  error
	looks   int
	log     testlog.Log
}

func (c *cluster) Closed(string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

func (c *cluster) Observe(context.Context, reconciler.Plan) (reconciler.Observed, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks++
	return reconciler.Observed{Pods: slices.Clone(c.pods), Status: c.status, Mirrored: true}, nil
}

func (c *cluster) looked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.looks
}

func (c *cluster) Apply(ctx context.Context, _ string, action reconciler.Action) error {
	select {
	case <-time.After(c.slow):
	case <-ctx.Done():
		return ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		if err := c.refuse(action); err != nil {
			c.deeds = append(c.deeds, "refused "+action.Pod.Name)
			return err
		}
	}
	c.deeds = append(c.deeds, string(action.Verb)+" "+action.Pod.Name)
	for i := range c.pods {
		if c.pods[i].Name == action.Pod.Name {
			c.pods[i] = written(c.pods[i], action)
		}
	}
	return nil
}

// written is a pod after an action, with a kubelet that is quick.
func written(pod reconciler.Pod, action reconciler.Action) reconciler.Pod {
	if action.Verb == reconciler.Patch {
		pod.Marks, pod.Containers = action.Marks, slices.Clone(pod.Containers)
		pod.Containers[0].Image = action.Images[0].Image
		return pod
	}
	closed := action.Verb == reconciler.Drain
	pod.Gate.Closed, pod.Gate.Since = closed, time.Now()
	pod.Ready = reconciler.Condition{True: !closed, Since: time.Now()}
	pod.Drain = nil
	if closed {
		pod.Drain = &action.Drain
	}
	return pod
}

func (c *cluster) Drained(string) []reconciler.Pod { return nil }

// Align refuses all steps for a while.
func (c *cluster) Align(_ context.Context, _ string, step align.Step) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.deaf) {
		return errors.New("no answer")
	}
	c.deeds = append(c.deeds, string(step.Verb)+" "+step.Owner.Name)
	c.held = nil
	return nil
}

func (c *cluster) Held(string) reconciler.Held {
	c.mu.Lock()
	defer c.mu.Unlock()
	return reconciler.Held{Owners: c.held}
}

func (c *cluster) Records() []reconciler.Record { return nil }

func (c *cluster) Save(_ context.Context, _ reconciler.Plan, status reconciler.Status) error {
	time.Sleep(c.storing)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.save != nil {
		return c.save
	}
	c.status = status
	c.saves++
	return nil
}

func (c *cluster) Heard() bool                            { return true }
func (c *cluster) Remove(context.Context, spec.Key) error { return nil }
func (c *cluster) Turn(reconciler.Plan, reconciler.Turn)  {}

func (c *cluster) Changed(readings []reconciler.Reading, _ []reconciler.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, reading := range readings {
		c.stuck = append(c.stuck, fmt.Sprint(reading.Stuck))
	}
}

// saving is from now on what comes of saving a record.
func (c *cluster) saving(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.save = err
}

// toldStuck is what was told of stuck plans.
func (c *cluster) toldStuck() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.stuck, ", ")
}

func (c *cluster) recorded() (saves int, status reconciler.Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.saves, c.status
}

func (c *cluster) done() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.deeds)
	return fmt.Sprint(c.deeds)
}

// pods are on an old image, and do not serve.
func pods(n int) []reconciler.Pod {
	var all []reconciler.Pod
	for i := range n {
		name := fmt.Sprintf("pod-%d", i)
		all = append(all, reconciler.Pod{
			Name: name, UID: "uid-" + name, Node: "node", NodeReady: true,
			Containers: []reconciler.Container{{Name: "server", Image: "app:v1", ID: "containerd://" + name, Running: true}},
		})
	}
	return all
}

// plan wants a newer image in them.
func plan(name string) reconciler.Plan {
	p := spec.Plan{
		APIVersion: spec.APIVersion, Kind: spec.PlanKind, Metadata: spec.Metadata{Namespace: "games", Name: name},
		Spec: spec.PlanSpec{
			Target: spec.Target{Kind: "Deployment", Name: "lobby"},
			Images: []spec.Image{{Container: "server", Image: "app:v2"}},
		},
	}
	return reconciler.Plan{Plan: p, Digest: p.Digest()}
}

// loop runs with a plan that patches two pods at once.
func (c *cluster) loop(ctx context.Context) (ended chan struct{}) {
	c.pods = pods(2)
	return c.loopOf(ctx, plan("lobby").Plan)
}

func (c *cluster) loopOf(ctx context.Context, plans ...spec.Plan) (ended chan struct{}) {
	l := &Loop{
		World: c, Archive: c, Audience: c, Now: time.Now, Sources: []string{"a"}, Hours: c.hours, Namespaces: []string{"games"},
		Log: c.log.Logger(slog.LevelInfo),
	}
	c.follows = l
	l.Read(reconciler.Reading{Source: "a", Plans: plans})
	ended = make(chan struct{})
	go func() {
		l.Run(ctx)
		close(ended)
	}()
	return ended
}

func TestLoop(t *testing.T) {
	once := func(err error) func(reconciler.Action) error {
		refused := false
		return func(a reconciler.Action) error {
			if a.Pod.Name == "pod-1" || refused {
				return nil
			}
			refused = true
			return err
		}
	}
	for _, test := range []struct {
		name          string
		cluster       *cluster
		atOnce, later string
	}{
		{"both pods", &cluster{}, "[Patch pod-0 Patch pod-1]", "[Patch pod-0 Patch pod-1]"},
		{
			"a refused write concerns its pod alone, and is tried again after a while",
			&cluster{refuse: once(errors.New("denied by a webhook"))},
			"[Patch pod-1 refused pod-0]", "[Patch pod-0 Patch pod-1 refused pod-0]",
		},
		{
			"a stale write is no error: look again",
			&cluster{refuse: once(reconciler.ErrStale)},
			"[Patch pod-0 Patch pod-1 refused pod-0]", "[Patch pod-0 Patch pod-1 refused pod-0]",
		},
		{"without a record nothing is done", &cluster{save: errors.New("no such kind")}, "[]", "[]"},
		{"with a stale record nothing is done", &cluster{save: reconciler.ErrStale}, "[]", "[]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				ended := test.cluster.loop(ctx)
				synctest.Wait()
				if got := test.cluster.done(); got != test.atOnce {
					t.Errorf("did %s, want %s", got, test.atOnce)
				}
				time.Sleep(2 * retryAfter)
				synctest.Wait()
				if got := test.cluster.done(); got != test.later {
					t.Errorf("later it had done %s, want %s", got, test.later)
				}
				cancel()
				<-ended
			})
		})
	}
}

// A freeze that begins while the record is saved holds; a slow save alone keeps nothing up.
func TestSavingTakesLong(t *testing.T) {
	for name, test := range map[string]struct {
		freezes time.Duration // from the beginning on
		want    string
	}{
		"a freeze begins meanwhile": {5 * time.Second, "[]"},
		"no freeze":                 {time.Hour, "[Patch pod-0 Patch pod-1]"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from := time.Now().Add(test.freezes)
				c := &cluster{storing: 10 * time.Second, hours: calendar.Hours{Freezes: []calendar.Freeze{{From: from, To: from.Add(time.Hour)}}}}
				ctx, cancel := context.WithCancel(t.Context())
				ended := c.loop(ctx)
				time.Sleep(time.Minute)
				synctest.Wait()
				if got := c.done(); got != test.want {
					t.Errorf("did %s, want %s", got, test.want)
				}
				cancel()
				<-ended
			})
		})
	}
}

// The operator's freeze holds for every plan.
func TestOperatorsHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frozen := calendar.Freeze{From: time.Now(), To: time.Now().Add(3 * lookAgain)}
		c := &cluster{hours: calendar.Hours{Freezes: []calendar.Freeze{frozen}}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.loop(ctx)
		time.Sleep(3*lookAgain - time.Nanosecond)
		synctest.Wait()
		if got := c.done(); got != "[]" {
			t.Errorf("did %s in a freeze", got)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if got := c.done(); got != "[Patch pod-0 Patch pod-1]" {
			t.Errorf("did %s after the freeze", got)
		}
		cancel()
		<-ended
	})
}

// What no plan has any more is given back, also where the first write fails: a
// person would find it held for as long as nothing else happens. So it is where
// neither plan nor record is left.
func TestGivesBackWhatIsLeft(t *testing.T) {
	for _, plans := range [][]spec.Plan{{plan("other").Plan}, nil} {
		synctest.Test(t, func(t *testing.T) {
			mark := &align.Mark{Plan: "games/gone", Released: true, Images: []spec.Image{{Container: "server", Image: "app:v2"}}}
			c := &cluster{deaf: time.Now().Add(time.Minute), held: []align.Owner{{Kind: "DaemonSet", Name: "agents", Observed: true, Revision: "1", Mark: mark}}}
			ctx, cancel := context.WithCancel(t.Context())
			ended := c.loopOf(ctx, plans...)
			time.Sleep(time.Minute + 2*retryAfter)
			synctest.Wait()
			if got := c.done(); got != "[Clear agents]" {
				t.Errorf("beside %d plans: did %s, want the owner's mark cleared at the second try", len(plans), got)
			}
			cancel()
			<-ended
		})
	}
}

// A write may take as long as a webhook may, and after a stop less than a Lease stands.
func TestSlowWrites(t *testing.T) {
	const both, none = "[Patch pod-0 Patch pod-1]", "[]"
	for _, test := range []struct {
		takes, stop time.Duration
		want        string
	}{
		{time.Second, 0, both},
		{4 * time.Second, 0, none},
		{11 * time.Second, 12 * time.Second, both},
		{11 * time.Second, 9 * time.Second, both},
		{11 * time.Second, 7 * time.Second, none},
		{14 * time.Second, 15 * time.Second, none},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := &cluster{slow: test.takes}
			ctx, cancel := context.WithCancel(t.Context())
			ended := c.loop(ctx)
			time.Sleep(test.stop)
			synctest.Wait()
			cancel()
			stopped := time.Now()
			<-ended
			if took := time.Since(stopped); took > finishWritesIn {
				t.Errorf("writes of %s: the end took %s", test.takes, took)
			}
			if got := c.done(); got != test.want {
				t.Errorf("writes of %s and a stop after %s: %s, want %s", test.takes, test.stop, got, test.want)
			}
		})
	}
}

// partial is a world that cannot observe one of its plans.
type partial struct {
	*cluster
	dark string
}

func (p partial) Observe(ctx context.Context, plan reconciler.Plan) (reconciler.Observed, error) {
	if plan.Metadata.Name == p.dark {
		return reconciler.Observed{}, errors.New("its record belongs to another instance")
	}
	return p.cluster.Observe(ctx, plan)
}

// A plan that cannot be observed does not hide that two others claim the same.
func TestSurveyGoesOnWithoutOnePlan(t *testing.T) {
	lobby, other, dark := plan("lobby"), plan("other"), plan("dark")
	world := partial{&cluster{pods: pods(1)}, "dark"}
	w := &worker{Loop: &Loop{World: world}, namespace: "games", memory: reconciler.Memory{}}
	w.memory.Acted(reconciler.Action{Pod: reconciler.Pod{UID: "uid"}}, nil, time.Now())
	_, rivals := w.survey(t.Context(), []reconciler.Plan{dark, lobby, other})
	if len(rivals) != 2 || rivals[lobby.Key()] == "" || rivals[other.Key()] == "" {
		t.Errorf("rivals %v", rivals)
	}
	if len(w.memory) != 1 {
		t.Error("what is remembered is forgotten before every plan could be observed")
	}
}

// A record that only counts on is written once in a while, and is right in the end.
func TestCountsAreSavedAtTheirPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{}
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.loop(ctx)
		synctest.Wait()
		if saves, _ := c.recorded(); saves != 1 {
			t.Errorf("saved %d times at once, want the beginning alone", saves)
		}
		time.Sleep(countsEvery)
		synctest.Wait()
		if saves, status := c.recorded(); saves != 2 || status.Pods.UnderWay != 2 {
			t.Errorf("saved %d times, %d pods under way; want 2 and 2", saves, status.Pods.UnderWay)
		}
		cancel()
		<-ended
	})
}

// A plan that cannot be saved is told of once that has lasted, and no more when it can.
func TestStuckPlansAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{save: errors.New("no such namespace")}
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.loop(ctx)
		says := func(when, want string) {
			t.Helper()
			synctest.Wait()
			if got := c.toldStuck(); got != want {
				t.Errorf("%s: told %s, want %s", when, got, want)
			}
		}
		time.Sleep(patience - retryAfter)
		says("at first", "map[]")
		time.Sleep(3 * patience)
		says("later", "map[], map[games/lobby:no such namespace]")
		c.saving(nil)
		time.Sleep(retryAfter)
		says("in the end", "map[], map[games/lobby:no such namespace], map[]")
		c.saving(errors.New("another outage"))
		time.Sleep(patience / 2)
		says("after a moment", "map[], map[games/lobby:no such namespace], map[]")
		cancel()
		<-ended
	})
}

// A namespace that is closed is not looked at at all, which is said once; its plans are
// stuck, and it is looked at again when it opens.
func TestAClosedNamespace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{closed: errors.New("cannot read pods"), held: []align.Owner{{Name: "left"}}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.loop(ctx)
		opens := func(why error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.closed = why
		}
		time.Sleep(time.Hour)
		opens(errors.New("cannot read nodes"))
		time.Sleep(2 * retryAfter)
		opens(errors.New("cannot read nodes, nor pods, for a moment"))
		time.Sleep(2 * retryAfter)
		opens(errors.New("cannot read nodes"))
		time.Sleep(time.Hour)
		if c.looked() > 0 || c.done() != "[]" {
			t.Errorf("it was looked at %d times, and %s was done", c.looked(), c.done())
		}
		if told := c.toldStuck(); !strings.Contains(told, "map[games/lobby:cannot read pods]") {
			t.Errorf("told %s", told)
		}
		opens(nil)
		time.Sleep(2 * retryAfter)
		if c.looked() == 0 || c.done() == "[]" {
			t.Errorf("it was looked at %d times, and %s was done", c.looked(), c.done())
		}
		cancel()
		<-ended
		for text, want := range map[string]int{"error=": 2, "cannot read pods": 1, "cannot read nodes": 1, "can be worked on": 1} {
			if got := strings.Count(c.log.String(), text); got != want {
				t.Errorf("%q is logged %d times, want %d:\n%s", text, got, want, &c.log)
			}
		}
	})
}

// An error of one plan is logged once, and again when it is another one.
func TestPlanErrorsAreLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{save: errors.New("no such kind")}
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.loop(ctx)
		time.Sleep(time.Hour)
		c.saving(errors.New("no such right"))
		time.Sleep(time.Hour)
		cancel()
		<-ended
		if got := strings.Count(c.log.String(), "\n"); got != 2 {
			t.Errorf("%d lines are logged:\n%s", got, &c.log)
		}
	})
}

// A pod in its grace does not wait for a record that cannot be written: it serves
// again once that has lasted, and is drained anew when the record can be.
func TestGivenBackWithoutARecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, lobby := &cluster{pods: pods(1)}, plan("lobby").Plan
		lobby.Spec.GracePeriodSeconds = 600
		c.pods[0].Ready = reconciler.Condition{True: true, Since: time.Now()}
		c.pods[0].Gate = reconciler.Gate{Type: reconciler.GateType, Since: time.Now()}
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.loopOf(ctx, lobby)
		does := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got := c.done(); got != want {
				t.Errorf("after %s it did %s, want %s", after, got, want)
			}
		}
		does(time.Second, "[Drain pod-0]")
		c.saving(errors.New("the quota is used up"))
		lobby.Spec.MaxFailures = 1 // another commit, that the record should tell of
		c.follows.Read(reconciler.Reading{Source: "a", Plans: []spec.Plan{lobby}})
		does(patience-retryAfter, "[Drain pod-0]")
		does(2*retryAfter, "[Drain pod-0 Reopen pod-0]")
		does(10*time.Minute, "[Drain pod-0 Reopen pod-0]")
		c.saving(nil)
		does(retryAfter, "[Drain pod-0 Drain pod-0 Reopen pod-0]")
		cancel()
		<-ended
	})
}

// kept are records as an archive has them.
type kept struct {
	Archive
	records []reconciler.Record
}

func (k kept) Records() []reconciler.Record { return k.records }

// A plan that moves to another source is told of, though its status stays the same.
func TestUntold(t *testing.T) {
	record := reconciler.Record{Source: "a", Plan: plan("lobby").Plan}
	moved := record
	moved.Source = "b"
	w := &worker{namespace: "games"}
	for i, test := range []struct {
		records []reconciler.Record
		want    bool
	}{{[]reconciler.Record{record}, true}, {[]reconciler.Record{record}, false}, {[]reconciler.Record{moved}, true}, {nil, true}, {nil, false}} {
		w.Loop = &Loop{Archive: kept{records: test.records}}
		if got := w.untold(); got != test.want {
			t.Errorf("look %d: untold %t, want %t", i, got, test.want)
		}
	}
}
