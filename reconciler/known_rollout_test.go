package reconciler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Elsewhere: a partition raised in the middle is read against the pods left, not
// all of them, goes below none, or puts updated pods back.
func TestKnownPartitionRaisedInTheMiddle(t *testing.T) {
	for _, test := range []struct{ raised, restarts string }{
		{"1", "1 1 1 0"},
		{"3", "1 1 0 0"}, // both are under way by then
		{"75%", "1 1 0 0"},
		{"4", "1 1 0 0"},
		{"9", "1 1 0 0"},
	} {
		w := newWorld(t)
		w.pods = pods(4)
		w.commit("v2", unavailable("2"))
		w.at(500*time.Millisecond, func() { w.commit("v2", unavailable("2"), partition(test.raised)) }).run()
		w.endsWith(test.restarts, Completed)
	}
}

// Elsewhere: the pods that drain when it is raised are restarted all the same.
func TestKnownPartitionRaisedWhileDraining(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(4)
	w.commit("v2", unavailable("2"), grace(30))
	w.at(5*time.Second, func() { w.commit("v2", unavailable("2"), grace(30), partition("3")) }).run()
	w.endsWith("1 0 0 0", Completed)
}

// Elsewhere: a percentage of few pods rounds to none, and nothing moves; or the
// canary that a partition keeps is none.
func TestKnownPercentThatRoundsToZero(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(3)
	w.commit("v2", waves("1%", "100%"), unavailable("1%")).run()
	w.endsWith("1 1 1", Completed)
	if story := strings.Join(w.timeline, "\n"); !strings.Contains(story, "wave 1 of 2: 1/3 pods updated") {
		t.Errorf("the first wave is not of one pod:\n%s", story)
	}
	w = newWorld(t)
	w.pods = pods(3)
	w.commit("v2", partition("1%")).run()
	w.endsWith("1 1 0", Completed)
}

// Elsewhere: what is under way when a roll-back begins goes on to the bad image
// once its grace is over, and is restarted twice for nothing.
func TestKnownBadImagePatchedAgainInTheGrace(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(3)
	w.templates("app:v1")
	w.pods[0].Gate = Gate{} // patched at once, it fails while pod-1 is in its grace
	w.commit("bad", unavailable("2"), grace(60), deadline(20), rollBack).run()
	w.endsWith("1 0 0", RolledBack)
	story := strings.Join(w.timeline, "\n")
	if strings.Count(story, "app:bad") != 1 || strings.Contains(story, "patch  pod-1") || !strings.Contains(story, "drain  pod-1") {
		t.Errorf("only pod-0 should ever get the bad image, and pod-1 no patch at all:\n%s", story)
	}
}

// Elsewhere: the image before the last patch is taken for the one before the
// roll-out. After v1, v2 and v3, of which only v1 was ever complete, v3 is not
// what a bad v4 goes back to.
func TestKnownRollBackToASupersededImage(t *testing.T) {
	for name, begin := range map[string]func(w *world){
		"to what was completed": func(w *world) { w.templates("app:v3"); w.commit("v1").run() },
		"to the template":       func(w *world) { w.templates("app:v1") },
		"to the origin":         func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pods = pods(4)
			begin(w)
			commit := func(tag string) func() {
				return func() { w.commit(tag, waves("2 soak 1h", "100%"), deadline(20), unavailable("2"), rollBack) }
			}
			commit("v2")()
			w.at(time.Minute, commit("v3")).at(2*time.Minute, commit("bad")).run()
			w.endsWith("3 3 0 0", RolledBack)
			for _, pod := range w.pods {
				if got := pod.Containers[0].Image; got != "app:v1" {
					t.Errorf("%s ends on %s:\n%s", pod.Name, got, strings.Join(w.timeline, "\n"))
				}
			}
		})
	}
}

// Elsewhere: the first pod that an admission webhook refuses is tried again at
// once, for ever, and no other pod gets its turn.
func TestKnownRefusedPodStopsAllOthers(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(4)
	w.commit("v2", unavailable("1"), deadline(60), func(s *specPlan) { s.MaxFailures = 1 })
	tries := 0
	for range 400 {
		tries += w.lookRefusing("pod-0")
		w.advance(w.now.Add(500 * time.Millisecond))
	}
	w.endsWith("0 1 1 1", Completed)
	if updated := w.status.Failed; len(updated) != 1 || updated[0].Reason != "WriteRefused" {
		t.Errorf("failed: %+v", w.status.Failed)
	}
	if tries < 2 || tries > 5 {
		t.Errorf("%d tries within a minute; after 5 s, 10 s, 20 s it is time enough", tries)
	}
}

// lookRefusing is a look at a cluster that refuses every write to one pod, and
// says how many it refused.
func (w *world) lookRefusing(name string) (refused int) {
	observed := Observed{Status: w.status}
	for _, pod := range w.pods {
		observed.Pods = append(observed.Pods, pod.Pod)
	}
	w.seen.Note(w.plan, observed, w.now)
	decision := Decide(w.plan, observed, w.now)
	w.status = decision.Status
	for _, action := range decision.Actions {
		if action.Pod.Name == name {
			w.seen.Acted(action, fmt.Errorf("%w by a webhook", ErrDenied), w.now)
			refused++
			continue
		}
		w.apply(action)
	}
	return refused
}

// Elsewhere: two writers take turns for ever. Here the other replaces the whole pod,
// with what was noted on it; the image is written once, and the other is named.
func TestKnownFightInTheMiddle(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(3)
	w.rival = func(pod *simPod) {
		if pod.Name == "pod-1" {
			w.after(5*time.Second, func() { w.stray("pod-1", "app:v1", "kubectl-replace"); pod.Marks = nil })
		}
	}
	w.commit("v2", waves("2 soak 1m", "100%"), deadline(60))
	w.at(10*time.Minute, func() {}).run()
	w.endsWith("1 2 1", Progressing)
	if why := says(Decision{Status: w.status}); !strings.Contains(why, "kubectl-replace changed its image after our patch") {
		t.Errorf("says %s:\n%s", why, strings.Join(w.timeline, "\n"))
	}
}

// A mark that was dropped counts in a PodDisruptionBudget, too: the old container is
// stopping, and Ready still.
func TestDroppedMarksUseBudgets(t *testing.T) {
	plan := thePlan("app:v2", unavailable("2"), grace(0))
	memory := Memory{}
	observed := observe(aPod(), aPod(), aPod())
	observed.Status = begun(plan)
	first := Decide(plan, observed, epoch)
	memory.Acted(first.Actions[0], nil, epoch)
	bare := aPod().onImage("app:v2").observed()
	observed = observe(bare, aPod(), aPod())
	observed.Status = first.Status
	observed.Budgets = []Budget{{Name: "budget", Allowed: 1, Desired: 2, Members: slices.Clone(observed.Pods)}}
	now := epoch.Add(2 * time.Second)
	memory.Note(plan, observed, now)
	if got := Decide(plan, observed, now); deeds(got) != "" {
		t.Errorf("does %s beside a pod that is under way", deeds(got))
	}
}
