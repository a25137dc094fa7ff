package reconciler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// life is one pod as one process sees it, look by look.
type life struct {
	plan   Plan
	status Status
	seen   Memory
}

func newLife(plan Plan) *life { return &life{plan, begun(plan), Memory{}} }

// look is what Decide does with the pod so long after the beginning.
func (l *life) look(after time.Duration, pod *simPod) string {
	observed := Observed{Pods: []Pod{pod.Pod}, Status: l.status}
	l.seen.Note(l.plan, observed, epoch.Add(after))
	return deeds(Decide(l.plan, observed, epoch.Add(after)))
}

// Elsewhere: a pod whose gate has no condition yet is never Ready, is taken for
// one that is drained by the tool, and waited for; or it fails for want of Ready.
func TestKnownNewbornWithoutCondition(t *testing.T) {
	if got := deeds(judged(thePlan("app:v2"), newborn(), aPod())); got != "Patch pod-0" {
		t.Errorf("on the old image: does %q", got)
	}
	old := newborn().onImage("app:v2").observed().unready(time.Hour)
	d := judged(thePlan("app:v2"), old)
	if len(d.Actions) > 0 || d.Status.Pods.Failed > 0 || !strings.Contains(says(d), "its readiness gate is not open yet") {
		t.Errorf("on the wanted image: does %q and says %s", deeds(d), says(d))
	}
}

// Elsewhere: a pod that no node has room for is drained first, and waited for;
// or it runs into the deadline and halts the roll-out of the others.
func TestKnownPendingNeverScheduled(t *testing.T) {
	pending := func() *simPod {
		pod := aPod().neverScheduled().unready(2 * time.Hour).containersUnready()
		pod.Containers[0] = Container{Name: "server", Image: "app:v1"}
		pod.ObservedGeneration = 0
		return pod
	}
	plan := thePlan("app:v2", unavailable("2"))
	if got := deeds(judged(plan, pending(), aPod())); got != "Drain pod-1, Patch pod-0" {
		t.Errorf("on the old image: does %q", got)
	}
	patched := pending().patched("app:v2", time.Hour)
	if d := judged(plan, patched, aPod()); deeds(d) != "Drain pod-1" || d.Status.Pods.Failed > 0 {
		t.Errorf("an hour after its patch: does %q and says %s", deeds(d), says(d))
	}
}

// Elsewhere: a StatefulSet waits for a broken pod to become Ready before it
// gives it the image that would mend it, and so for ever.
func TestKnownBrokenPodsBlockTheWave(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(5)
	for _, name := range []string{"pod-1", "pod-2", "pod-4"} {
		w.breakDown(name)
	}
	w.commit("v2", waves("2", "100%"), unavailable("1"), grace(5)).run()
	w.endsWith("1 1 1 1 1", Completed)
	if first := strings.Join(w.timeline[1:3], ""); !strings.Contains(first, "patch  pod-1") || !strings.Contains(first, "patch  pod-2") {
		t.Errorf("the broken ones do not come first:\n%s", strings.Join(w.timeline, "\n"))
	}
}

// Elsewhere: the same with pods that the last commit broke.
func TestKnownBadImageBlocksItsOwnFix(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(4)
	w.commit("bad", deadline(20), unavailable("2")).run()
	w.commit("v3", deadline(20), unavailable("1")).run()
	w.endsWith("1 1 1 1", Completed)
}

// Elsewhere: a pod that failed counts as unavailable for good, and with
// maxUnavailable 1 nothing is ever started again.
func TestKnownFailedPodsEatTheBudget(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(5)
	w.jam("pod-0")
	w.jam("pod-2")
	w.commit("v2", unavailable("1"), deadline(20), func(s *specPlan) { s.MaxFailures = 2 }).run()
	w.endsWith("0 1 0 1 1", Completed)
	if w.status.Pods.Failed != 2 {
		t.Errorf("%d pods are told as failed", w.status.Pods.Failed)
	}
}

// Elsewhere: from a cache that is behind, a pod is taken for drained and patched
// while it serves.
func TestKnownStaleCacheSkipsTheDrain(t *testing.T) {
	l := newLife(thePlan("app:v2")) // grace 10 s, and 1 s as conditions have whole seconds
	ready, drained := closing(time.Hour), aPod().drainedFor(time.Hour)
	for _, step := range []struct {
		at   time.Duration
		pod  *simPod
		want string
	}{
		{0, drained, ""},                           // drained before this process came: it counts anew
		{9 * time.Second, drained, ""},             // not yet
		{9500 * time.Millisecond, ready, ""},       // it serves after all
		{10 * time.Second, drained, ""},            // so the grace begins anew
		{19999 * time.Millisecond, drained, ""},    // and runs
		{20 * time.Second, drained, "Patch pod-0"}, // to its end
		{time.Hour, ready, ""},                     // never while Ready is True
		{2 * time.Hour, aPod(), "Drain pod-0"},     // nor with its gate open
	} {
		if got := l.look(step.at, step.pod); got != step.want {
			t.Errorf("after %s: does %q, want %q", step.at, got, step.want)
		}
	}
}

