package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/patchwave/patchwave/e2e/stage"
	"github.com/patchwave/patchwave/gitsrc/gittest"
	"github.com/patchwave/patchwave/report/githubtest"
)

// propose opens a pull request for the plan with another image.
func (d *demo) propose(message, image string) (number int, err error) {
	tip, err := d.stage.Plans.Head()
	if err != nil {
		return 0, err
	}
	number = 1 // the repository's first
	head, err := d.stage.Plans.Propose(number, tip, message, d.with(image))
	if err != nil {
		return 0, err
	}
	if got := d.stage.GitHub.Open(d.stage.Repository, githubtest.Pull{Base: "main", Head: head}); got != number {
		return 0, fmt.Errorf("GitHub calls pull request %d %d", number, got)
	}
	return number, d.show(head)
}

// merge merges a pull request by squashing it, and tells GitHub so.
func (d *demo) merge(number int) (string, error) {
	commit, err := d.stage.Plans.Merge(number, gittest.Squash)
	if err != nil {
		return "", err
	}
	d.stage.GitHub.Change(number, func(pull *githubtest.Pull) { pull.Merged, pull.Commits = commit, []string{commit} })
	return commit, d.show(commit)
}

// comment waits until the one comment of a pull request says something, and
// shows what follows a line of it.
func (d *demo) comment(ctx context.Context, number int, says, from string) error {
	body := ""
	err := stage.Until(ctx, "the comment says "+says, func(context.Context) (bool, string) {
		d.tellStatuses()
		all := d.stage.GitHub.Comments(d.stage.Repository, number)
		if len(all) != 1 {
			return false, fmt.Sprintf("%d comments", len(all))
		}
		body = all[0].Body
		return strings.Contains(body, says), body
	})
	if err != nil {
		return err
	}
	_, body, _ = strings.Cut(body, from)
	d.quote(readable(body))
	return nil
}
