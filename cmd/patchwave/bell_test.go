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
