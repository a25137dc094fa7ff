package cluster

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/patchwave/patchwave/localkube/process"
)

// newFolder is where a test may have a cluster. It is locked as long as the test lives, so that it can be told when a
// test was killed, and could not take its cluster down.
func newFolder(t *testing.T) string {
	t.Helper()
	sweep(t)
	root, err := os.MkdirTemp("", "localkube-test-")
	if err != nil {
		t.Fatal(err)
	}
	release, err := lock(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "state")
	t.Cleanup(func() {
		_ = Down(dir, io.Discard)
		_ = os.RemoveAll(root)
		release()
	})
	return dir
}

// sweep takes down the clusters of killed tests. One that begins has its lock before it has a state.
func sweep(t *testing.T) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "localkube-test-*", "state", stateFile))
	for _, path := range left {
		dir := filepath.Dir(path)
		release, err := lock(filepath.Dir(dir))
		if err != nil {
			continue
		}
		t.Logf("taking down what a killed test left in %s: %v", dir, Down(dir, io.Discard))
		_ = os.RemoveAll(filepath.Dir(dir))
		release()
	}
}

func TestTheClusterOfAKilledTestIsTakenDown(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	killed := filepath.Join(os.TempDir(), "localkube-test-killed", "state")
	lives, orphan := sleeper(t, newFolder(t)), sleeper(t, killed)
	sweep(t)
	if !lives.Alive() {
		t.Error("the cluster of a test that lives was taken down")
	}
	if orphan.Alive() || exists(filepath.Dir(killed)) {
		t.Error("what a killed test left is there still")
	}
}

// sleeper is all there is of a cluster.
func sleeper(t *testing.T, dir string) process.Process {
	t.Helper()
	s := &state{dir: dir, Processes: map[string]process.Process{}}
	if err := os.MkdirAll(s.path("logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	p, err := process.Start("etcd", "/bin/sleep", []string{"60"}, s.log("etcd"))
	if err != nil {
		t.Fatal(err)
	}
	s.Processes["etcd"] = p
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	return p
}
