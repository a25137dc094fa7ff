// Command faults plants known kinds of faults into copies of the source, one at
// a time in each, and looks whether the tests named for each catch it. A fault that no
// test catches, or that does not fit the source any more, fails the run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

func main() {
	only := flag.String("only", "", "plant the faults alone whose name matches this regular expression")
	flag.Parse()
	if err := run(context.Background(), *only); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string) error {
	chosen, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("reading --only: %w", err)
	}
	todo := make(chan fault, len(faults))
	for _, f := range faults {
		if chosen.MatchString(f.name) {
			todo <- f
		}
	}
	close(todo)
	var survived atomic.Int32
	var working sync.WaitGroup
	errs := make([]error, min(runtime.NumCPU(), len(todo)))
	for i := range errs {
		working.Go(func() { errs[i] = work(ctx, todo, &survived) })
	}
	working.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if n := survived.Load(); n > 0 {
		return fmt.Errorf("%d faults were not caught", n)
	}
	return nil
}

// work plants one fault after the other into a copy of its own.
func work(ctx context.Context, todo <-chan fault, survived *atomic.Int32) error {
	dir, err := os.MkdirTemp("", "patchwave-faults-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, module{os.DirFS(".")}); err != nil {
		return fmt.Errorf("copying the source: %w", err)
	}
	for f := range todo {
		verdict, caught := f.plant(ctx, dir)
		if !caught {
			survived.Add(1)
		}
		fmt.Printf("%-48s %s\n", f.name, verdict)
	}
	return nil
}

// fault is one text of one file in the place of another.
type fault struct {
	name, file, old, new string
	// pkg and test are what catches it.
	pkg, test string
}

// plant tries one fault and takes it back.
func (f fault) plant(ctx context.Context, dir string) (verdict string, caught bool) {
	path := filepath.Join(dir, f.file)
	sound, err := os.ReadFile(path)
	if err != nil {
		return err.Error(), false
	}
	if n := strings.Count(string(sound), f.old); n != 1 {
		return fmt.Sprintf("DOES NOT FIT %s: its text is there %d times", f.file, n), false
	}
	defer os.WriteFile(path, sound, 0o644) //nolint:errcheck // the next fault would not fit
	if err := os.WriteFile(path, []byte(strings.Replace(string(sound), f.old, f.new, 1)), 0o644); err != nil {
		return err.Error(), false
	}
	return f.look(ctx, dir)
}

var failing = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// look runs the tests that shall catch the fault. One that does not compile
// catches nothing.
func (f fault) look(ctx context.Context, dir string) (verdict string, caught bool) {
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-vet=off", "-failfast", "-timeout=3m", "-run", f.test, "./"+f.pkg)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	names := failing.FindAllStringSubmatch(string(out), -1)
	switch {
	case err == nil:
		return "NOT CAUGHT by " + f.pkg + " " + f.test, false
	case len(names) == 0:
		return "NOT TRIED: " + firstLines(string(out)), false
	}
	return "caught by " + f.pkg + " " + names[len(names)-1][1], true
}

func firstLines(text string) string {
	lines := strings.SplitN(text, "\n", 4)
	return strings.Join(lines[:min(3, len(lines))], " ")
}
