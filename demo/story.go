package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/patchwave/patchwave/e2e/stage"
)

// demo is the state of the story.
type demo struct {
	*screen
	lobby
	dir       string // for the stage
	place     *place
	stage     *stage.Stage
	watcher   *watcher
	patchwave *stage.Process
	cancel    context.CancelCauseFunc // of the whole demo

	first, want []row  // the pods at the beginning, and as they should be now
	told        int    // writes to GitHub that were told
	pull        int    // the pull request
	bad, victim string // the commit with the bad image, and the pod that met it
	strayed     string // the pod that was changed by hand
	restarts    int32  // that this cost it
}

// part of the story; within its patience, many times what it takes, it ends.
type part struct {
	title    string
	patience time.Duration
	play     func(context.Context) error
}

func (d *demo) parts(o options) []part {
	const patience = 2 * time.Minute
	return []part{
		{"A cluster", time.Hour, func(ctx context.Context) error { return d.find(ctx, o) }}, // the first time, it is built
		{"A Deployment that runs already", patience, func(ctx context.Context) error { return d.deploy(ctx, o) }},
		{"The first plan names the image that runs: nothing is to be done", patience, d.adopt},
		{"A pull request: what would it do?", patience, d.preview},
		{"It is merged: one pod, then half, then all", patience, d.upgrade},
		{"A bad image is merged: the first pod fails, and the roll-out halts", patience, d.halt},
		{"The bad change is reverted: the pod is healed", patience, d.heal},
		{"Somebody changes a pod by hand: patchwave says who, and puts it back", patience, d.stray},
		{"What became of the pods", patience, d.verdict},
	}
}

func (d *demo) deploy(ctx context.Context, o options) error {
	if err := d.set(ctx, o); err != nil {
		return err
	}
	if err := d.stage.Apply(ctx, d.workload); err != nil {
		return err
	}
	var err error
	if d.first, err = d.running(ctx, replicas); err != nil {
		return err
	}
	d.want = d.first
	d.note("Deployment games/lobby: %d pods run %s.", len(d.first), d.now)
	d.note("They declare patchwave's readiness gate, so they wait for a patchwave to open it.")
	return nil
}

func (d *demo) adopt(ctx context.Context) error {
	commit, err := d.commit("The lobby as it runs", d.now)
	if err != nil {
		return err
	}
	if err := d.start(); err != nil {
		return err
	}
	if _, err := d.settled(ctx, commit, "success"); err != nil {
		return err
	}
	if err := d.becomes(ctx, upgraded(d.want, d.now, 0, true)); err != nil {
		return err
	}
	d.note("No pod was touched. Their gates are open: all are Ready.")
	return nil
}

// preview wants the pull request's comment, and that nothing is touched for it.
func (d *demo) preview(ctx context.Context) error {
	d.note("The plan is that of examples/plans, at the demo's pace: 2 s of grace, 3 s of soak after a wave.")
	var err error
	if d.pull, err = d.propose("Lobby: the next version", d.next); err != nil {
		return err
	}
	d.note("GitHub shows one comment, by patchwave:")
	if err := d.comment(ctx, d.pull, "restarted in place", "\n"); err != nil {
		return err
	}
	return d.becomes(ctx, d.want)
}

func (d *demo) upgrade(ctx context.Context) error {
	commit, err := d.merge(d.pull)
	if err != nil {
		return err
	}
	if _, err := d.settled(ctx, commit, "success"); err != nil {
		return err
	}
	d.note("The same comment tells how it went:")
	if err := d.comment(ctx, d.pull, ": completed", "<!-- patchwave: the roll-out -->\n"); err != nil {
		return err
	}
	if err := d.becomes(ctx, upgraded(d.want, d.next, 1, true)); err != nil {
		return err
	}
	d.note("Each pod is the one it was, and each restarted once.")
	return nil
}

// halt wants GitHub to name the pod, its container and the kubelet's reason.
func (d *demo) halt(ctx context.Context) error {
	var err error
	if d.bad, err = d.commit("Lobby: a version that nobody pushed", d.missing); err != nil {
		return err
	}
	said, err := d.settled(ctx, d.bad, "failure")
	if err != nil {
		return err
	}
	failure := d.watcher.newest().Attempt.Failure
	if failure == nil {
		return fmt.Errorf("the record names no failure")
	}
	d.victim = failure.Pod
	for _, description := range said {
		if !strings.Contains(description, "(pod "+d.victim+", container server)") || !strings.Contains(description, "ImagePull") {
			return fmt.Errorf("the status does not name pod, container and reason: %q", description)
		}
	}
	if err := d.becomes(ctx, upgraded(d.want, d.missing, 0, false, d.victim)); err != nil {
		return err
	}
	d.note("The other %d pods were not touched, and go on serving.", len(d.want)-1)
	return nil
}

func (d *demo) heal(ctx context.Context) error {
	commit, err := d.stage.Plans.Revert(d.bad)
	if err != nil {
		return err
	}
	if err := d.show(commit); err != nil {
		return err
	}
	if _, err := d.settled(ctx, commit, "success"); err != nil {
		return err
	}
	if err := d.becomes(ctx, upgraded(d.want, d.next, 1, true, d.victim)); err != nil {
		return err
	}
	d.note("Only pod %s was restarted.", d.victim)
	return nil
}

// verdict shows the pods at the beginning and at the end. That they are as they
// should be was checked after each part; the times between are checked here.
func (d *demo) verdict(ctx context.Context) error {
	have, err := d.rows(ctx)
	if err != nil {
		return err
	}
	want := upgraded(upgraded(d.first, d.next, 1, true), d.next, 1, true, d.victim)
	want = upgraded(want, d.next, d.restarts, true, d.strayed)
	if len(have) == len(d.first) {
		d.table(beforeAndAfter(d.first, have))
	}
	wrong := append(differences(want, have), d.stage.GitHub.Violations()...)
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "; "))
	}
	d.note("All %d pods kept UID, IP and node. Each restarted once, and two more often: %s, which was healed,", len(have), d.victim)
	d.note("and %s, which was changed by hand and put back.", d.strayed)
	return nil
}
