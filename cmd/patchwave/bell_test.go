package main

import (
	"testing"

	"github.com/patchwave/patchwave/preview"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

func TestBellWakesThoseConcerned(t *testing.T) {
	sources := []spec.Source{
		{Name: "games", URL: "https://github.com/acme/plans.git"}, {Name: "chat", URL: "https://github.com/acme/chat"}, {Name: "local", URL: "/srv/plans"},
	}
	b := newBell(sources, preview.NewDesk(func(report.Wanted) {}))
	for _, repository := range []string{"Acme/Plans", "acme/plans", "acme/other"} {
		b.ring(repository)
	}
	for i, want := range []int{1, 0, 0} {
		if got := len(b.wake[i]); got != want {
			t.Errorf("source %s is woken %d times, want %d", sources[i].Name, got, want)
		}
	}
}

// GitHub's events bear a repository's new name.
func TestBellKnowsWhatHasMoved(t *testing.T) {
	sources := []spec.Source{{Name: "games", URL: "https://github.com/acme/plans.git"}, {Name: "local", URL: "/srv/plans"}}
	b := newBell(sources, preview.NewDesk(func(report.Wanted) {}))
	moved := b.mover(sources[0])
	rung := func(repository string) bool {
		b.ring(repository)
		select {
		case <-b.wake[0]:
			return true
		default:
			return false
		}
	}
	if rung("umbrella/plans") {
		t.Error("a stranger's repository rings")
	}
	moved("https://github.com/Umbrella/plans.git")
	if !rung("umbrella/Plans") || !rung("acme/plans") {
		t.Error("a repository that has moved does not ring under both names")
	}
	moved("")
	if b.ring(""); rung("umbrella/plans") || len(b.wake[1]) > 0 {
		t.Error("one that is back rings under the name it had in between")
	}
}
