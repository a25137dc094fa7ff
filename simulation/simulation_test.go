package simulation

import (
	"flag"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var (
	oneSeed = flag.Uint64("seed", 0, "replay this seed alone, with its timeline")
	runs    = flag.Uint64("runs", 60, "seeds to run at least")
	lasting = flag.Duration("for", 0, "go on with further seeds for so long")
	first   = flag.Uint64("from", 1, "the first seed; 0 for one that hangs on the time of day")
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

// sound tells whether no law was broken so far.
func (w *world) sound() (sound bool) {
	w.locked(func() { sound = len(w.broken) == 0 })
	return sound
}

func (w *world) runUntilQuiet() {
	time.Sleep(calmTime + time.Minute)
	last, since := amounts{}, time.Now()
	for time.Since(since) < quietTime && w.sound() {
		time.Sleep(20 * time.Second)
		w.locked(func() {
			now := w.amounts()
			if now.looks = last.looks; now != last || w.process == nil {
				last, since = now, time.Now()
			}
			if late := time.Since(w.begin) > patience; late && (!w.stillness() || w.waitsAtWindows()) {
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
	if w.sound() && !w.waits {
		crashes := 0
		w.locked(func() { crashes = w.tally["container crashes"] })
		time.Sleep(silence)
		w.locked(func() { w.silent9(last, crashes) })
	}
}

func (w *world) end() {
	w.over = true
	if w.process != nil {
		w.process.die("the end")
	}
}

// TestSimulation runs seeds, each a world of its own, and holds the laws
// against them.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		replay(t, *oneSeed)
		return
	}
	if *first == 0 {
		*first = uint64(time.Now().Unix()) << 20
	}
	sum := many(t)
	sum.tell(t)
	t.Log(sum)
	if sum.runs >= 5000 && len(sum.failed) == 0 {
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

// TestReplay: a seed tells the same story each time, to the nanosecond.
func TestReplay(t *testing.T) {
	for seed := range uint64(20) {
		one, two := play(t, seed+1, true), play(t, seed+1, true)
		if one.story() != two.story() || one.steps != two.steps {
			t.Fatalf("seed %d told two stories, of %d and %d steps", seed+1, one.steps, two.steps)
		}
	}
}
