package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// find answers the folder's one true path: down shall not take a link for the folder, and within the real node's
// mounts a link may lead elsewhere.
func find(dir string) (string, error) {
	path, err := filepath.Abs(dir)
	if err == nil {
		path, err = follow(path)
	}
	if err != nil {
		return "", fmt.Errorf("finding the folder %q: %w", dir, err)
	}
	return path, nil
}

// follow follows all links, also to what is not there yet.
func follow(path string) (string, error) {
	found, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	if to, err := os.Readlink(path); err == nil {
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		return follow(to)
	}
	parent, err := follow(filepath.Dir(path))
	return filepath.Join(parent, filepath.Base(path)), err
}
