package capsule

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const cgroups = "/sys/fs/cgroup"

// makeCgroups makes the group that all pods are in, in every hierarchy there is. Who takes the cluster down removes it.
func makeCgroups(name string) error {
	if _, err := os.Stat(filepath.Join(cgroups, "cgroup.controllers")); err == nil {
		return errors.Join(makeCgroup(filepath.Join(cgroups, name)), delegate(cgroups), delegate(filepath.Join(cgroups, name)))
	}
	hierarchies, err := os.ReadDir(cgroups)
	if err != nil {
		return fmt.Errorf("looking for control groups: %w", err)
	}
	for _, hierarchy := range hierarchies {
		if hierarchy.IsDir() { // a link is another name of one of the folders
			if err := makeCgroup(filepath.Join(cgroups, hierarchy.Name(), name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func makeCgroup(path string) error {
	if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making a control group: %w", err)
	}
	return nil
}

// delegate lets groups below limit what pods are limited by, where the machine can (version 2 only).
func delegate(path string) error {
	has, err := os.ReadFile(filepath.Join(path, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("reading what a control group can limit: %w", err)
	}
	for _, controller := range []string{"cpu", "cpuset", "memory", "pids"} {
		if !strings.Contains(" "+strings.TrimSpace(string(has))+" ", " "+controller+" ") {
			continue
		}
		err := os.WriteFile(filepath.Join(path, "cgroup.subtree_control"), []byte("+"+controller), 0o644)
		if err != nil {
			return fmt.Errorf("letting control groups in %q limit %s: %w", path, controller, err)
		}
	}
	return nil
}