// Elsewhere: after a retry the Ready=True of the container before is taken for
// success, for the kubelet's status is seconds old.
func TestKnownPrematureReadyAfterARetry(t *testing.T) {
	plan := thePlan("app:v2", waves("1", "100%"))
	failed := observe(failedPod(), aPod())
	failed.Status = begun(plan)
	halted := Decide(plan, failed, epoch).Status
	retry := &Request{ID: "1", Verb: Retry, Digest: plan.Digest, By: "ada"}

	stale := aPod().patched("app:v2", time.Hour).observed().ready(time.Hour)
	for name, test := range map[string]struct {
		pod  *simPod
		want string
	}{
		"stale Ready, old container": {stale, "0/2 in wave 1 does "},
		"still waits":                {failedPod(), "0/2 in wave 1 does "},
		"the new container runs":     {aPod().patched("app:v2", time.Hour).restarted(time.Second).ready(time.Second), "1/2 in wave 2 does Drain pod-1"},
	} {
		observed := observe(test.pod, aPod())
		observed.Status, observed.Request = halted, retry
		d := Decide(plan, observed, epoch.Add(time.Second))
		got := fmt.Sprintf("%s in wave %d does %s", d.Status.Pods.Shown, d.Status.Wave.Finished+1, deeds(d))
		if got != test.want || d.Status.Attempt.Retry != 1 {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// Elsewhere: the same after a fix forward: the status still shows the container
// of before the bad image, which runs the very image that is wanted again.
func TestKnownPrematureReadyAfterTheFix(t *testing.T) {
	pod := aPod().patched("app:bad", time.Minute).patched("app:v1", time.Second).observed().ready(time.Hour)
	if d := judged(thePlan("app:v1"), pod); completed(d) || d.Status.Pods.Updated > 0 {
		t.Errorf("the container of before is taken for the new one: %s", says(d))
	}
	if d := judged(thePlan("app:v1"), pod.restarted(0)); !completed(d) {
		t.Errorf("the new one runs, and %s", says(d))
	}
}

// endsWith compares each pod's restarts and the attempt's result.
func (w *world) endsWith(restarts string, result Result) {
	w.t.Helper()
	var got []string
	for _, pod := range w.pods {
		got = append(got, fmt.Sprint(pod.restarts))
		if pod.Gate.Closed {
			w.t.Errorf("pod %s is left with its gate closed", pod.Name)
		}
	}
	if strings.Join(got, " ") != restarts || w.status.Attempt.Result != result {
		w.t.Errorf("restarts %v and %s, want %s and %s:\n%s", got, w.status.Attempt.Result, restarts, result, strings.Join(w.timeline, "\n"))
	}
}

// The gate of a pod whose patch is without effect was just opened: it serves in a moment,
// and until then no other is started.
func TestFailedPodAboutToServe(t *testing.T) {
	plan := thePlan("app:v2", func(s *spec.PlanSpec) { s.MaxFailures, s.MinReadySeconds = 1, 10 })
	for name, test := range map[string]struct {
		closed, ready bool
		since         time.Duration // of its gate, and of Ready
		want          string
	}{
		"its gate is closed yet":       {closed: true, since: time.Hour, want: "Reopen pod-0"},
		"Ready is about to follow":     {since: time.Second},
		"it serves, not for long":      {since: time.Second, ready: true},
		"it serves":                    {since: time.Minute, ready: true, want: "Drain pod-1"},
		"its kubelet lets none follow": {since: time.Hour, want: "Drain pod-1"},
	} {
		pod := knownFor(aPod().patched("app:v2", time.Hour).observed(), time.Hour).unready(time.Hour)
		pod.Gate.Closed, pod.Gate.Since = test.closed, epoch.Add(-test.since)
		pod.Ready.True, pod.Ready.Since = test.ready, pod.Gate.Since
		d := judged(plan, pod, aPod())
		if deeds(d) != test.want || d.Status.Pods.Failed != 1 {
			t.Errorf("%s: does %q, want %q; says %s", name, deeds(d), test.want, says(d))
		}
	}
}
