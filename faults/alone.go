package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
)

// tryAlone plants one fault after the other, a copy of the source for each processor.
func tryAlone(ctx context.Context, todo []fault, survived *atomic.Int32) error {
	if len(todo) == 0 {
		return nil
	}
	share := (len(todo) + runtime.NumCPU() - 1) / runtime.NumCPU()
	return inParallel(slices.Collect(slices.Chunk(todo, share)), func(faults []fault) error {
		dir, err := copySource()
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		for _, f := range faults {
			verdict, caught := f.plantAlone(ctx, dir)
			f.tell(verdict, caught, survived)
		}
		return nil
	})
}

// plantAlone tries one fault and takes it back.
func (f fault) plantAlone(ctx context.Context, dir string) (verdict string, caught bool) {
	path := filepath.Join(dir, f.file)
	sound, err := os.ReadFile(path)
	if err != nil {
		return err.Error(), false
	}
	faulty, err := f.change(string(sound))
	if err != nil {
		return err.Error(), false
	}
	defer os.WriteFile(path, sound, 0o644) //nolint:errcheck // the next fault would not fit
	if err := os.WriteFile(path, []byte(faulty), 0o644); err != nil {
		return err.Error(), false
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-vet=off", "-failfast", "-timeout=3m", "-run", f.test, "./"+f.pkg)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return f.judge(string(out), err)
}
