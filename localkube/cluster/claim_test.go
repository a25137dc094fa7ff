package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/patchwave/patchwave/localkube/process"
)

// newGroups stands for the machine's control groups.
func newGroups(t *testing.T) {
	t.Helper()
	before := cgroups
	t.Cleanup(func() { cgroups = before })
	cgroups = t.TempDir()
}

func claimed(t *testing.T, s *state) {
	t.Helper()
	if err := s.claim(0, lastNetwork); err != nil {
		t.Fatal(err)
	}
}

func TestEachClusterHasANetworkOfItsOwnUntilItIsTakenDown(t *testing.T) {
	newGroups(t)
	a, b, c := newState(t), newState(t), newState(t)
	claimed(t, a)
	claimed(t, b)
	if a.Network == b.Network {
		t.Fatalf("both have number %d", a.Network)
	}
	if err := Down(a.dir, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if claimed(t, c); c.Network != a.Network {
		t.Errorf("number %d is free again, and not taken: %d is", a.Network, c.Network)
	}
}

// An up may be killed at any moment, and down knows only what is in the folder.
func TestNoGroupIsThereThatNoStateSpeaksOf(t *testing.T) {
	newGroups(t)
	s := &state{dir: filepath.Join(t.TempDir(), "none"), Processes: map[string]process.Process{}}
	if err := s.claim(0, lastNetwork); err == nil {
		t.Error("claimed, although the state cannot be written")
	}
	if left := findGroups("*"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func TestAnUpKilledBetweenStateAndGroupDoesNoHarm(t *testing.T) {
	newGroups(t)
	killed, other := newState(t), newState(t)
	claimed(t, killed)
	if err := os.Remove(findGroups(killed.cgroup())[0]); err != nil {
		t.Fatal(err)
	}
	if claimed(t, other); other.Network != killed.Network {
		t.Fatalf("a number without a group is not free: %d was taken for %d", other.Network, killed.Network)
	}
	if err := killed.addReal(false); err == nil {
		t.Error("two clusters have the same number")
	}
	if err := Down(killed.dir, &bytes.Buffer{}); err != nil || len(findGroups(other.cgroup())) != 1 {
		t.Errorf("the other's group is gone: %v", err)
	}
}

func TestARevivedClusterKeepsItsNumberAndNoGroupOfThePods(t *testing.T) {
	newGroups(t)
	s := newState(t)
	claimed(t, s)
	group := findGroups(s.cgroup())[0]
	if err := os.Mkdir(filepath.Join(group, "kubepods"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := s.Network
	if err := s.addReal(false); err != nil || s.Network != before {
		t.Fatalf("number %d, then %d: %v", before, s.Network, err)
	}
	if left, err := os.ReadDir(group); err != nil || len(left) > 0 {
		t.Errorf("left in the group: %v, %v", left, err)
	}
}
