package capsule

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"golang.org/x/sys/unix"
)

//go:embed settings
var settings embed.FS

// files are the settings, and where they go in the node's conf folder.
var files = map[string]string{
	"containerd.toml":  "containerd.toml",
	"network.conflist": "cni/10-localkube.conflist",
	"kubelet.yaml":     "kubelet.yaml",
	"kube-proxy.yaml":  "kube-proxy.yaml",
}

// Own and Path are for the settings' templates: in quotes, as both TOML and YAML read them.
func (c *Config) Own(parts ...string) string { return strconv.Quote(c.own(parts...)) }

// Path is one in the state folder.
func (c *Config) Path(parts ...string) string { return strconv.Quote(c.path(parts...)) }

// Snapshotter is overlayfs, but for a state folder that is on an overlay itself.
func (c *Config) Snapshotter() string {
	var info unix.Statfs_t
	if err := unix.Statfs(c.Dir, &info); err == nil && info.Type == unix.OVERLAYFS_SUPER_MAGIC {
		return "native"
	}
	return "overlayfs"
}

// configure writes all settings. Pods get a resolv.conf without a server: there is none.
func (c *Config) configure() error {
	all, err := template.ParseFS(settings, "settings/*")
	if err != nil {
		return fmt.Errorf("reading the settings' templates: %w", err)
	}
	for name, target := range files {
		var text strings.Builder
		if err := all.ExecuteTemplate(&text, name, c); err != nil {
			return fmt.Errorf("filling in %q: %w", name, err)
		}
		if err := write(c.own("conf", target), text.String()); err != nil {
			return fmt.Errorf("writing settings: %w", err)
		}
	}
	if err := write(c.own("conf", "resolv.conf"), "# there is no name service\n"); err != nil {
		return fmt.Errorf("writing settings: %w", err)
	}
	return nil
}
