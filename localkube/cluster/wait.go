package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/patchwave/patchwave/localkube/process"
)

// patience is long: two cores may be busy with something else.
const patience = 3 * time.Minute

// waiter starts components and waits for what they do, as long as all of them live.
type waiter struct {
	state   *state
	out     io.Writer
	already bool // the component just asked for was running
}

// run starts the component where it does not run, and remembers it at once, so that down finds it in any case.
func (w *waiter) run(c component) error {
	if w.already = w.state.Processes[c.name].Alive(); w.already {
		return nil
	}
	p, err := process.Start(c.name, w.state.programs[c.program.Name], c.args(w.state), w.state.log(c.name))
	if err != nil {
		return err
	}
	w.state.Processes[c.name] = p
	return w.state.save()
}

// until asks again and again, and says what came of it.
func (w *waiter) until(ctx context.Context, what string, done func() bool) error {
	began := time.Now()
	for !done() {
		if err := w.state.failed(); err != nil {
			return err
		}
		if time.Since(began) > patience {
			return fmt.Errorf("waiting for %s: not there after %s\n%s", what, patience, w.state.tails())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := w.state.failed(); err != nil {
		return err
	}
	w.say(what, time.Since(began))
	return nil
}

func (w *waiter) say(what string, took time.Duration) {
	said := fmt.Sprintf("ready after %.1f s", took.Seconds())
	if _, isProcess := w.state.Processes[what]; isProcess && w.already {
		said = "already running"
	}
	fmt.Fprintf(w.out, "  %-25s %s\n", what, said)
}

// failed names a component that has died.
func (s *state) failed() error {
	for _, c := range s.components() {
		if p, started := s.Processes[c.name]; started && !p.Alive() {
			return fmt.Errorf("component %q has ended; its log %q says:\n%s", c.name, p.Log, tail(p.Log, 15))
		}
	}
	return nil
}

func (s *state) log(component string) string { return s.path("logs", component+".log") }

// tails shows all logs' ends, where nobody died and still nothing moves.
func (s *state) tails() string {
	var text strings.Builder
	for _, c := range s.components() {
		if p, started := s.Processes[c.name]; started {
			fmt.Fprintf(&text, "%s:\n%s\n", p.Log, tail(p.Log, 5))
		}
	}
	if s.Real {
		for _, daemon := range []string{"containerd", "kubelet", "kube-proxy"} {
			fmt.Fprintf(&text, "%s:\n%s\n", s.log(daemon), tail(s.log(daemon), 5))
		}
	}
	return text.String()
}

func tail(path string, lines int) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return "  " + strings.Join(all[max(0, len(all)-lines):], "\n  ")
}
