package gitsrc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// Snapshot is one commit's files, as far as they are wanted. It is immutable, safe for any number of
// readers, and holds nothing open.
type Snapshot struct {
	// Branch is the branch's short name, Commit its 40 hexadecimal digits.
	Branch, Commit string
	// Committed is the committer's time, which is not checked by anyone.
	Committed time.Time
	// Subject is the first line of the commit's message.
	Subject string
	// Before are the commits that the branch had before this one, by first
	// parents, at most 20, the oldest first.
	Before []string
	// Absent says why there is no folder of plans in the commit, or nothing in it;
	// nil where there is. Files is empty then.
	Absent error
	// Unused reports that the folder holds no file that is wanted, and that none was
	// taken out of it either, as far as the branch's first parents tell.
	Unused bool

	root *folder
}

// Files is the folder of the plans: the files wanted, and all folders, symbolic
// links and submodules. Reading a file above MaxFile is an error that says so;
// all other reads succeed. A link is not followed, but Stat says what it leads
// to in the commit. A submodule is a folder that holds a .git and nothing else.
// Names are those in Git, whatever bytes they have.
func (s *Snapshot) Files() fs.FS { return tree{s.root} }

// Revision is the commit as Flux writes it: "main@sha1:<40 hex>".
func (s *Snapshot) Revision() string { return s.Branch + "@sha1:" + s.Commit }

// read makes a snapshot of a commit, or an error: errDamaged where an object
// that must be there is not.
func (t target) read(ctx context.Context, objects storer.EncodedObjectStorer, tip plumbing.Hash, previous *Snapshot) (*Snapshot, error) {
	r := t.reader(objects)
	commit, err := r.commit(tip)
	if err != nil {
		return nil, err
	}
	var known *folder
	if previous != nil {
		known = previous.root
	}
	root, absent, err := r.root(ctx, commit.TreeHash, t.path, known)
	if err != nil {
		return nil, fmt.Errorf("reading commit %s: %w", tip, err)
	}
	unused, err := r.unused(ctx, commit, root)
	if err != nil {
		return nil, fmt.Errorf("looking for plans before commit %s: %w", tip, err)
	}
	before, err := r.before(commit)
	if err != nil {
		return nil, fmt.Errorf("reading what came before commit %s: %w", tip, err)
	}
	subject, _, _ := strings.Cut(strings.TrimSpace(commit.Message), "\n")
	return &Snapshot{
		Branch: t.branch.Short(), Commit: tip.String(), root: root, Before: before, Absent: absent, Unused: unused,
		Committed: commit.Committer.When.UTC(), Subject: strings.TrimSpace(subject),
	}, nil
}

func (t target) reader(objects storer.EncodedObjectStorer) *reader {
	return &reader{objects: objects, wanted: t.wanted}
}

// root reads the folder of the plans, or says why it is not there.
func (r *reader) root(ctx context.Context, commit plumbing.Hash, path string, known *folder) (root *folder, absent, err error) {
	r.top, r.path, r.looked = commit, path, 0
	at, absent, err := r.descend(commit, path)
	if absent != nil || err != nil {
		return &folder{}, absent, err
	}
	if root, err = r.folder(ctx, at, ".", 1, known); err != nil {
		return nil, nil, err
	}
	if root.size.entries == 0 {
		absent = fmt.Errorf("folder %q is empty: an emptied branch takes no plan away; commit the plans again", path)
	}
	return root, absent, nil
}

// descend finds the folder of the plans, or says why it is not there.
func (r *reader) descend(at plumbing.Hash, path string) (folder plumbing.Hash, absent, err error) {
	if path == "." {
		return at, nil, nil
	}
	for _, name := range strings.Split(path, "/") {
		if at, absent, err = r.step(at, name); absent != nil || err != nil {
			return at, absent, err
		}
	}
	return at, nil, nil
}

func (r *reader) step(tree plumbing.Hash, name string) (next plumbing.Hash, absent, err error) {
	entries, err := r.entries(tree)
	if err != nil {
		return plumbing.ZeroHash, nil, fmt.Errorf("finding folder %q: %w", name, err)
	}
	for _, entry := range entries {
		switch {
		case entry.Name != name:
			continue
		case entry.Mode != filemode.Dir:
			return plumbing.ZeroHash, fmt.Errorf("%q is %s in this commit: name a folder as path", name, called(entry.Mode)), nil
		}
		return entry.Hash, nil, nil
	}
	return plumbing.ZeroHash, fmt.Errorf("there is no %q in this commit: commit it, or change path; no plan is taken away by that", name), nil
}

// called is what people call an entry that is no folder.
func called(mode filemode.FileMode) string {
	switch mode {
	case filemode.Symlink:
		return "a symbolic link, which is not followed,"
	case filemode.Submodule:
		return "a submodule, which is a repository of its own,"
	}
	return "a file"
}

// maxBefore bounds Snapshot.Before.
const maxBefore = 20

// before follows first parents. Where a shallow repository on this machine ends,
// so does its history.
func (r *reader) before(commit *object.Commit) ([]string, error) {
	var before []string
	for len(before) < maxBefore && len(commit.ParentHashes) > 0 {
		parent := commit.ParentHashes[0]
		if r.objects.HasEncodedObject(parent) != nil {
			break
		}
		var err error
		if commit, err = r.commit(parent); err != nil {
			return nil, err
		}
		before = append(before, parent.String())
	}
	slices.Reverse(before)
	return before, nil
}

func (r *reader) commit(hash plumbing.Hash) (*object.Commit, error) {
	raw, err := r.object(plumbing.CommitObject, hash, maxCommit)
	if err != nil {
		return nil, err
	}
	commit := &object.Commit{}
	if err := commit.Decode(encoded(plumbing.CommitObject, raw)); err != nil {
		return nil, fmt.Errorf("reading commit %s: %w", hash, err)
	}
	if commit.TreeHash.IsZero() {
		return nil, errors.New("reading commit " + hash.String() + ": it names no tree")
	}
	return commit, nil
}
