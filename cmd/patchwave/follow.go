package main

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// follower reads a source again and again.
type follower struct {
	source spec.Source
	git    *gitsrc.Source
	read   func(reconciler.Reading)
	tried  func()          // called after the first try, and maybe again
	wake   <-chan struct{} // have it polled at once
	log    *slog.Logger
}

// follow polls until the context ends. What cannot be read changes nothing:
// the plans last read stay in force.
func (f follower) follow(ctx context.Context) {
	ticker := time.NewTicker(time.Duration(f.source.Interval))
	defer ticker.Stop()
	defer f.tried()
	said := ""
	last := reconciler.Reading{}
	for {
		snapshot, err := f.git.Poll(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && err.Error() == said: // not a passing fault
			f.tellUnreadable(last, err)
		case err != nil:
			f.log.Warn("cannot read the source; what was read last stays in force", "source", f.source.Name, "error", err)
			said = err.Error()
		case err == nil && said != "":
			f.log.Info("the source can be read again", "source", f.source.Name)
			said = ""
			if snapshot == nil && last.Commit != "" {
				f.read(last) // the branch is back where it was read last
			}
		}
		if snapshot != nil {
			last = f.reading(snapshot)
			f.read(last)
		}
		f.tried()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-f.wake:
		}
	}
}

// tellUnreadable gives a tip that cannot be read its answer: the plans last read
// stay in force, and the commit has a problem.
func (f follower) tellUnreadable(last reconciler.Reading, err error) {
	commit := gitsrc.UnreadableTip(err)
	if commit == "" || last.Commit == "" {
		return
	}
	last.Before = append(slices.Clone(last.Before), last.Commit)
	last.Commit, last.Revision = commit, f.source.Branch+"@sha1:"+commit
	last.Problems = []spec.Problem{{Position: spec.Position{File: f.source.Path, Line: 1, Column: 1}, Message: err.Error()}}
	f.read(last)
}

// reading loads the plans of a commit.
func (f follower) reading(snapshot *gitsrc.Snapshot) reconciler.Reading {
	plans, problems := f.source.Load(snapshot.Files())
	f.log.Info("read a commit", "source", f.source.Name, "revision", snapshot.Revision(), "plans", len(plans), "problems", len(problems))
	for _, problem := range problems {
		f.log.Warn("a plan is wrong", "source", f.source.Name, "problem", problem.Error())
	}
	return reconciler.Reading{
		Source: f.source.Name, Repository: f.source.Repository(),
		Commit: snapshot.Commit, Revision: snapshot.Revision(), Before: snapshot.Before,
		Plans: plans, Problems: problems,
	}
}
