package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// HoldKubelet stops the real node's kubelet, or lets it run again, and waits for that. What it runs goes on running.
func HoldKubelet(ctx context.Context, dir string, hold bool, out io.Writer) error {
	s, err := loadReal(dir)
	if err != nil {
		return err
	}
	if err := s.markHeld(hold); err != nil {
		return fmt.Errorf("holding the kubelet: %w", err)
	}
	if err := s.awaitKubelet(ctx, !hold); err != nil {
		return err
	}
	fmt.Fprintln(out, map[bool]string{true: "the kubelet is stopped", false: "the kubelet runs"}[hold])
	return nil
}

// loadReal answers a cluster whose real node runs.
func loadReal(dir string) (*state, error) {
	s, err := load(dir)
	if err != nil {
		return nil, err
	}
	if s == nil || !s.Real {
		return nil, fmt.Errorf("finding a real node: none in %q; run `localkube up --kubelet --dir %s` first", dir, dir)
	}
	return s, s.nodeLives()
}

func (s *state) nodeLives() error {
	if s.Processes[nodeComponent].Alive() {
		return nil
	}
	return fmt.Errorf("finding the real node: it does not run; see %q, and run `localkube up --dir %s`", s.log(nodeComponent), s.dir)
}

// markHeld tells the node's keeper, who looks again and again.
func (s *state) markHeld(hold bool) error {
	mark := s.path("node", "held", "kubelet")
	if !hold {
		return ignoreMissing(os.Remove(mark))
	}
	if err := os.MkdirAll(filepath.Dir(mark), 0o700); err != nil {
		return err
	}
	return os.WriteFile(mark, nil, 0o600)
}

func (s *state) awaitKubelet(ctx context.Context, runs bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for ; s.listens(kubeletPort) != runs; time.Sleep(50 * time.Millisecond) {
		if ctx.Err() != nil {
			return fmt.Errorf("waiting for the kubelet: %w; see %q", context.Cause(ctx), s.log("kubelet"))
		}
		if err := s.nodeLives(); err != nil {
			return err
		}
	}
	return s.nodeLives()
}
