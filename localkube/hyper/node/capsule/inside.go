package capsule

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// NewInsideCommand is the first process within: it furnishes the capsule and keeps the node's daemons alive.
func NewInsideCommand() *cobra.Command {
	var c Config
	return c.flags(&cobra.Command{
		Use:  Inside,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.live() },
	})
}

func (c *Config) live() error {
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil { // until the network is there
		return fmt.Errorf("waiting for the network: %w", err)
	}
	if err := c.mount(); err != nil {
		return err
	}
	if err := c.configure(); err != nil {
		return err
	}
	return newKeeper(c).keep()
}

// daemons in the order of their start. One with a socket is waited for.
func (c *Config) daemons() []*daemon {
	return []*daemon{
		{
			name: "containerd", program: "containerd", socket: "/run/containerd/containerd.sock",
			args: []string{"--config=" + c.own("conf", "containerd.toml")},
		},
		{name: "registry", args: []string{"--program=" + c.Program}},
		{name: "kubelet", args: []string{
			"--config=" + c.own("conf", "kubelet.yaml"), "--kubeconfig=" + c.path("conf", "kubelet.kubeconfig"),
			"--hostname-override=" + c.Name, "--node-ip=" + c.NodeIP,
			"--node-labels=localkube/node=real,topology.kubernetes.io/zone=zone-real",
		}},
		{name: "kube-proxy", args: []string{"--config=" + c.own("conf", "kube-proxy.yaml")}},
	}
}
