// Package gittest makes real Git repositories and serves them over HTTP, by
// the git program itself, for tests and demonstrations.
package gittest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Repository is a bare repository with branch main, and a work tree beside it
// for the commits made here. Others may push to it at the same time as long as
// no method runs.
type Repository struct {
	root, name string
	mu         sync.Mutex
	commits    int
}

// NewRepository makes an empty repository below dir. The name, "owner/name",
// is where Handler serves it. Authors and times are fixed, so equal histories
// have equal commit ids.
func NewRepository(dir, name string) (*Repository, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &Repository{root: absolute, name: name}
	if err := errors.Join(os.MkdirAll(r.work(), 0o755), os.MkdirAll(r.Dir(), 0o755)); err != nil {
		return nil, fmt.Errorf("making the repository's folders: %w", err)
	}
	// Git refuses to make a bare repository for a work tree: so first without.
	if _, err := run(r.work(), r.environment(), nil, "init", "--quiet", "--bare", "--initial-branch=main"); err != nil {
		return nil, err
	}
	for _, setting := range []string{"http.receivepack=true", "gc.auto=0", "receive.autogc=false"} {
		key, value, _ := strings.Cut(setting, "=")
		if _, err := r.Git("config", key, value); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Dir is the bare repository's folder.
func (r *Repository) Dir() string { return filepath.Join(r.root, "served", r.name+".git") }

// Path is where Handler serves it: "/owner/name.git".
func (r *Repository) Path() string { return "/" + r.name + ".git" }

func (r *Repository) work() string { return filepath.Join(r.root, "work", r.name) }

// Commit writes the files, by path, and commits them on top of main. An empty
// content removes the file. It returns the new commit's id.
func (r *Repository) Commit(message string, files map[string]string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.catchUp(); err != nil {
		return "", err
	}
	for name, content := range files {
		if err := r.write(name, content); err != nil {
			return "", err
		}
	}
	return r.commit(message)
}

// CommitFolder replaces everything in the repository by a folder's files.
func (r *Repository) CommitFolder(message, folder string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := errors.Join(os.RemoveAll(r.work()), os.MkdirAll(r.work(), 0o755)); err != nil {
		return "", err
	}
	if err := os.CopyFS(r.work(), os.DirFS(folder)); err != nil {
		return "", fmt.Errorf("copying folder %q: %w", folder, err)
	}
	return r.commit(message)
}

// Revert commits the opposite of a commit and returns the new one's id.
func (r *Repository) Revert(commit string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.catchUp(); err != nil {
		return "", err
	}
	r.commits++
	if _, err := r.Git("revert", "--no-edit", commit); err != nil {
		return "", err
	}
	return r.Head()
}

// ForcePush sets main to any commit of the repository, as a force-push does.
func (r *Repository) ForcePush(commit string) error {
	_, err := r.Git("update-ref", "refs/heads/main", commit)
	return err
}

// Head is the id of main's commit.
func (r *Repository) Head() (string, error) { return r.Git("rev-parse", "refs/heads/main") }

// Git runs the git program on the repository and returns what it prints. The
// settings of the machine and of its user have no say.
func (r *Repository) Git(arguments ...string) (string, error) { return r.GitWith(nil, arguments...) }

// GitWith is Git with a standard input.
func (r *Repository) GitWith(input io.Reader, arguments ...string) (string, error) {
	return run(r.work(), append(r.environment(), "GIT_WORK_TREE="+r.work()), input, arguments...)
}

func run(dir string, environment []string, input io.Reader, arguments ...string) (string, error) {
	command := exec.Command("git", arguments...)
	command.Dir, command.Env = dir, environment
	command.Stdin = input
	var printed, complaint bytes.Buffer
	command.Stdout, command.Stderr = &printed, &complaint
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("running git %q: %w: %s", arguments, err, complaint.String())
	}
	return strings.TrimSpace(printed.String()), nil
}

func (r *Repository) environment() []string {
	when := time.Date(2026, 1, 1, 0, 0, r.commits, 0, time.UTC).Format(time.RFC3339)
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.root, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_DIR=" + r.Dir(),
		"GIT_AUTHOR_NAME=Ada Example", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=" + when,
		"GIT_COMMITTER_NAME=Ada Example", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_COMMITTER_DATE=" + when,
	}
}

// catchUp brings the work tree to main, which may have been pushed to.
func (r *Repository) catchUp() error {
	if _, err := r.Head(); err != nil {
		return nil // nothing yet
	}
	_, err := r.Git("reset", "--quiet", "--hard", "refs/heads/main")
	return err
}

func (r *Repository) write(name, content string) error {
	file := filepath.Join(r.work(), filepath.FromSlash(name))
	if content == "" {
		return os.RemoveAll(file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(content), 0o644)
}

func (r *Repository) commit(message string) (string, error) {
	if err := r.add(message); err != nil {
		return "", err
	}
	return r.Head()
}

// add commits the work tree to where HEAD stands.
func (r *Repository) add(message string) error {
	r.commits++
	if _, err := r.Git("add", "--all"); err != nil {
		return err
	}
	_, err := r.Git("commit", "--quiet", "--allow-empty", "--message", message)
	return err
}
