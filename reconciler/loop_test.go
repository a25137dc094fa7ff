package reconciler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// cluster is a World, an Archive and an Audience that remember what was done,
// and fail on demand.
type cluster struct {
	mu     sync.Mutex
	pods   []Pod
	status Status
	deeds  []string
	refuse func(Action) error
	save   error
	slow   time.Duration
}

func (c *cluster) Observe(context.Context, Plan) (Observed, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Observed{Pods: slices.Clone(c.pods), Status: c.status, Mirrored: true}, nil
}

func (c *cluster) Apply(ctx context.Context, _ string, action Action) error {
	time.Sleep(c.slow)
	if ctx.Err() != nil {
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
			mark := action.Update
			c.pods[i].Update, c.pods[i].Containers[0].Image = &mark, action.Images[0].Image
		}
	}
	return nil
}

func (c *cluster) Drained(string) []Pod { return nil }

func (c *cluster) Records() []Record { return nil }

func (c *cluster) Save(_ context.Context, _ Plan, status Status) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.save != nil {
		return c.save
	}
	c.status = status
	return nil
}

func (c *cluster) Remove(context.Context, spec.Key) error { return nil }
func (c *cluster) Turn(Plan, Turn)                        {}
func (c *cluster) Changed([]Reading, []Record)            {}

func (c *cluster) done() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.deeds)
	return fmt.Sprint(c.deeds)
}

// loop runs with a plan that patches two pods at once.
func (c *cluster) loop(ctx context.Context) (ended chan struct{}) {
	for i, pod := range pods(2) {
		pod.Name = fmt.Sprintf("pod-%d", i)
		pod.UID = "uid-" + pod.Name
		c.pods = append(c.pods, pod.Pod)
	}
	plan := thePlan("app:v2", unavailable("2"), func(s *spec.PlanSpec) { s.GracePeriodSeconds = 0 })
	l := &Loop{
		World: c, Archive: c, Audience: c, Now: time.Now, Sources: []string{"a"},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	l.Read(Reading{Source: "a", Plans: []spec.Plan{plan.Plan}})
	ended = make(chan struct{})
	go func() {
		l.Run(ctx)
		close(ended)
	}()
	return ended
}

func TestLoop(t *testing.T) {
	once := func(err error) func(Action) error {
		refused := false
		return func(a Action) error {
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
			&cluster{refuse: once(ErrStale)},
			"[Patch pod-0 Patch pod-1 refused pod-0]", "[Patch pod-0 Patch pod-1 refused pod-0]",
		},
		{"without a record nothing is done", &cluster{save: errors.New("no such kind")}, "[]", "[]"},
		{"with a stale record nothing is done", &cluster{save: ErrStale}, "[]", "[]"},
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

// A stop lets the writes under way end.
func TestStopLetsWritesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{slow: time.Second}
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.loop(ctx)
		synctest.Wait()
		cancel()
		<-ended
		if got := c.done(); got != "[Patch pod-0 Patch pod-1]" {
			t.Errorf("did %s, want both writes ended", got)
		}
	})
}
