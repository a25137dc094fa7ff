package gittest

import (
	"errors"
	"fmt"
)

// Ways to merge a pull request, as GitHub has them.
const (
	MergeCommit = "merge"
	Squash      = "squash"
	Rebase      = "rebase"
)

// Propose commits files on top of any commit, and shows the result as the head
// of a pull request, refs/pull/NUMBER/head. main stays where it is.
func (r *Repository) Propose(number int, from, message string, files map[string]string) (head string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.Git("checkout", "--quiet", "--force", "--detach", from); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.backToMain()) }()
	for name, content := range files {
		if err := r.write(name, content); err != nil {
			return "", err
		}
	}
	if err := r.add(message); err != nil {
		return "", err
	}
	if head, err = r.Git("rev-parse", "HEAD"); err != nil {
		return "", err
	}
	_, err = r.Git("update-ref", pullRef(number), head)
	return head, err
}

// Merge merges a pull request into main in one of the ways above, and returns
// main's new commit.
func (r *Repository) Merge(number int, how string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.catchUp(); err != nil {
		return "", err
	}
	r.commits++
	message := fmt.Sprintf("Merge pull request #%d", number)
	ways := map[string][][]string{
		MergeCommit: {{"merge", "--quiet", "--no-ff", "--message", message, pullRef(number)}},
		Squash:      {{"merge", "--quiet", "--squash", pullRef(number)}, {"commit", "--quiet", "--message", message}},
		Rebase:      {{"cherry-pick", "main.." + pullRef(number)}},
	}
	for _, step := range ways[how] {
		if _, err := r.Git(step...); err != nil {
			return "", err
		}
	}
	return r.Head()
}

func pullRef(number int) string { return fmt.Sprintf("refs/pull/%d/head", number) }

func (r *Repository) backToMain() error {
	_, err := r.Git("symbolic-ref", "HEAD", "refs/heads/main")
	return errors.Join(err, r.catchUp())
}
