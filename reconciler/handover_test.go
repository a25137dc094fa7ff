package reconciler

import (
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// What was completed for a plan is for one that differs in time alone.
func TestHandOver(t *testing.T) {
	done := thePlan("app:v2")
	drifted := func() *simPod { return straying(done, 0, time.Minute) }
	restarting := func() *simPod { return aPod().patched("app:v2", time.Second).observed() }
	for _, test := range []struct {
		name    string
		next    Plan
		pods    []*simPod
		halted  bool
		result  Result
		history int
	}{
		{"drift is left", thePlan("app:v2", driftMode("Off")), []*simPod{updatedPod(), drifted()}, false, Completed, 1},
		{"a window", thePlan("app:v2", window("0 2 * * *", "1h", "")), []*simPod{drifted()}, false, Completed, 1},
		{"a freeze", thePlan("app:v2", freeze("2 00:00", "3 00:00")), []*simPod{drifted()}, false, Completed, 1},
		{"suspended", thePlan("app:v2", func(s *spec.PlanSpec) { s.Suspend = &spec.Suspend{Reason: "INC-231"} }), []*simPod{drifted()}, false, Completed, 1},
		{"the same plan", done, []*simPod{drifted()}, false, Completed, 0},
		{"other waves", thePlan("app:v2", waves("1", "100%")), []*simPod{drifted()}, false, Progressing, 1},
		{"another image", thePlan("app:v3", driftMode("Off")), []*simPod{drifted()}, false, Progressing, 1},
		{"failed", thePlan("app:v2", driftMode("Off")), []*simPod{drifted()}, true, Progressing, 1},
		{"a pod at its restart", thePlan("app:v2", driftMode("Off")), []*simPod{restarting(), drifted()}, false, Progressing, 1},
		{"a write without an answer", thePlan("app:v2", driftMode("Off")), []*simPod{drifted().doubted(time.Second)}, false, Progressing, 1},
	} {
		observed := observe(test.pods...)
		observed.Status = ended(done)
		if test.halted {
			observed.Status.Attempt.Result, observed.Status.Attempt.Failure = Halted, &Failure{}
		}
		got := Decide(test.next, observed, epoch).Status
		if got.Attempt.Result != test.result || len(got.History) != test.history || got.Attempt.Digest != test.next.Digest {
			t.Errorf("%s: %s, after %d", test.name, got.Attempt.Result, len(got.History))
		}
		if again := got.sane(epoch); again.Attempt.Digest != test.next.Digest {
			t.Errorf("%s: its own record makes no sense to it", test.name)
		}
	}
}

// What an attempt has patched its heir knows: that is corrected, and not what
// the partition keeps.
func TestHandOverBesideAPartition(t *testing.T) {
	done := thePlan("app:v2", partition("1"), schedule("0 12 * * *"))
	observed := observe(aPod(), straying(done, 0, time.Minute))
	observed.Status = ended(done)
	if got := Decide(thePlan("app:v2", partition("1")), observed, epoch); deeds(got) != "Drain pod-1" {
		t.Errorf("does %q, want the pod that has drifted", deeds(got))
	}
}

// How often a pod was corrected is handed over, also where its mark is lost: a fight
// goes on being one.
func TestHandOverCountsOn(t *testing.T) {
	done, heir := thePlan("app:v2"), thePlan("app:v2", schedule("0 12 * * *"))
	observed := observe(straying(done, 0, time.Minute))
	observed.Pods[0].Marks = nil
	observed.Status = ended(done)
	observed.Status.Corrections = []Correction{{UID: observed.Pods[0].UID, Container: "server", Times: 2, At: epoch.Add(-time.Hour)}}
	for _, plan := range []Plan{done, heir, heir} {
		observed.Status = Decide(plan, observed, epoch).Status
		if got := observed.Status.Corrections; len(got) != 1 || got[0].Times != 2 {
			t.Errorf("the record counts %+v, want 2 corrections", got)
		}
	}
}

// It is read off the pod where no record told of the last of them: the process died,
// and the commit came first.
func TestHandOverReadsThePod(t *testing.T) {
	done := thePlan("app:v2")
	observed := observe(straying(done, mostCorrections, time.Minute))
	observed.Status = ended(done)
	observed.Status.Corrections = []Correction{{UID: observed.Pods[0].UID, Container: "server", Times: 2, At: epoch.Add(-2 * time.Hour)}}
	if got := Decide(thePlan("app:v2", schedule("* * * * *")), observed, epoch); deeds(got) != "" {
		t.Errorf("does %s, and it was a fight", deeds(got))
	}
}

// A webhook that rewrites what corrects goes on doing so.
func TestHandOverOfARewrittenImage(t *testing.T) {
	done := thePlan("app:v2")
	observed := observe(straying(done, 1, time.Minute).writtenBy(Writer, time.Minute))
	observed.Status = ended(done)
	got := Decide(thePlan("app:v2", window("* * * * *", "1m", "UTC")), observed, epoch)
	if deeds(got) != "" || !strings.Contains(says(got), "an admission webhook made it app:v9") {
		t.Errorf("does %q and says %s", deeds(got), says(got))
	}
}

// What was patched is known, too, after an attempt that found nothing to do.
func TestPartitionAfterAnAttemptThatPatchedNothing(t *testing.T) {
	for _, before := range []Plan{thePlan("app:v2", partition("1"), unavailable("2")), thePlan("docker.io/library/app:v2", partition("1"))} {
		plan := thePlan("app:v2", partition("1"))
		observed := observe(aPod(), straying(before, 0, time.Minute))
		observed.Pods[1].Marks[0].Wrote = before.Spec.Images[0].Image
		observed.Status = ended(plan)
		if got := Decide(plan, observed, epoch); deeds(got) != "Drain pod-1" {
			t.Errorf("does %q, want the pod that has drifted", deeds(got))
		}
	}
}

// A pod that has gone down since the plan was completed is the cluster's affair, also
// for the plan's heir.
func TestHandOverJudgesNobodyAnew(t *testing.T) {
	done, heir := thePlan("app:v2"), thePlan("app:v2", driftMode("Off"))
	pod := updatedPod().waiting("CrashLoopBackOff").unready(30 * time.Minute)
	for i := range pod.Marks {
		pod.Marks[i].Time = epoch.Add(-3 * time.Hour)
	}
	observed := observe(pod)
	observed.Status = ended(done)
	observed.Status.Attempt.EndedAt = epoch.Add(-2 * time.Hour)
	observed.Status.LastCompleted.At = observed.Status.Attempt.EndedAt
	for now := epoch; now.Before(epoch.Add(time.Hour)); now = now.Add(time.Minute) {
		observed.Status = Decide(heir, observed, now).Status
		if got := observed.Status.Attempt.Result; got != Completed {
			t.Fatalf("after %s it is %s", now.Sub(epoch), got)
		}
	}
}
