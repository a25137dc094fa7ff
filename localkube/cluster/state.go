// Package cluster brings a control plane and its simulated nodes up from one folder, and down again.
package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/patchwave/patchwave/localkube/process"
)

// state is all that is known of a cluster, in its folder. It is written before anything else is, and removed last:
// a folder without it is not ours.
type state struct {
	dir       string
	programs  map[string]string          // paths of the binaries, by name
	Version   string                     `json:"version"`
	Minor     string                     `json:"minor,omitempty"` // where it is another one
	Ports     ports                      `json:"ports"`
	Nodes     int                        `json:"nodes"`
	Real      bool                       `json:"real"` // has a real node, too
	Network   network                    `json:"network"`
	Processes map[string]process.Process `json:"processes"`
}

type ports struct {
	API      int `json:"api"`
	Etcd     int `json:"etcd"`
	EtcdPeer int `json:"etcdPeer"`
}

const stateFile = "state.json"

// belongings are the files and folders that down removes, and nothing else is.
var belongings = []string{
	"kubeconfig", "audit.log", "audit-policy.yaml", "pki", "conf", "etcd", "node", "logs", stateFile + ".next", stateFile,
}

func (s *state) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

func (s *state) kubeconfig() string { return s.path("kubeconfig") }
func (s *state) auditLog() string   { return s.path("audit.log") }
func (s *state) apiURL() string     { return fmt.Sprintf("https://127.0.0.1:%d", s.Ports.API) }
func (s *state) etcdURL() string    { return fmt.Sprintf("https://127.0.0.1:%d", s.Ports.Etcd) }

// load answers nil where the folder holds no cluster.
func load(dir string) (*state, error) {
	s := &state{dir: dir}
	data, err := os.ReadFile(s.path(stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the state: %w", err)
	}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("reading the state in %q: %w; stop the processes by hand and remove the folder", s.path(stateFile), err)
	}
	return s, nil
}

// save replaces the file in one step, so that a reader never sees half of it.
func (s *state) save() error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the state: %w", err)
	}
	next := s.path(stateFile + ".next")
	if err := os.WriteFile(next, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	if err := os.Rename(next, s.path(stateFile)); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	return nil
}
