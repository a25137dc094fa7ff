package builder

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheKeyChangesWithWhatMakesTheBinary(t *testing.T) {
	dir := t.TempDir()
	key := func() string {
		got, err := sourceKey(dir, Hyper)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	write(t, dir, "go.mod", "module x\n")
	write(t, dir, "sub/a.go", "package a\n")
	last := key()
	for _, change := range []struct {
		name, text string
		matters    bool
	}{
		{"sub/a.go", "package a // changed\n", true},
		{"sub/a_test.go", "package a\n", false},
		{"README.md", "words\n", false},
		{"go.sum", "sum\n", true},
		{"1.35.mod", "module x\n", false},
		{"sub/b.go", "package a\n", true},
		{"node/b.go", "package b\n", false},
		{"sub/settings/c.yaml", "a: b\n", true},
	} {
		write(t, dir, change.name, change.text)
		if now := key(); (now != last) != change.matters {
			t.Errorf("after %s: key %s, was %s", change.name, now, last)
		}
		last = key()
	}
}

func TestTheVersionIsTheOneRequired(t *testing.T) {
	source, err := findSource()
	if err != nil {
		t.Fatal(err)
	}
	for minor, begins := range map[string]string{"": "v1.", "1.35": "v1.35.", "1.37": "v1.37."} {
		version, err := kubernetesVersion(source, Hyper.At(minor))
		if err != nil || !strings.HasPrefix(version, begins) {
			t.Errorf("version %q, want %s…: %v", version, begins, err)
		}
		if want := "gitMinor=" + strings.Split(version, ".")[1]; !strings.Contains(ldflags(version), want) {
			t.Errorf("%q lacks %q", ldflags(version), want)
		}
	}
}

func TestAMissingGoToolIsNamedWithTheLineThatInstallsIt(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module x\n\ngo 1.26.0\n")
	t.Setenv("PATH", dir)
	if err := checkGo(context.Background(), dir); err == nil || !strings.Contains(err.Error(), "https://go.dev/dl/go1.26.0.") {
		t.Errorf("error %v", err)
	}
}

func TestAnOldGoToolIsNamedWithTheLineThatInstallsIt(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module x\n\ngo 99.1\n")
	t.Setenv("GOTOOLCHAIN", "local")
	err := checkGo(context.Background(), dir)
	if err == nil || !strings.Contains(err.Error(), "needed is 99.1 or newer") || !strings.Contains(err.Error(), "go99.1.") {
		t.Errorf("error %v", err)
	}
}

func TestAFailedBuildLeavesNothing(t *testing.T) {
	cache, source := t.TempDir(), t.TempDir()
	write(t, source, "go.mod", "module x\n\ngo 1.26.0\n")
	write(t, source, "main.go", "package main\n\nfunc main() { nonsense() }\n")
	write(t, cache, building+"left/hyper", "half of a binary")
	binary := Binary{Path: filepath.Join(cache, "v1.0.0-key", "hyper"), Version: "v1.0.0", program: Hyper}
	err := binary.build(context.Background(), cache, source, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "undefined: nonsense") {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(cache); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAFinishedBuildIsKept(t *testing.T) {
	cache, source := t.TempDir(), t.TempDir()
	write(t, source, "go.mod", "module x\n\ngo 1.26.0\n")
	write(t, source, "main.go", "package main\n\nfunc main() {}\n")
	binary := Binary{Path: filepath.Join(cache, "v1.0.0-key", "hyper"), Version: "v1.0.0", program: Hyper}
	var out bytes.Buffer
	if err := binary.build(context.Background(), cache, source, &out); err != nil {
		t.Fatal(err)
	}
	if !isFile(binary.Path) || !strings.Contains(out.String(), "takes minutes") {
		t.Errorf("path %q, said %q", binary.Path, out.String())
	}
}

func TestOneBuildAtATime(t *testing.T) {
	var out bytes.Buffer
	cache, ctx := t.TempDir(), context.Background()
	held, finish := make(chan struct{}), make(chan struct{})
	var first sync.WaitGroup
	first.Go(func() {
		_ = locked(ctx, cache, &bytes.Buffer{}, func() error { close(held); <-finish; return nil })
	})
	<-held
	impatient, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	err := locked(impatient, cache, &out, func() error { t.Error("built beside another"); return nil })
	if err == nil || !strings.Contains(out.String(), "waiting for it") {
		t.Errorf("error %v, said %q", err, out.String())
	}
	close(finish)
	first.Wait()
}

func TestProgressLines(t *testing.T) {
	p := progress{name: "compiling", done: 12, total: 2500}
	for _, want := range []string{"    93 s  compiling, 12 of at most 2500 packages", "    93 s  compiling, 12 so far"} {
		if got := p.line(93 * time.Second); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		p.total = 0
	}
}
