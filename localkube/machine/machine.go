// Package machine tells whether containers can be run here.
package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Unfit is why a machine cannot run containers, with what to do about it.
type Unfit struct{ Reason string }

func (u *Unfit) Error() string { return "this machine cannot run containers: " + u.Reason }

// packages are Debian's and Ubuntu's names of what is needed.
const packages = "containerd runc containernetworking-plugins iptables iproute2"

// plugins is where Debian has the network's programs.
const plugins = "/usr/lib/cni"

var (
	tools = []string{"containerd", "containerd-shim-runc-v2", "runc", "iptables", "iptables-restore", "ip"}

	networkPlugins = []string{"bridge", "host-local", "loopback"}
)

// probes try in namespaces of their own what a node does. They leave nothing.
var probes = []struct{ what, command string }{
	{"network namespaces and veth pairs", "unshare --net ip link add lk0 type veth peer name lk1"},
	{"network bridges", "unshare --net ip link add lk0 type bridge"},
	{"iptables rules", "unshare --net iptables -t nat -A OUTPUT -p tcp -m comment --comment probe -j DNAT --to-destination 127.0.0.1:1"},
	{"process and mount namespaces", "unshare --mount --pid --fork mount -t proc proc /proc"},
}

// Check answers nil, or an *Unfit.
func Check() error {
	if runtime.GOOS != "linux" {
		return &Unfit{"it runs " + runtime.GOOS + ", and this needs Linux; use simulated nodes"}
	}
	if os.Geteuid() != 0 {
		return &Unfit{"this is not root; run it with sudo"}
	}
	if !realRoot(readFile("/proc/self/uid_map")) {
		return &Unfit{"this is root of a user namespace only, who may not link networks; use the machine's root"}
	}
	if lacking := missing(exec.LookPath, plugins); len(lacking) > 0 {
		return &Unfit{fmt.Sprintf("it lacks %s; install it:\n  apt-get install -y --no-install-recommends %s",
			strings.Join(lacking, ", "), packages)}
	}
	for _, p := range probes {
		if err := probe(p.command); err != nil {
			return &Unfit{fmt.Sprintf("trying %s: %v; in a container, give it the rights (--privileged)", p.what, err)}
		}
	}
	return checkCgroups()
}

func missing(look func(string) (string, error), plugins string) []string {
	var names []string
	for _, tool := range tools {
		if _, err := look(tool); err != nil {
			names = append(names, tool)
		}
	}
	for _, plugin := range networkPlugins {
		if path := filepath.Join(plugins, plugin); !exists(path) {
			names = append(names, path)
		}
	}
	return names
}

func probe(command string) error {
	words := strings.Fields(command)
	said, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("running `%s`: %w: %s", command, err, strings.TrimSpace(string(said)))
	}
	return nil
}

// checkCgroups makes a group and removes it. The next check removes one that a killed check left.
func checkCgroups() error {
	for _, hierarchy := range []string{"/sys/fs/cgroup/memory", "/sys/fs/cgroup"} { // version 1, version 2
		if !exists(hierarchy) {
			continue
		}
		group := filepath.Join(hierarchy, "localkube-probe")
		if err := os.Mkdir(group, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return &Unfit{fmt.Sprintf("making a control group: %v; in a container, give it the rights (--privileged)", err)}
		}
		if err := os.Remove(group); err != nil && !errors.Is(err, fs.ErrNotExist) { // another check was quicker
			return fmt.Errorf("removing the control group of a probe: %w", err)
		}
		return nil
	}
	return &Unfit{"it has no control groups at /sys/fs/cgroup; mount them"}
}

// realRoot tells from the map of users whether they are the machine's. Where there is no map, they are.
func realRoot(users string) bool {
	fields := strings.Fields(users)
	return len(fields) == 0 || (len(fields) == 3 && fields[2] == "4294967295")
}

func readFile(path string) string {
	data, _ := os.ReadFile(path)
	return string(data)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
