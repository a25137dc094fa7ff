package gitsrc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// store is the folder of one bare repository, and of the one that is being
// made to take its place. Handles on it live for one poll and one goroutine:
// go-git's are not safe to share, and never see packs that came later.
type store struct{ dir string }

const cacheSize = 16 * cache.MiByte

func (s store) current() string { return filepath.Join(s.dir, "store.git") }
func (s store) fresh() string   { return filepath.Join(s.dir, "fresh.git") }
func (s store) retired() string { return filepath.Join(s.dir, "retired.git") }

// sweep clears up after a process that was killed at any instant.
func (s store) sweep() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("making the store: %w", err)
	}
	if !s.exists() {
		// Killed within swap: what was in place is still the best we have.
		if err := os.Rename(s.retired(), s.current()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sweeping the store: %w", err)
		}
	}
	if err := errors.Join(os.RemoveAll(s.fresh()), os.RemoveAll(s.retired())); err != nil {
		return fmt.Errorf("sweeping the store: %w", err)
	}
	return s.sweepDownloads()
}

// sweepDownloads removes packs that never became whole.
func (s store) sweepDownloads() error {
	torn, err := filepath.Glob(filepath.Join(s.current(), "objects", "pack", "tmp_*"))
	if err != nil {
		return err
	}
	for _, file := range torn {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sweeping the store: %w", err)
		}
	}
	return nil
}

func (s store) exists() bool {
	_, err := os.Stat(s.current())
	return err == nil
}

// open gives a handle on one of the folders above, made if missing.
func (s store) open(dir string) (*filesystem.Storage, error) {
	handle := filesystem.NewStorageWithOptions(osfs.New(dir), cache.NewObjectLRU(cacheSize), filesystem.Options{})
	if err := handle.Init(); err != nil {
		return nil, fmt.Errorf("%w: opening it: %w", errDamaged, err)
	}
	return handle, nil
}

// swap puts the fresh store in the place of the current one, if there is any.
func (s store) swap() error {
	err := os.Rename(s.current(), s.retired())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("retiring the store: %w", err)
	}
	if err := os.Rename(s.fresh(), s.current()); err != nil {
		return fmt.Errorf("putting the fresh store in place: %w", err)
	}
	return os.RemoveAll(s.retired())
}

// packs counts the packs: every fetch adds one, and nothing joins them.
func (s store) packs() int {
	found, _ := filepath.Glob(filepath.Join(s.current(), "objects", "pack", "pack-*.pack"))
	return len(found)
}
