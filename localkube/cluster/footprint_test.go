package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// sysctl needs no package.
const sysctl = "grep -rs . /proc/sys/kernel /proc/sys/net /proc/sys/vm"

// looks are ways of seeing what a node can leave on a machine.
var looks = []string{
	"ip -brief address", "ip -brief link", "ip route show table all", "ip rule", "ip netns", "cat /proc/self/mounts",
	"iptables-save", "ip6tables-save", sysctl,
	"ls -d /run/netns /run/containerd /run/runc /run/localkube /run/cni /var/lib/cni /var/lib/kubelet /var/log/pods " +
		"/var/log/containers /etc/cni/net.d /opt/cni /opt/containerd /usr/libexec/kubernetes",
}

// settings are those a node's programs are known to change; others move by themselves.
var settings = regexp.MustCompile(`forward|route_localnet|rp_filter|arp_|bridge-nf|conntrack_(max|buckets)|_timeout|` +
	`overcommit|panic|root_max|conf.*disable_ipv6`)

// counters, and when it was said.
var moving = regexp.MustCompile(`\[\d+:\d+\]|^#.*`)

// link is in each line that tells of a cluster's network; other clusters may come and go meanwhile.
var link = regexp.MustCompile(`localkube\d+`)

// footprint is each line seen, under the command that showed it.
type footprint map[string][]string

func takeFootprint(t *testing.T) footprint {
	t.Helper()
	seen := footprint{}
	for _, look := range looks {
		words := strings.Fields(look)
		said, _ := exec.Command(words[0], words[1:]...).Output() // of ls, some folders may be missing
		for _, line := range strings.Split(string(said), "\n") {
			if look != sysctl || settings.MatchString(line) {
				seen[look] = append(seen[look], moving.ReplaceAllString(line, ""))
			}
		}
	}
	if len(seen["ip -brief address"]) < 2 || len(seen[sysctl]) < 2 {
		t.Fatalf("nothing to be seen: %v", seen)
	}
	return seen
}

// difference names what came and what went, but for the links of other clusters.
func (f footprint) difference(after footprint, ours string) []string {
	var found []string
	for _, look := range looks {
		found = append(found, surplus(look+" has now: ", after[look], f[look])...)
		found = append(found, surplus(look+" had: ", f[look], after[look])...)
	}
	return slices.DeleteFunc(found, func(line string) bool { return link.MatchString(line) && link.FindString(line) != ours })
}

func surplus(prefix string, lines, known []string) []string {
	var found []string
	for _, line := range lines {
		if !slices.Contains(known, line) {
			found = append(found, prefix+line)
		}
	}
	return found
}

// nothingLeft gives the kernel a moment to bury what has ended.
func (l *lab) nothingLeft(before footprint, namespaces []string) {
	l.t.Helper()
	var left []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		left = append(before.difference(takeFootprint(l.t), l.s.Network.link()), users(namespaces)...)
		left = append(left, findGroups(l.s.cgroup())...)
		if exists(l.s.dir) {
			left = append(left, l.s.dir)
		}
		if len(left) == 0 {
			return
		}
	}
	l.t.Errorf("left on the machine:\n%s", strings.Join(left, "\n"))
}

func namespacesOf(pid string) []string {
	var names []string
	for _, kind := range []string{"pid", "mnt", "net"} {
		if name, err := os.Readlink("/proc/" + pid + "/ns/" + kind); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// users are the command lines of all processes in any of the namespaces.
func users(namespaces []string) []string {
	var found []string
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range all {
		if slices.ContainsFunc(namespacesOf(filepath.Base(process)), func(n string) bool { return slices.Contains(namespaces, n) }) {
			line, _ := os.ReadFile(filepath.Join(process, "cmdline"))
			found = append(found, "process "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
