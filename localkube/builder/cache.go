package builder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// building begins the names of folders that a build is under way in.
const building = "building-"

func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder (set HOME or XDG_CACHE_HOME): %w", err)
	}
	dir := filepath.Join(base, "patchwave-localkube")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the cache folder: %w", err)
	}
	return dir, nil
}

// sweep removes what a killed build left. Only the holder of the lock may.
func sweep(cache string) error {
	left, err := filepath.Glob(filepath.Join(cache, building+"*"))
	if err != nil {
		return fmt.Errorf("looking for left builds: %w", err)
	}
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing a left build: %w", err)
		}
	}
	return nil
}

// locked runs one build at a time for this user. The lock dies with its holder.
func locked(ctx context.Context, cache string, out io.Writer, work func() error) error {
	file, err := os.OpenFile(filepath.Join(cache, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("opening the build's lock: %w", err)
	}
	defer file.Close()
	for said := false; ; said = true {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return work()
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("locking %q: %w", file.Name(), err)
		}
		if !said {
			fmt.Fprintln(out, "another localkube is building; waiting for it")
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
