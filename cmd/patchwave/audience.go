package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/preview"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// rememberedTips bounds how many former tips of a branch are followed up.
const rememberedTips = 20

// audience passes the story on: to the log, to Events and to GitHub.
type audience struct {
	config spec.Config
	events *cluster.Events
	github *report.GitHub // nil: nowhere
	desk   *preview.Desk  // of the pull requests; nil with github
	log    *slog.Logger

	mu   sync.Mutex
	tips map[string][]string // by source, the newest last
}

func newAudience(config spec.Config, events *cluster.Events, github *report.GitHub, log *slog.Logger) *audience {
	a := &audience{config: config, events: events, github: github, log: log, tips: map[string][]string{}}
	if github != nil {
		a.desk = preview.NewDesk(func(wanted report.Wanted) { github.Want("pulls", wanted) })
	}
	return a
}

// previewer follows a source's pull requests.
func (a *audience) previewer(source spec.Source, git preview.Repository, world preview.World, now func() time.Time) *preview.Previewer {
	p := &preview.Previewer{
		Instance: a.config.Name, Source: source, GitHub: *a.config.GitHub,
		Forge: a.github, Git: git, World: world, Hours: a.config.Hours(), Now: now, Desk: a.desk, Log: a.log,
	}
	for _, other := range a.config.Sources {
		p.Sources = append(p.Sources, other.Name)
	}
	return p
}

// Turn logs a turn and writes it as an Event.
func (a *audience) Turn(plan reconciler.Plan, turn reconciler.Turn) {
	level := slog.LevelInfo
	if turn.Warning {
		level = slog.LevelWarn
	}
	a.log.Log(context.Background(), level, turn.Reason+": "+turn.Message, "plan", plan.Key())
	a.events.Turn(plan, turn)
}

// Changed tells GitHub what it shall show.
func (a *audience) Changed(readings []reconciler.Reading, records []reconciler.Record) {
	if a.github == nil {
		return
	}
	view := report.View{
		Instance: a.config.Name, TargetURL: a.config.GitHub.TargetURL, Summary: a.config.GitHub.Preview == spec.PreviewSummary,
		Readings: a.all(readings), Records: records, Past: a.past(readings),
	}
	a.desk.Changed(readings, records)
	a.github.Want("commits", report.Wanted{Statuses: report.Statuses(view), Comments: report.Rollouts(view)})
}

// Heard tells whether GitHub shows what it was told.
func (a *audience) Heard() bool { return a.github == nil || a.github.Heard() }

// all adds the sources that were not read yet: their plans may be under way.
func (a *audience) all(readings []reconciler.Reading) []reconciler.Reading {
	var all []reconciler.Reading
	for _, source := range a.config.Sources {
		i := slices.IndexFunc(readings, func(r reconciler.Reading) bool { return r.Source == source.Name })
		if i < 0 {
			all = append(all, reconciler.Reading{Source: source.Name, Repository: source.Repository()})
			continue
		}
		all = append(all, readings[i])
	}
	return all
}

// past remembers the tips, and returns a copy of those seen so far.
func (a *audience) past(readings []reconciler.Reading) map[string][]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	past := map[string][]string{}
	for _, reading := range readings {
		tips := a.tips[reading.Source]
		if !slices.Contains(tips, reading.Commit) {
			tips = append(tips, reading.Commit)
		}
		a.tips[reading.Source] = tips[max(0, len(tips)-rememberedTips):]
		past[reading.Source] = slices.Clone(a.tips[reading.Source])
	}
	return past
}
