package cluster

import (
	"fmt"
	"io"
	"strings"
)

// Env prints the lines that point a shell at the cluster.
func Env(dir string, out io.Writer) error {
	s, err := load(dir)
	if err != nil {
		return err
	}
	if s == nil {
		return fmt.Errorf("finding the cluster: none in %q; run `localkube up --dir %s` first", dir, dir)
	}
	variables := [][2]string{
		{"KUBECONFIG", s.kubeconfig()},
		{"LOCALKUBE_AUDIT_LOG", s.auditLog()},
		{"LOCALKUBE_DIR", dir},
	}
	if s.Real {
		variables = append(variables, [][2]string{
			{"LOCALKUBE_REAL_NODE", realNode},
			{"LOCALKUBE_REGISTRY", registry},
			{"LOCALKUBE_REGISTRY_URL", "http://" + s.Network.nodeIP() + ":" + registryPort},
		}...)
	}
	for _, variable := range variables {
		fmt.Fprintf(out, "export %s=%s\n", variable[0], quote(variable[1]))
	}
	return nil
}

// quote makes a word of any text, for any shell of the Bourne kind.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
