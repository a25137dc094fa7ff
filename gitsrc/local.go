package gitsrc

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// local reads a repository on this machine where it lies: all its objects are
// at hand, and the git program is not needed.
type local struct {
	dir     string
	target  target
	partial bool // as it was opened last
}

func openLocal(t target, dir string) (*local, error) {
	if before, _, isRemote := strings.Cut(dir, ":"); isRemote && strings.Contains(before, "@") {
		return nil, errors.New("SSH is not supported: use https:// and a token")
	}
	absolute, err := filepath.Abs(dir)
	return &local{dir: absolute, target: t}, err
}

// open gives a handle for one poll.
func (l *local) open() (*filesystem.Storage, error) {
	disk, err := gitFolder(l.dir)
	if err != nil {
		return nil, fmt.Errorf("opening folder %q: %w", l.dir, err)
	}
	// Clones made with --shared borrow objects from elsewhere on the disk.
	handle := filesystem.NewStorageWithOptions(disk, cache.NewObjectLRU(cacheSize), filesystem.Options{AlternatesFS: osfs.New("/")})
	settings, err := handle.Config()
	if err != nil {
		return nil, fmt.Errorf("reading the settings of folder %q: %w", l.dir, err)
	}
	l.partial = isPartial(settings)
	return handle, checkExtensions(settings)
}

func (l *local) tip(context.Context) (plumbing.Hash, error) {
	handle, err := l.open()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	found, err := storer.ResolveReference(handle, l.target.branch)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return plumbing.ZeroHash, l.missing(handle)
	}
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("reading the branch: %w", err)
	}
	return found.Hash(), nil
}

func (l *local) missing(handle *filesystem.Storage) error {
	refs, err := handle.IterReferences()
	if err != nil {
		return fmt.Errorf("reading refs: %w", err)
	}
	defer refs.Close()
	var others []string
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		if ref.Name().IsBranch() && len(others) < 5 {
			others = append(others, ref.Name().Short())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading refs: %w", err)
	}
	return missing(l.target.branch, others)
}

func (l *local) snapshot(ctx context.Context, tip plumbing.Hash, previous *Snapshot) (*Snapshot, error) {
	handle, err := l.open()
	if err != nil {
		return nil, err
	}
	next, err := l.target.read(ctx, handle, tip, previous)
	if l.partial && errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, errPartial
	}
	return next, err
}

func (l *local) rest(context.Context) {}
