package reconciler

import (
	"slices"
	"testing"
	"time"
)

func TestAnAttemptTellsOfItsWavesAndRestarts(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(4)
	w.commit("v2", waves("1 soak 1m", "50%", "100%")).run()
	done := w.status.Attempt
	if done.Restarts != 4 || len(done.Waves) != 3 {
		t.Fatalf("%d restarts, waves finished at %v; want 4, and three waves", done.Restarts, done.Waves)
	}
	if soak := done.Waves[1].Sub(done.Waves[0]); soak < time.Minute || !slices.IsSortedFunc(done.Waves, time.Time.Compare) {
		t.Errorf("waves finished at %v, with a soak of a minute after the first", done.Waves)
	}
	w.pods = w.pods[1:] // a pod goes, long after
	w.run()
	if after := w.status.Attempt; after.Restarts != 4 || len(after.Waves) != 3 {
		t.Errorf("afterwards it tells of %d restarts and %d waves", after.Restarts, len(after.Waves))
	}
	w.commit("v1", waves("100%")).run()
	if next := w.status.Attempt; next.Restarts != 3 || len(next.Waves) != 1 {
		t.Errorf("the next one tells of %d restarts and %d waves", next.Restarts, len(next.Waves))
	}
}
