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
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var (
	oneSeed = flag.Uint64("seed", 0, "replay this seed alone, with its timeline")
	runs    = flag.Int("runs", 5000, "seeds to run at least; a tenth with -short")
	first   = flag.Uint64("from", 1, "the first seed")
	soakFor = flag.Duration("for", 0, "run seeds for so long")
	failing = flag.Int("failing", 3, "stop after so many seeds that break a law")
)

// play is one run: a storm of a few minutes, then a healthy world until
// nothing happens any more.
func play(t *testing.T, seed uint64, tells bool) *world {
	var w *world
	synctest.Test(t, func(*testing.T) {
		w = newWorld(seed, tells)
		w.locked(func() {
			w.cast()
			w.launch()
			w.happen()
			w.after(calmTime, w.heal)
		})
		w.runUntilQuiet()
		w.locked(w.end)
		time.Sleep(10 * time.Second) // what is being written ends
	})
	return w
}

func (w *world) locked(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

func (w *world) runUntilQuiet() {
	time.Sleep(calmTime + time.Minute)
	last, since := w.amounts(), time.Now()
	for time.Since(since) < quietTime && len(w.broken) == 0 {
		time.Sleep(20 * time.Second)
		w.locked(func() {
			now := w.amounts()
			if now.looks = last.looks; now != last || w.process == nil {
				last, since = now, time.Now()
			}
			if late := time.Since(w.begin) > patience; late && !w.stillness() {
				since = since.Add(-quietTime)
			} else if late {
				w.breaks("liveness", "it does not come to an end")
			}
		})
	}
	w.locked(func() {
		if len(w.broken) == 0 {
			w.checkEnd()
		}
		last = w.amounts()
	})
	if len(w.broken) == 0 && !w.waits {
		time.Sleep(silence)
		w.locked(func() { w.silent9(last) })
	}
}

func (w *world) end() {
	w.over = true
	if w.process != nil {
		w.process.die("the end")
	}
}

// total is what came of many runs.
type total struct {
	mu          sync.Mutex
	runs, steps int
	tally       map[string]int
	failed      []uint64
}

func (o *total) add(seed uint64, w *world) {
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
}

func (o *total) String() string {
	text := fmt.Sprintf("%d runs, %d steps", o.runs, o.steps)
	for _, kind := range slices.Sorted(maps.Keys(o.tally)) {
		text += fmt.Sprintf("\n%9d  %s", o.tally[kind], kind)
	}
	return text
}

func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(800) // worlds are small and many
	m.Run()
}

// many runs seeds side by side until enough says so.
func many(t *testing.T, enough func(done uint64) bool) *total {
	sum := &total{tally: map[string]int{}}
	var next atomic.Uint64
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for {
					n := next.Add(1) - 1
					if enough(n) || sum.failures() >= *failing {
						return
					}
					seed := *first + n
					w := play(t, seed, false)
					sum.add(seed, w)
				}
			})
		}
	})
	return sum
}

func (o *total) failures() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.failed)
}

// tell replays what failed, now with its timeline.
func (o *total) tell(t *testing.T) {
	for _, seed := range o.failed {
		w := play(t, seed, true)
		t.Errorf("seed %d broke a law:\n%s\n\n%s\nreplay: make soak SEED=%d", seed, strings.Join(w.broken, "\n"), w.storyToBreak(), seed)
	}
}

// TestSimulation runs seeds, each a world of its own, and holds the laws
// against them.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		replay(t, *oneSeed)
		return
	}
	wanted := *runs
	if testing.Short() {
		wanted /= 25
	}
	begin := time.Now()
	sum := many(t, func(done uint64) bool { return done >= uint64(wanted) })
	sum.tell(t)
	t.Logf("%s, %.0f runs/s", sum, float64(sum.runs)/time.Since(begin).Seconds())
	if wanted >= 1000 && len(sum.failed) == 0 {
		sum.checkKinds(t)
	}
}

func replay(t *testing.T, seed uint64) {
	w := play(t, seed, true)
	t.Logf("%d steps\n%s", w.steps, w.story())
	if len(w.broken) > 0 {
		t.Error(strings.Join(w.broken, "\n"))
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

// TestSoak runs seeds for as long as -for says, from another first seed each day.
func TestSoak(t *testing.T) {
	if *soakFor == 0 {
		t.Skip("run make soak FOR=1h")
	}
	begin := time.Now()
	if *first == 1 {
		*first = uint64(begin.Unix()) << 20
	}
	sum := many(t, func(uint64) bool { return time.Since(begin) > *soakFor })
	sum.tell(t)
	t.Logf("%s, %.0f runs/s", sum, float64(sum.runs)/time.Since(begin).Seconds())
}

// TestReplay: a seed tells the same story each time, to the nanosecond.
func TestReplay(t *testing.T) {
	for seed := range uint64(20) {
		one, two := play(t, seed+1, true), play(t, seed+1, true)
		if one.story() != two.story() || one.steps != two.steps {
			t.Fatalf("seed %d told two stories, of %d and %d steps", seed+1, one.steps, two.steps)
		}
	}
}
