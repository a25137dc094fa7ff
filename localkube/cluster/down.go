package cluster

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"
)

// grace is short: all they could save is removed the next moment. A real node takes its network away.
func grace(component string) time.Duration {
	if component == nodeComponent {
		return 20 * time.Second
	}
	return 2 * time.Second
}

// Down stops what up started and removes the state. Where there is nothing, it does nothing.
func Down(dir string, out io.Writer) error {
	began := time.Now()
	s, err := load(dir)
	if err != nil {
		return err
	}
	if s == nil {
		fmt.Fprintf(out, "nothing to stop: no cluster in %s\n", dir)
		return nil
	}
	release, err := lock(dir)
	if err != nil {
		return err
	}
	defer release()
	if err := s.stop(); err != nil {
		return err
	}
	if err := s.remove(); err != nil {
		return err
	}
	fmt.Fprintf(out, "down in %.1f s\n", time.Since(began).Seconds())
	return nil
}

// stop ends the components one after the other, the last started first: so none misses another and fills its log.
func (s *state) stop() error {
	var errs []error
	for _, c := range slices.Backward(s.components()) {
		if p, started := s.Processes[c.name]; started {
			errs = append(errs, p.Stop(grace(c.name)))
		}
	}
	if s.Real {
		errs = append(errs, s.eachCgroup(removeGroup))
	}
	return errors.Join(errs...)
}

// remove takes away what is ours, and the folder where nothing else is in it.
func (s *state) remove() error {
	for _, name := range belongings {
		if err := os.RemoveAll(s.path(name)); err != nil {
			return fmt.Errorf("removing the state: %w", err)
		}
	}
	err := os.Remove(s.dir)
	if err != nil && !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the state folder: %w", err)
	}
	return nil
}
