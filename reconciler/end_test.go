package reconciler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// What is the end of an attempt, and what only looks like one.

// played is a world at its end.
func played(t *testing.T, count int, play func(w *world)) *world {
	t.Helper()
	w := newWorld(t)
	w.pods = pods(count)
	play(w)
	w.run()
	return w
}

// Images that were completed on some pods await approval on others.
func TestCompletedElsewhereIsHeld(t *testing.T) {
	inWaves := waves("1 approval", "3 approval", "100%")
	for name, play := range map[string]func(w *world){
		"a partition is lowered": func(w *world) {
			w.commit("v2", waves("1", "100%"), partition("4")).run()
			w.commit("v2", inWaves, partition("0"))
		},
		"another workload is the target": func(w *world) {
			w.commit("v2").run()
			w.pods = pods(6)
			for _, pod := range w.pods {
				pod.UID = "other-" + pod.UID
			}
			w.commit("v2", inWaves, func(s *spec.PlanSpec) { s.Target.Name = "other" })
		},
	} {
		if w := played(t, 6, play); w.status.Wave.AwaitsApproval == 0 {
			t.Errorf("%s: %s, want to wait for approval", name, w.status.Attempt.Result)
		}
	}
}

// Pods that are gone do not complete what they had begun; those that come next do.
func TestScaledToNoneInTheMiddle(t *testing.T) {
	inWaves := waves("1 approval", "100%")
	gone := func(w *world) { w.commit("v2", inWaves).at(time.Minute, func() { w.pods = nil }) }
	w := played(t, 4, gone)
	if ready, _ := w.status.Condition("Ready"); w.status.Attempt.Result != Progressing || !strings.Contains(ready.Message, "there are none any more") {
		t.Errorf("without pods it is %s: %s", w.status.Attempt.Result, ready.Message)
	}
	if strings.Contains(strings.Join(w.timeline, "\n"), "0/0 pods updated") {
		t.Errorf("a wave of no pods is no news:\n%s", strings.Join(w.timeline, "\n"))
	}
	w = played(t, 4, func(w *world) {
		gone(w)
		w.at(time.Hour, func() { w.pods = pods(4) })
	})
	if w.status.Wave.AwaitsApproval != 1 {
		t.Errorf("with pods again it is %s, want to wait for approval", w.status.Attempt.Result)
	}
}

// What was deleted is not begun anew by a process that has not read Git yet.
func TestDeletedAndUnread(t *testing.T) {
	plan := thePlan("app:v2")
	plan.Withdrawn = true
	deleted := Decide(plan, observe(aPod()), epoch).Status
	plan.Withdrawn, plan.Unread, plan.Held = false, true, "not read yet"
	observed := observe(aPod())
	observed.Status = deleted
	if got := Decide(plan, observed, epoch).Status.Attempt; got.Result != Withdrawn || len(deeds(Decide(plan, observed, epoch))) > 0 {
		t.Errorf("the attempt is %+v", got)
	}
}

// A record that says Completed, and never was, is not believed.
func TestForgedCompletion(t *testing.T) {
	for name, ended := range map[string]time.Time{"at no time": {}, "now": epoch, "in the future": epoch.AddDate(50, 0, 0)} {
		w := played(t, 4, func(w *world) {
			w.commit("bad", waves("1 approval", "100%"), deadline(20), rollBack)
			w.templates("app:v1")
			w.at(5*time.Second, func() { w.status.Attempt.Result, w.status.Attempt.EndedAt = Completed, ended })
		})
		if w.status.Attempt.Result != RolledBack || w.status.LastCompleted != nil {
			t.Errorf("completed %s: %s, last completed %+v", name, w.status.Attempt.Result, w.status.LastCompleted)
		}
	}
}

// A record names twenty failed pods; more may be tolerated.
func TestManyToleratedFailures(t *testing.T) {
	w := played(t, 40, func(w *world) {
		w.commit("v2", deadline(20), unavailable("100%"), func(s *spec.PlanSpec) { s.MaxFailures = 30 })
		for i := range 25 {
			w.jam(fmt.Sprintf("pod-%d", i))
		}
	})
	if ready, _ := w.status.Condition("Ready"); ready.Status != "True" || w.status.Pods.Failed != 25 {
		t.Errorf("Ready %s: %s", ready.Status, ready.Message)
	}
}

