package capsule

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// hidden are the folders in which a node's programs write at paths that cannot be chosen, and short enough for
// sockets. Within the capsule they begin empty.
var hidden = []string{"/run", "/var/lib", "/var/log"}

// tunables are kernel settings, the whole machine's, which a kubelet insists on. It is shown what it wants to see.
var tunables = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// mount makes the capsule's view of the file system.
func (c *Config) mount() error {
	for _, step := range []func() error{c.detach, c.hide, c.bindOwn, mask} {
		if err := step(); err != nil {
			return fmt.Errorf("setting up the capsule's mounts: %w", err)
		}
	}
	return nil
}

// detach keeps our mounts from the machine, not the machine's from us; /proc shall show our processes.
func (c *Config) detach() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("detaching from the machine's mounts: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		return fmt.Errorf("sharing mounts with containers: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	return nil
}

// hide empties the hidden folders, but keeps in sight what of ours is below them.
func (c *Config) hide() error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	var kept []*os.File
	for _, path := range []string{c.Dir, filepath.Dir(program), filepath.Dir(c.Program)} {
		folder, err := os.Open(path)
		if err != nil {
			return err
		}
		defer folder.Close()
		kept = append(kept, folder)
	}
	for _, path := range hidden {
		if err := unix.Mount("tmpfs", path, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("hiding %q: %w", path, err)
		}
	}
	for _, folder := range kept {
		if err := show(folder); err != nil {
			return err
		}
	}
	return nil
}

func show(folder *os.File) error {
	if _, err := os.Stat(folder.Name()); err == nil {
		return nil
	}
	return bind(fmt.Sprintf("/proc/self/fd/%d", folder.Fd()), folder.Name())
}

// bindOwn puts on disk, in the state folder, what would fill memory.
func (c *Config) bindOwn() error {
	for from, to := range map[string]string{c.own("kubelet"): "/var/lib/kubelet", c.own("log"): "/var/log"} {
		if err := os.MkdirAll(from, 0o755); err != nil {
			return err
		}
		if err := bind(from, to); err != nil {
			return err
		}
	}
	return nil
}

func mask() error {
	for setting, value := range tunables {
		path := filepath.Join("/proc/sys", setting)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		file := filepath.Join("/run/localkube/sys", setting)
		if err := write(file, value+"\n"); err != nil {
			return err
		}
		if err := unix.Mount(file, path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("masking %q: %w", path, err)
		}
	}
	return nil
}

func bind(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mounting %q on %q: %w", from, to, err)
	}
	return nil
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
