// Package capsule holds a real node in namespaces of its own: processes, mounts and network. All that containerd,
// kubelet and kube-proxy leave about on a machine is in there, and goes when the first process of it ends: no
// address, rule, mount or kernel setting of the machine is ever touched but one network link and its routes.
package capsule

import (
	"path/filepath"

	"github.com/spf13/cobra"
)

// Config is what the node needs to know, on the command line of both of its first processes.
type Config struct {
	Dir      string // the cluster's state folder
	Name     string // the node's
	API      string // where the API server listens, on the machine's loopback
	Link     string // the machine's end of the network link
	HostIP   string // the address of that end
	NodeIP   string // the address of the other end, and of the node
	Pods     string // the network of the pods
	Services string // the network of the services
	DNS      string // an address in it, where nobody listens
	Cgroup   string // the group that holds all pods
	Program  string // what the test images hold
}

func (c *Config) flags(command *cobra.Command) *cobra.Command {
	for name, value := range map[string]*string{
		"dir": &c.Dir, "name": &c.Name, "api": &c.API, "link": &c.Link, "host-ip": &c.HostIP, "node-ip": &c.NodeIP,
		"pods": &c.Pods, "services": &c.Services, "dns": &c.DNS, "cgroup": &c.Cgroup, "program": &c.Program,
	} {
		command.Flags().StringVar(value, name, "", "see capsule.Config")
	}
	return command
}

// path is one in the state folder.
func (c *Config) path(parts ...string) string {
	return filepath.Join(append([]string{c.Dir}, parts...)...)
}

// own is a path in the part of the state folder that is the node's.
func (c *Config) own(parts ...string) string {
	return filepath.Join(append([]string{c.Dir, "node"}, parts...)...)
}
