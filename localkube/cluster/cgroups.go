package cluster

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// cgroups is where the machine has its control groups; tests have a folder of their own.
var cgroups = "/sys/fs/cgroup"

// cgroup names the group that all pods are in. While it is there the network's number is taken, and it says by which
// folder: a cluster removes no other's.
func (s *state) cgroup() string {
	folder := sha256.Sum256([]byte(s.dir))
	return fmt.Sprintf("localkube-%d-%x", s.Network, folder[:4])
}

// hierarchy is one that is on each machine.
func hierarchy() string {
	if memory := filepath.Join(cgroups, "memory"); isFolder(memory) { // version 1
		return memory
	}
	return cgroups // version 2
}

// findGroups looks in all hierarchies there are.
func findGroups(pattern string) []string {
	one, _ := filepath.Glob(filepath.Join(cgroups, pattern)) // an error is of the pattern
	each, _ := filepath.Glob(filepath.Join(cgroups, "*", pattern))
	return append(one, each...)
}

// eachCgroup is for removeGroup, or for emptyGroup where the number is to stay taken.
func (s *state) eachCgroup(do func(path string) error) error {
	for _, group := range findGroups(s.cgroup()) {
		if err := do(group); err != nil {
			return fmt.Errorf("removing control groups of the pods: %w", err)
		}
	}
	return nil
}

// removeGroup waits until the kernel has buried what was in the group. It goes from the bottom up: groups are emptied by
// nobody else.
func removeGroup(path string) error {
	if err := emptyGroup(path); err != nil {
		return err
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := os.Remove(path)
		if err == nil || errors.Is(err, fs.ErrNotExist) || time.Now().After(deadline) {
			return ignoreMissing(err)
		}
	}
}

func emptyGroup(path string) error {
	below, err := os.ReadDir(path)
	if err != nil {
		return ignoreMissing(err)
	}
	for _, entry := range below {
		if entry.IsDir() {
			if err := removeGroup(filepath.Join(path, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
