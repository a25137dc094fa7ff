package simulation

import (
	"flag"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// progressEvery is how often a long run says how far it is.
const progressEvery = 30 * time.Second

// TestMain gives memory for time: worlds are small and many.
func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(800)
	m.Run()
}

// total is what came of many runs.
type total struct {
	mu          sync.Mutex
	begin, told time.Time
	next        uint64
	runs, steps int
	tally       map[string]int
	failed      []uint64
}

// many runs seeds side by side: as many as are wanted, and for as long.
func many(t *testing.T) *total {
	sum := &total{begin: time.Now(), told: time.Now(), tally: map[string]int{}}
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed, more := sum.draw(); more; seed, more = sum.draw() {
					sum.add(t, seed, play(t, seed, false))
				}
			})
		}
	})
	return sum
}

// draw is the next seed, if another one is wanted.
func (o *total) draw() (seed uint64, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	seed = *first + o.next
	o.next++
	return seed, len(o.failed) < *failing && (o.next <= *runs || time.Since(o.begin) < *lasting)
}

func (o *total) add(t *testing.T, seed uint64, w *world) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.runs++
	o.steps += w.steps
	for kind, n := range w.tally {
		o.tally[kind] += n
	}
	if len(w.broken) > 0 {
		o.failed = append(o.failed, seed)
	}
	if time.Since(o.told) > progressEvery {
		o.told = time.Now()
		t.Log(o.pace())
	}
}

func (o *total) pace() string {
	return fmt.Sprintf("%d runs, %d steps, %d of the runs broke a law; %.0f runs/s",
		o.runs, o.steps, len(o.failed), float64(o.runs)/time.Since(o.begin).Seconds())
}

func (o *total) String() string {
	text := o.pace()
	for _, kind := range slices.Sorted(maps.Keys(o.tally)) {
		text += fmt.Sprintf("\n%9d  %s", o.tally[kind], kind)
	}
	return text
}

// tell replays what failed, now with its timeline.
func (o *total) tell(t *testing.T) {
	for _, seed := range o.failed {
		w := play(t, seed, true)
		t.Errorf("seed %d broke a law:\n%s\n\n%s\nreplay: make soak SEED=%d", seed, strings.Join(w.broken, "\n"), w.storyToBreak(), seed)
	}
}

// checkKinds: a fault that never strikes tests nothing.
func (o *total) checkKinds(t *testing.T) {
	kinds := slices.Collect(maps.Keys(weathers))
	for _, h := range happenings {
		kinds = append(kinds, h.kind)
	}
	for _, kind := range kinds {
		if o.tally[kind] == 0 {
			t.Errorf("in %d runs there was never: %s", o.runs, kind)
		}
	}
}
