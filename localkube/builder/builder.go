// Package builder makes the binary that holds all components, once, and keeps it in the user's cache folder.
package builder

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Binary is the built program and the Kubernetes version in it.
type Binary struct {
	Path    string
	Version string
	program Program
}

// Get answers at once where the cache has what the source would make, and builds it otherwise.
func Get(ctx context.Context, program Program, out io.Writer) (Binary, error) {
	source, err := findSource()
	if err != nil {
		return Binary{}, err
	}
	version, err := kubernetesVersion(source, program)
	if err != nil {
		return Binary{}, err
	}
	key, err := sourceKey(source, program)
	if err != nil {
		return Binary{}, err
	}
	cache, err := cacheDir()
	if err != nil {
		return Binary{}, err
	}
	binary := Binary{Path: filepath.Join(cache, version+"-"+key, program.Name), program: program, Version: version}
	if isFile(binary.Path) {
		return binary, nil
	}
	return binary, locked(ctx, cache, out, func() error { return binary.build(ctx, cache, source, out) })
}

// build works in a folder of its own and renames: an interrupted build leaves nothing that looks whole.
func (b Binary) build(ctx context.Context, cache, source string, out io.Writer) error {
	if isFile(b.Path) { // somebody else built it while we waited for the lock
		return nil
	}
	if err := sweep(cache); err != nil {
		return err
	}
	work, err := os.MkdirTemp(cache, building)
	if err != nil {
		return fmt.Errorf("making a folder to build in: %w", err)
	}
	defer os.RemoveAll(work)
	target := filepath.Join(work, filepath.Base(b.Path))
	if err := compile(ctx, source, b, target, out); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(b.Path), 0o755); err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	if err := os.Rename(target, b.Path); err != nil {
		return fmt.Errorf("keeping the built binary: %w", err)
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