// Once it is rolled back, an attempt is over, whatever becomes of the old program.
func TestRolledBackIsTheEnd(t *testing.T) {
	w := played(t, 4, func(w *world) {
		w.commit("bad", deadline(20), rollBack)
		w.templates("app:v1")
		w.at(2*time.Hour, func() { w.breakDown("pod-0") })
	})
	if w.status.Attempt.Result != RolledBack {
		t.Errorf("it is %s: %s", w.status.Attempt.Result, w.status.Attempt.Message)
	}
}

// A person's retry ends what somebody else's image has stopped, for the plan
// that was seen, and for no other.
func TestRetryOverAnotherImage(t *testing.T) {
	plan := thePlan("app:v2")
	for _, writer := range []string{Writer, "kubectl-edit"} {
		pod := aPod().patched("app:v2", time.Hour).restarted(time.Hour).onImage("mirror/app:v2").observed().writtenBy(writer, time.Hour)
		observed := observe(pod)
		observed.Status = begun(plan)
		observed.Status = Decide(plan, observed, epoch).Status
		observed.Request = &Request{ID: "1", Verb: Retry, Digest: "sha256:of another", By: "ada"}
		if d := Decide(plan, observed, epoch); deeds(d) != "" {
			t.Errorf("a retry of another plan does %s", deeds(d))
		}
		observed.Request = &Request{ID: "2", Verb: Retry, Digest: plan.Digest, By: "ada"}
		if d := Decide(plan, observed, epoch); deeds(d) != "Drain pod-0" {
			t.Errorf("written by %s: a retry does %q: %s", writer, deeds(d), says(d))
		}
	}
}

// A program that serves for a moment between its crashes has not come up.
func TestCrashesAndServesInTurn(t *testing.T) {
	plan, seen := thePlan("app:v2"), Memory{}
	pod := aPod().patched("app:v2", 0).restarted(0)
	observed := observe(pod)
	observed.Status = begun(plan)
	for second := range 70 { // the deadline is 60 s
		now := epoch.Add(time.Duration(second) * time.Second)
		switch second % 20 {
		case 0:
			pod.waiting("").ready(0).Ready.Since = now
		case 5:
			pod.waiting("CrashLoopBackOff").unready(0).Ready.Since = now
		}
		observed.Pods[0] = pod.Pod
		seen.Note(plan, observed, now)
		observed.Status = Decide(plan, observed, now).Status
	}
	if result := observed.Status.Attempt.Result; result != Halted {
		t.Errorf("it is %s, want Halted", result)
	}
}

// What a person holds up goes on where it is under way; an end by time is told.
func TestSuspendedByAPerson(t *testing.T) {
	plan, observed := thePlan("app:v2"), observe(aPod().drainedFor(time.Minute), aPod())
	observed.Status = begun(plan)
	observed.Status.Suspension = &Suspension{By: "ada", At: epoch.Add(-time.Minute), Until: epoch.Add(time.Minute)}
	observed.Pods[0].SeenDrained = epoch.Add(-time.Minute)
	held := Decide(plan, observed, epoch)
	if deeds(held) != "Patch pod-0" {
		t.Errorf("it does %q, want the drained pod patched and no other", deeds(held))
	}
	over := Decide(plan, observed, epoch.Add(2*time.Minute))
	if told := fmt.Sprint(Turns(spec.Key{}, held.Status, over.Status)); over.Status.Suspension != nil || !strings.Contains(told, "Resumed") {
		t.Errorf("after its time: %+v, told %s", over.Status.Suspension, told)
	}
}

// A pod whose write is refused is named while it is waited for.
func TestRefusedWriteIsTold(t *testing.T) {
	plan := thePlan("app:v2")
	pod := aPod()
	pod.Refused = &Refusal{Try: Try{Digest: plan.Digest}, Since: epoch, Until: epoch.Add(5 * time.Second), Message: "denied by a policy"}
	observed := observe(pod)
	observed.Status = begun(plan)
	if told := says(Decide(plan, observed, epoch)); !strings.Contains(told, "pod pod-0 (write refused: denied by a policy)") {
		t.Errorf("it says %s", told)
	}
}
