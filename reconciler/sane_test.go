package reconciler

import (
	"testing"
	"time"
)

// A record that somebody edited into nonsense never says that a plan is done,
// and never stops it.
func TestNonsense(t *testing.T) {
	failure := &Failure{Pod: "pod-0", Reason: "Nonsense"}
	for name, spoil := range map[string]func(*Status){
		"an unknown result":           func(s *Status) { s.Attempt.Result = "Done" },
		"completed":                   func(s *Status) { s.Attempt.Result = Completed },
		"halted by nothing":           func(s *Status) { s.Attempt.Result = Halted },
		"rolled back from nothing":    func(s *Status) { s.Attempt.Result = RolledBack },
		"rolled back, and it is not":  func(s *Status) { s.Attempt.Result, s.Attempt.Failure = RolledBack, failure },
		"a roll-back in progress":     func(s *Status) { s.Attempt.RollBack = true },
		"begun in ten years":          func(s *Status) { s.Attempt.StartedAt = epoch.AddDate(10, 0, 0) },
		"completed in ten years":      func(s *Status) { s.LastCompleted = &Completion{At: epoch.AddDate(10, 0, 0)} },
		"waves finished that are not": func(s *Status) { s.Wave = Wave{Finished: 9, Of: 9, FinishedAt: epoch.AddDate(10, 0, 0)} },
		"another digest":              func(s *Status) { s.Attempt.Digest = "sha256:other" },
		"nothing at all":              func(s *Status) { *s = Status{} },
	} {
		plan, observed := thePlan("app:v2"), observe(aPod(), aPod())
		observed.Status = begun(plan)
		spoil(&observed.Status)
		decision := Decide(plan, observed, epoch)
		if ready, _ := decision.Status.Condition("Ready"); deeds(decision) != "Drain pod-0" || ready.Status == "True" {
			t.Errorf("%s: does %q, Ready %+v", name, deeds(decision), ready)
		}
	}
}

// A node's clock that is ahead holds no deadline off.
func TestBegunInTheFuture(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(aPod().patched("app:v2", time.Minute).waiting("ErrImagePull").begun(-time.Hour))
	observed.Status = begun(plan)
	if got := Decide(plan, observed, epoch).Status.Attempt.Result; got != Halted {
		t.Errorf("the plan is %s, want Halted", got)
	}
}

// So do the waves before it.
func TestSoakOfWavesFromTheFuture(t *testing.T) {
	plan := thePlan("app:v2", waves("1 soak 1m", "2 soak 1m", "3", "100%"))
	observed := observe(updatedPod(), updatedPod(), updatedPod(), aPod())
	observed.Status = begun(plan)
	observed.Status.Wave = Wave{Finished: 3, Of: 4, FinishedAt: epoch}
	observed.Status.Attempt.Waves = []time.Time{epoch.AddDate(10, 0, 0), epoch.AddDate(11, 0, 0), epoch}
	if got := Decide(plan, observed, epoch); deeds(got) != "Drain pod-3" {
		t.Errorf("does %q and says %s", deeds(got), says(got))
	}
}

// A wave that was finished in the future soaks from now on, and not for ever.
func TestSoakFromTheFuture(t *testing.T) {
	plan := thePlan("app:v2", waves("1 soak 1m", "100%"))
	observed := observe(updatedPod(), aPod())
	observed.Status = begun(plan)
	observed.Status.Wave = Wave{Finished: 1, Of: 2, FinishedAt: epoch.AddDate(10, 0, 0)}
	if wake := Decide(plan, observed, epoch).WakeAt; !wake.Equal(epoch.Add(time.Minute)) {
		t.Errorf("looks again at %s, want a minute from now", wake)
	}
}

// A plan deleted in the middle of its roll-back is no nonsense: its attempt stays the one
// that was, and GitHub is told of its commit.
func TestWithdrawnWhileRollingBack(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(aPod())
	observed.Status = begun(plan)
	attempt := &observed.Status.Attempt
	attempt.RollBack, attempt.Result, attempt.Failure = true, RollingBack, &Failure{Pod: "pod-0", Reason: "CrashLoopBackOff"}
	was := *attempt
	plan.Withdrawn, plan.Revision = true, "main@sha1:2222222222222222222222222222222222222222"
	for range 2 {
		observed.Status = Decide(plan, observed, epoch).Status
		if is := observed.Status.Attempt; is.Result != Withdrawn || is.Revision != was.Revision || !is.RollBack {
			t.Errorf("the attempt is %+v, was %+v", is, was)
		}
	}
}
