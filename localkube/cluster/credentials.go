package cluster

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"strings"
	"text/template"

	"github.com/patchwave/patchwave/localkube/pki"
)

// clients each get a name of their own, so that the audit log tells who wrote.
var clients = map[string]pki.Subject{
	admin:                     {Name: "localkube-admin", Groups: []string{"system:masters"}},
	"kwok":                    {Name: "localkube-kwok", Groups: []string{"system:masters"}},
	"kube-controller-manager": {Name: "system:kube-controller-manager"},
	"kube-scheduler":          {Name: "system:kube-scheduler"},
}

const admin = "admin"

var kubeconfigTemplate = template.Must(template.New("kubeconfig").Parse(`apiVersion: v1
kind: Config
current-context: localkube
clusters:
- name: localkube
  cluster:
    server: {{ .Server }}
    certificate-authority-data: {{ .CA }}
users:
- name: {{ .User }}
  user:
    client-certificate-data: {{ .Cert }}
    client-key-data: {{ .Key }}
contexts:
- name: localkube
  context: {cluster: localkube, user: {{ .User }}}
`))

// credentials makes certificates, keys and kubeconfigs; those that exist are kept.
func (s *state) credentials() error {
	authority, err := pki.Open(s.path("pki"))
	if err != nil {
		return err
	}
	server := pki.Subject{Name: "kube-apiserver", Hosts: []string{
		"127.0.0.1", "localhost", s.Network.serviceIP(), "kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster.local",
	}}
	if err := authority.Issue("server", server); err != nil {
		return err
	}
	if err := authority.IssueKeyPair("service-account"); err != nil {
		return err
	}
	if err := os.MkdirAll(s.path("conf"), 0o700); err != nil {
		return fmt.Errorf("making the configuration's folder: %w", err)
	}
	all := s.nodeClients()
	maps.Copy(all, clients)
	for file, subject := range all {
		if err := authority.Issue(file, subject); err != nil {
			return err
		}
		if err := s.writeKubeconfig(authority, file, subject.Name); err != nil {
			return err
		}
	}
	return nil
}

func (s *state) writeKubeconfig(authority *pki.Authority, file, user string) error {
	values := map[string]string{"Server": s.apiURL(), "User": user}
	for name, path := range map[string]string{
		"CA": authority.Cert("ca"), "Cert": authority.Cert(file), "Key": authority.Key(file),
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading a certificate for the kubeconfig of %q: %w", user, err)
		}
		values[name] = base64.StdEncoding.EncodeToString(data)
	}
	var text strings.Builder
	if err := kubeconfigTemplate.Execute(&text, values); err != nil {
		return fmt.Errorf("writing the kubeconfig of %q: %w", user, err)
	}
	path := s.componentConfig(file)
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("writing the kubeconfig of %q: %w", user, err)
	}
	return nil
}

// componentConfig is where a client's kubeconfig is. People's own stands at the top.
func (s *state) componentConfig(client string) string {
	if client == admin {
		return s.kubeconfig()
	}
	return s.path("conf", client+".kubeconfig")
}
