package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// lastNetwork: numbers begin at 0, and 16 clusters with a real node fit on a machine.
const lastNetwork = 15

// claim takes the first free one of the numbers. The state says so before there is a control group: nobody would ever
// remove one that no state speaks of. A claim that only the state speaks of keeps nobody off.
func (s *state) claim(first, last network) error {
	return alone(func() error {
		taken, err := takenPrefixes()
		if err != nil {
			return err
		}
		for s.Network = first; s.Network <= last; s.Network++ {
			if s.Network.free(taken) && !s.othersClaim() {
				s.Real = true
				return s.saveAndMakeGroup()
			}
		}
		return fmt.Errorf("looking for free addresses: each of %s to %s is on a route of this machine (`ip route`) or taken by "+
			"a control group (`ls -d %s`); take clusters down, and `rmdir` the groups of those whose folders are gone",
			first.services(), last.services(), filepath.Join(hierarchy(), "localkube-*"))
	})
}

// othersClaim tells whether a group of the cluster's number is another cluster's.
func (s *state) othersClaim() bool {
	return slices.ContainsFunc(findGroups(fmt.Sprintf("localkube-%d-*", s.Network)), func(path string) bool {
		return filepath.Base(path) != s.cgroup()
	})
}

func (s *state) saveAndMakeGroup() error {
	if err := s.save(); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(hierarchy(), s.cgroup()), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making a control group: %w", err)
	}
	return nil
}

// alone keeps two clusters from taking the same number. The lock dies with its holder.
func alone(do func() error) error {
	folder, err := os.Open(cgroups)
	if err != nil {
		return fmt.Errorf("looking for control groups: %w", err)
	}
	defer folder.Close()
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking %q: %w", cgroups, err)
	}
	return do()
}
