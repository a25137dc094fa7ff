// Command faults plants known kinds of faults into a copy of the source, and looks
// whether the tests named for each catch it. A fault that no test catches, or that
// does not fit the source any more, fails the run.
//
// Most faults are changes within one function. All of these are built in at once, each
// behind a switch, so that a room is compiled and linked once and not once a fault. The
// others, in tables and constants, are planted one at a time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
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
	var todo []fault
	for _, f := range faults {
		if chosen.MatchString(f.name) {
			todo = append(todo, f)
		}
	}
	dir, err := copySource()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	together, alone := plantTogether(dir, todo)
	var survived atomic.Int32
	err = errors.Join(together.try(ctx, &survived), tryAlone(ctx, alone, &survived))
	if n := survived.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d faults were not caught", n))
	}
	return err
}

// copySource copies the module into a temporary folder.
func copySource() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "patchwave-faults-"); err != nil {
		return "", err
	}
	if err := os.CopyFS(dir, module{os.DirFS(".")}); err != nil {
		return "", errors.Join(fmt.Errorf("copying the source: %w", err), os.RemoveAll(dir))
	}
	return dir, nil
}

// inParallel does one thing with each item, as many at a time as there are processors.
func inParallel[T any](items []T, do func(T) error) error {
	todo := make(chan T, len(items))
	for _, item := range items {
		todo <- item
	}
	close(todo)
	var working sync.WaitGroup
	errs := make([]error, runtime.NumCPU())
	for i := range errs {
		working.Go(func() {
			for item := range todo {
				errs[i] = errors.Join(errs[i], do(item))
			}
		})
	}
	working.Wait()
	return errors.Join(errs...)
}
