package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// switchVariable names the fault that is switched on.
const switchVariable = "PATCHWAVE_FAULT"

// errNotBuilt says that the tests of a room do not compile with all faults in them.
var errNotBuilt = errors.New("building the tests with the faults in them")

// together are faults that are built in side by side.
type together struct {
	dir    string
	faults []fault
}

// plantTogether builds all faults into the copy that are changes within a function, each
// behind a switch, and returns the others.
func plantTogether(dir string, todo []fault) (planted together, alone []fault) {
	planted.dir = dir
	byFile := map[string][]fault{}
	for _, f := range todo {
		byFile[f.file] = append(byFile[f.file], f)
	}
	for file, faults := range byFile {
		path := filepath.Join(dir, file)
		source, err := os.ReadFile(path)
		if err != nil {
			alone = append(alone, faults...) // and it says so there
			continue
		}
		text, inside, outside := switched(string(source), faults)
		if len(inside) > 0 && writeSwitched(path, text) != nil {
			inside, outside = nil, faults
		}
		planted.faults, alone = append(planted.faults, inside...), append(alone, outside...)
	}
	return planted, alone
}

// writeSwitched writes a file and, beside it, the switch of its package.
func writeSwitched(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	name := packageName(text)
	reads := fmt.Sprintf("package %s\n\nimport \"os\"\n\nvar %s = os.Getenv(%q)\n", name, switchName, switchVariable)
	return os.WriteFile(filepath.Join(filepath.Dir(path), "switched_fault.go"), []byte(reads), 0o644)
}

// try builds the tests of each room once, and runs them for each fault.
func (t together) try(ctx context.Context, survived *atomic.Int32) error {
	byRoom := map[string][]fault{}
	for _, f := range t.faults {
		byRoom[f.pkg] = append(byRoom[f.pkg], f)
	}
	for pkg, faults := range byRoom {
		binary, err := t.build(ctx, pkg, faults)
		if errors.Is(err, errNotBuilt) { // for one of them, which is found alone
			err = errors.Join(err, tryAlone(ctx, faults, survived))
		}
		if err != nil {
			return err
		}
		err = inParallel(faults, func(f fault) error {
			out, err := binary.run(ctx, f.test, f.name)
			verdict, caught := f.judge(out, err)
			f.tell(verdict, caught, survived)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tests are the built tests of a room.
type tests struct{ path, dir string }

// build builds a room's tests, and makes sure that they pass with no fault switched on.
func (t together) build(ctx context.Context, pkg string, faults []fault) (tests, error) {
	built := tests{filepath.Join(t.dir, strings.ReplaceAll(pkg, "/", "-")+".test"), filepath.Join(t.dir, pkg)}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-o", built.path, "./"+pkg)
	cmd.Dir = t.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return built, fmt.Errorf("%w: %s: %w\n%s", errNotBuilt, pkg, err, out)
	}
	var all []string
	for _, f := range faults {
		all = append(all, f.test)
	}
	slices.Sort(all)
	if out, err := built.run(ctx, strings.Join(slices.Compact(all), "|"), ""); err != nil {
		return built, fmt.Errorf("the tests of %s fail without a fault: %w\n%s", pkg, err, out)
	}
	return built, nil
}

func (t tests) run(ctx context.Context, test, fault string) (string, error) {
	cmd := exec.CommandContext(ctx, t.path, "-test.count=1", "-test.failfast", "-test.timeout=3m", "-test.run", test)
	cmd.Dir, cmd.Env = t.dir, append(os.Environ(), switchVariable+"="+fault)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
