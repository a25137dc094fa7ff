package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const soundPlan = `apiVersion: patchwave.dev/v1alpha1
kind: UpgradePlan
metadata: {name: lobby, namespace: games}
spec:
  target: {kind: Deployment, name: lobby}
  images: [{container: server, image: "app:v2"}]
`

const wrongPlan = `apiVersion: patchwave.dev/v1alpha1
kind: UpgradePlan
metadata: {name: chat, namespace: games}
spec:
  target: {kind: Deployment, name: chat}
  imagess: []
`

const wrongThere = `DIR/chat.yaml:4:1: spec: missing field "images"
DIR/chat.yaml:6:3: spec: unknown field "imagess" (did you mean "images"?)
2 problems; 0 plans without
`

// files writes a folder; names are relative to it.
func files(t *testing.T, texts map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range texts {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// line is a command line and what it prints; DIR stands for the folder of its files.
type line struct {
	name      string
	args      string
	code      int
	out, errs string
}

// anywhere is the folder of command lines that name no file.
const anywhere = "/anywhere"

// runs plays command lines in a folder, without any cluster.
func runs(t *testing.T, folder string, lines []line) {
	for _, line := range lines {
		t.Run(line.name, func(t *testing.T) {
			code, out, errs := patchwave(t, strings.Fields(strings.ReplaceAll(line.args, "DIR", folder))...)
			want := line
			want.code, want.out, want.errs = code, strings.ReplaceAll(out, folder, "DIR"), strings.ReplaceAll(errs, folder, "DIR")
			if want != line {
				t.Errorf("exit code %d, out:\n%s\nerr:\n%s\nwanted %d, out:\n%s\nerr:\n%s",
					want.code, want.out, want.errs, line.code, line.out, line.errs)
			}
		})
	}
}

// TestMain sees to it that no test finds a cluster of the machine it runs on.
func TestMain(m *testing.M) {
	for _, variable := range []string{"KUBERNETES_SERVICE_HOST", "KUBERNETES_MASTER"} {
		_ = os.Unsetenv(variable)
	}
	_ = os.Setenv("KUBECONFIG", "/no/such/kubeconfig")
	os.Exit(m.Run())
}

// patchwave runs a command line.
func patchwave(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr strings.Builder
	code = execute(t.Context(), args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

const noCluster = "Error: there is no kubeconfig; name one by --kubeconfig or $KUBECONFIG\n"

// kubeconfig of a cluster at an address.
func kubeconfig(address string) string {
	return `{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":"` + address + `"}}],
		"contexts":[{"name":"c","context":{"cluster":"c","namespace":"games"}}]}`
}
