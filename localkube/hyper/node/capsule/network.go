package capsule

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// connect links the machine and the capsule's network, so that pods and services are reached from the machine, and
// the machine's API server from within. Everything of it goes with the capsule.
func (c *Config) connect(pid int) error {
	for _, line := range []string{
		fmt.Sprintf("link add %s type veth peer name eth0 netns %d", c.Link, pid),
		"addr add " + c.HostIP + "/30 dev " + c.Link,
		"link set " + c.Link + " up",
	} {
		if err := ip(line); err != nil {
			return err
		}
	}
	if err := c.furnish(pid); err != nil {
		return err
	}
	for _, network := range []string{c.Pods, c.Services} {
		if err := ip("route add " + network + " via " + c.NodeIP); err != nil {
			return err
		}
	}
	return nil
}

// disconnect need not wait until the kernel has found that the capsule is gone.
func (c *Config) disconnect() error {
	if _, err := net.InterfaceByName(c.Link); err != nil {
		return nil
	}
	if err := ip("link delete " + c.Link); err != nil && !strings.Contains(err.Error(), "Cannot find device") {
		return err
	}
	return nil
}

// furnish sets up the network within, and opens the way to the API server.
func (c *Config) furnish(pid int) error {
	var listener net.Listener
	err := within(pid, func() (err error) {
		for _, line := range []string{
			"link set lo up", "addr add " + c.NodeIP + "/30 dev eth0", "link set eth0 up",
			"route add default via " + c.HostIP,
		} {
			if err := ip(line); err != nil {
				return err
			}
		}
		if err := forward(); err != nil {
			return err
		}
		listener, err = net.Listen("tcp", c.API)
		return err
	})
	if err != nil {
		return fmt.Errorf("setting up the capsule's network: %w", err)
	}
	go relay(listener, c.API)
	return nil
}

// forward lets packets pass between link and pods, and shows those between pods to the rules for services. Both
// settings are the capsule's network's own.
func forward() error {
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return fmt.Errorf("switching on forwarding: %w", err)
	}
	err := os.WriteFile("/proc/sys/net/bridge/bridge-nf-call-iptables", []byte("1"), 0o644)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // masquerading makes up for it
		return fmt.Errorf("switching on rules for bridges: %w", err)
	}
	return nil
}

// within does something in the network of the process. The thread that does it is given up afterwards.
func within(pid int, do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		network, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err == nil {
			defer network.Close()
			err = unix.Setns(int(network.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = do()
		}
		done <- err
	}()
	return <-done
}

func ip(line string) error {
	said, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("running `ip %s`: %w: %s", line, err, strings.TrimSpace(string(said)))
	}
	return nil
}
