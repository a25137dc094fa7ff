package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// start runs a shell line as a daemon, and ends it with the test.
func start(t *testing.T, line string) Process {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	p, err := Start("probe", shell, []string{"-c", line}, filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop(0) })
	return p
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s in vain", what)
		}
	}
}

func said(t *testing.T, p Process) string {
	t.Helper()
	data, err := os.ReadFile(p.Log)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestADaemonRunsUnderItsNameUntilStopped(t *testing.T) {
	p := start(t, `echo "I am $0"; exec sleep 60`)
	until(t, "its word in the log", func() bool { return said(t, p) != "" })
	if !p.Alive() {
		t.Fatal("it does not live")
	}
	if err := p.Stop(5 * time.Second); err != nil || p.Alive() {
		t.Fatalf("it lives on: %v", err)
	}
	if err := p.Stop(time.Second); err != nil {
		t.Fatalf("stopping twice: %v", err)
	}
}

func TestADaemonThatIgnoresTheSignalIsKilled(t *testing.T) {
	p := start(t, `trap "" TERM; echo ready; while :; do sleep 1; done`)
	until(t, "the trap", func() bool { return strings.Contains(said(t, p), "ready") })
	if err := p.Stop(50 * time.Millisecond); err != nil || p.Alive() {
		t.Fatalf("it lives on: %v", err)
	}
}

func TestAStrangerWithTheSamePidIsLeftAlone(t *testing.T) {
	p := start(t, "exec sleep 60")
	for _, birth := range []string{"another boot/1", ""} {
		stranger := Process{Name: "old", PID: p.PID, Birth: birth}
		if stranger.Alive() {
			t.Fatalf("born %q: taken for ours", birth)
		}
		if err := stranger.Stop(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if !p.Alive() {
		t.Fatal("the stranger was killed")
	}
}

func TestOneThatHasEndedIsNotAlive(t *testing.T) {
	p := start(t, "exit 3")
	until(t, "its end", func() bool { return !p.Alive() })
}
