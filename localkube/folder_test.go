package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLinksAreFollowedAlsoToWhatIsNotThereYet(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"there": root, "not-yet": "later", "round": "round"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"there": "", "there/a/b": "a/b", "not-yet": "later", "not-yet/a": "later/a", "a": "a",
	} {
		if got, err := find(filepath.Join(root, path)); err != nil || got != filepath.Join(root, want) {
			t.Errorf("%q leads to %q, %v", path, got, err)
		}
	}
	if got, err := find(filepath.Join(root, "round")); err == nil {
		t.Errorf("a link to itself leads to %q", got)
	}
}
