package cluster

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/localkube/process"
)

func newState(t *testing.T) *state {
	t.Helper()
	s := &state{dir: t.TempDir(), Version: "v1.0.0", Processes: map[string]process.Process{}}
	if err := os.MkdirAll(s.path("logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDownRemovesWhatIsOursAndNothingElse(t *testing.T) {
	s := newState(t)
	foreign := s.path("precious")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Down(s.dir, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(s.dir); len(left) != 1 || left[0].Name() != "precious" {
		t.Errorf("left: %v", left)
	}
	var out bytes.Buffer
	if err := Down(s.dir, &out); err != nil || !strings.Contains(out.String(), "nothing to stop") {
		t.Errorf("second down: %v, said %q", err, out.String())
	}
}

func TestOneCommandAtATime(t *testing.T) {
	s := newState(t)
	release, err := lock(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := Down(s.dir, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "at work") {
		t.Errorf("error %v", err)
	}
	release()
	if err := Down(s.dir, &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
}

func TestADeadComponentIsNamedWithItsLastWords(t *testing.T) {
	s := newState(t)
	p, err := process.Start("etcd", "/bin/sh", []string{"-c", "echo no space left; exit 1"}, s.log("etcd"))
	if err != nil {
		t.Fatal(err)
	}
	s.Processes["etcd"] = p
	err = nil
	for deadline := time.Now().Add(10 * time.Second); err == nil && time.Now().Before(deadline); {
		err = s.failed()
	}
	if err == nil || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), s.log("etcd")) {
		t.Errorf("error %v", err)
	}
}

func TestEnv(t *testing.T) {
	s := newState(t)
	var out bytes.Buffer
	if err := Env(s.dir, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"KUBECONFIG='" + s.kubeconfig(), "LOCALKUBE_AUDIT_LOG='" + s.auditLog(), "LOCALKUBE_DIR='" + s.dir} {
		if !strings.Contains(out.String(), "export "+want+"'\n") {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
	if got := quote("it's"); got != `'it'\''s'` {
		t.Errorf("quoted %s", got)
	}
	if err := Env(filepath.Join(s.dir, "none"), &out); err == nil || !strings.Contains(err.Error(), "localkube up") {
		t.Errorf("error %v", err)
	}
}

func TestZonesComeInTurn(t *testing.T) {
	for n, want := range map[int]string{1: "zone-a", 2: "zone-b", 3: "zone-c", 4: "zone-a"} {
		if node := fmt.Sprint(newNode(n)); !strings.Contains(node, want) {
			t.Errorf("node %d: %s lacks %s", n, node, want)
		}
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("a\nb\nc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := tail(path, 2); got != "  b\n  c" {
		t.Errorf("got %q", got)
	}
}

func TestUpRefusesFewerThanNoNodes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if err := Up(t.Context(), Options{Dir: dir, Nodes: -1, Out: t.Output()}); err == nil || exists(dir) {
		t.Errorf("error %v", err)
	}
}
