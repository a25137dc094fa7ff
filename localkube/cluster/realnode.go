package cluster

import (
	"fmt"
	"net"
	"os"
	"time"

	"github.com/patchwave/patchwave/localkube/pki"
)

// The real node's name, and the component that holds it.
const (
	realNode      = "real-1"
	nodeComponent = "localkube-node"
)

// Ports at which the real node listens for its cluster.
const (
	kubeletPort  = "10250"
	registryPort = "5000"
)

// registry is what pods call it. It is the real node's loopback; from the machine it is at the node's address.
const registry = "127.0.0.1:" + registryPort

func nodeArgs(s *state) []string {
	return []string{
		"--dir=" + s.dir, "--name=" + realNode, fmt.Sprintf("--api=127.0.0.1:%d", s.Ports.API),
		"--link=" + s.Network.link(), "--host-ip=" + s.Network.hostIP(), "--node-ip=" + s.Network.nodeIP(),
		"--pods=" + s.Network.pods(), "--services=" + s.Network.services(), "--dns=" + s.Network.dns(),
		"--cgroup=" + s.cgroup(), "--program=" + s.programs["game"],
	}
}

// nodeClients are the names that a real node's programs have, and the API server before its kubelet.
func (s *state) nodeClients() map[string]pki.Subject {
	return map[string]pki.Subject{
		"kubelet": {
			Name: "system:node:" + realNode, Groups: []string{"system:nodes"}, Hosts: []string{realNode, s.Network.nodeIP()},
		},
		"kube-proxy":     {Name: "system:kube-proxy"},
		"kubelet-client": {Name: "localkube-apiserver", Groups: []string{"system:masters"}},
	}
}

// addReal gives the cluster a real node, and the addresses for it.
func (s *state) addReal(isNew bool) error {
	switch {
	case s.Real:
		return s.revive()
	case isNew:
		return s.claim(0, lastNetwork)
	}
	if err := s.claim(s.Network, s.Network); err != nil {
		return fmt.Errorf("giving the cluster a real node: %w; or run `localkube down --dir %s`, then `up --kubelet`", err, s.dir)
	}
	return nil
}

// nodeServes asks the kubelet and the registry themselves: what the API server says of a node that has died is old.
func (s *state) nodeServes() bool { return s.listens(kubeletPort) && s.listens(registryPort) }

// listens asks from the link's address, or someone else might answer while the link is not there.
func (s *state) listens(port string) bool {
	from := net.Dialer{Timeout: time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(s.Network.hostIP())}}
	connection, err := from.Dial("tcp", net.JoinHostPort(s.Network.nodeIP(), port))
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

// revive makes up start what does not run. Groups of dead pods would hold a new kubelet up for seconds each.
func (s *state) revive() error {
	if err := os.RemoveAll(s.path("node", "held")); err != nil {
		return fmt.Errorf("letting the kubelet run: %w", err)
	}
	if _, runs := s.Processes[nodeComponent]; runs {
		return nil
	}
	for deadline := time.Now().Add(5 * time.Second); s.linked(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("reviving the real node: the network link %q is still there; see `ip link`, and run `localkube down --dir %s`",
				s.Network.link(), s.dir)
		}
	}
	if err := s.eachCgroup(emptyGroup); err != nil {
		return err
	}
	return s.claim(s.Network, s.Network)
}

// linked tells whether the network of the node is still there; the kernel takes its time.
func (s *state) linked() bool {
	_, err := net.InterfaceByName(s.Network.link())
	return err == nil
}
