package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// follower reads a source again and again.
type follower struct {
	source spec.Source
	git    *gitsrc.Source
	read   func(reconciler.Reading)
	look   func() (ended func())            // called before each poll, and what it returns after
	kept   func() []reconciler.Record       // of all sources
	moved  func(url string)                 // told of the URL that the repository has moved to, "" for none
	polled func(revision string, err error) // told of each poll, with what was read last
	tried  func()                           // called after the first try, and maybe again
	wake   <-chan struct{}                  // have it polled at once
	now    func() time.Time
	log    *slog.Logger
}

// polled is what came of the polls so far.
type polled struct {
	last    reconciler.Reading
	trouble report.Trouble
	tip     string // that is there and cannot be read
	tries   int    // that found it so, in a row
	moved   string // the URL that was last said to be the new one
}

// follow polls until the context ends. What cannot be read changes nothing:
// the plans last read stay in force.
func (f follower) follow(ctx context.Context) {
	ticker := time.NewTicker(time.Duration(f.source.Interval))
	defer ticker.Stop()
	defer f.tried()
	var known polled
	for {
		looked := f.look()
		snapshot, err := f.git.Poll(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			f.cannotRead(&known, err)
		default:
			f.tellMoved(&known)
			f.take(&known, snapshot)
		}
		looked()
		f.polled(known.last.Revision, err)
		f.tried()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-f.wake:
		}
	}
}

// tellMoved says once where the repository has moved to.
func (f follower) tellMoved(known *polled) {
	moved := f.git.Moved()
	f.moved(moved)
	if moved == "" || moved == known.moved {
		return
	}
	known.moved = moved
	f.log.Warn("the repository has moved; write its new URL into the configuration", "source", f.source.Name, "url", f.source.URL, "moved", moved)
}

// take reads a snapshot; nil says that the branch stands where it stood.
func (f follower) take(known *polled, snapshot *gitsrc.Snapshot) {
	again := known.trouble.Ends()
	known.tip = ""
	if again {
		f.log.Info("the source can be read again", "source", f.source.Name)
	}
	switch {
	case snapshot != nil:
		known.last = f.reading(snapshot)
		f.read(known.last)
	case again && known.last.Commit != "":
		f.read(known.last) // the branch is back where it was read last
	}
}

// cannotRead gives a tip that cannot be read twice its answer: that is no passing
// fault.
func (f follower) cannotRead(known *polled, err error) {
	if known.trouble.Worth(err, f.now()) {
		f.log.Warn("cannot read the source; what was read last stays in force", "source", f.source.Name, "error", err)
	}
	if tip := gitsrc.UnreadableTip(err); tip != known.tip {
		known.tip, known.tries = tip, 0
	}
	known.tries++
	if known.tip != "" && known.tries == 2 && known.last.Commit != "" {
		f.read(f.unreadable(known.last, known.tip, err))
	}
}

// unreadable is the reading of a tip that cannot be read: the plans last read stay in
// force, and the commit has a problem.
func (f follower) unreadable(last reconciler.Reading, commit string, err error) reconciler.Reading {
	last.Before = append(slices.Clone(last.Before), last.Commit)
	last.Commit, last.Revision = commit, f.source.Branch+"@sha1:"+commit
	last.Problems = []spec.Problem{{Position: spec.Position{File: f.source.Path, Line: 1, Column: 1}, Message: err.Error()}}
	return last
}

// reading loads the plans of a commit.
func (f follower) reading(snapshot *gitsrc.Snapshot) reconciler.Reading {
	plans, problems := f.source.Load(snapshot.Files())
	problems = append(problems, f.source.Absent(snapshot.Absent)...)
	f.log.Info("read a commit", "source", f.source.Name, "revision", snapshot.Revision(), "plans", len(plans), "problems", len(problems))
	for _, problem := range problems {
		f.log.Warn("a plan is wrong", "source", f.source.Name, "problem", problem.Error())
	}
	reading := reconciler.Reading{
		Source: f.source.Name, Repository: f.source.Repository(),
		Commit: snapshot.Commit, Revision: snapshot.Revision(), Before: snapshot.Before,
		Plans: plans, Problems: problems,
	}
	if snapshot.Unused && len(plans)+len(problems) == 0 {
		reading.Unused = fmt.Sprintf("folder %q has no plans, and never had", f.source.Path)
		f.tellUnused(reading)
	}
	return reading
}

// tellUnused warns of a folder that is likely to be the wrong one.
func (f follower) tellUnused(reading reconciler.Reading) {
	held := 0
	for _, record := range f.kept() {
		if record.Source == f.source.Name {
			held++
		}
	}
	text := reading.Unused
	if held > 0 {
		text += "; the plans recorded before are held until they are there again: mend the source's url, branch or path, or let go of them by kubectl delete upgrade NAME"
	}
	f.log.Warn(text, "source", f.source.Name, "revision", reading.Revision, "held", held)
}
