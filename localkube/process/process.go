// Package process starts daemons that outlive their starter, and stops those it started, never a stranger.
package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Process is one daemon: enough to find it again, and to see that a reused pid is not it.
type Process struct {
	Name  string `json:"name"`
	PID   int    `json:"pid"`
	Birth string `json:"birth"` // what birth said of the pid right after the start
	Log   string `json:"log"`
}

// Start runs the program under the name given, in a session of its own, with all it says appended to the log. The
// name becomes argv[0].
func Start(name, program string, args []string, log string) (Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return Process{}, fmt.Errorf("opening the log of %q: %w", name, err)
	}
	defer out.Close()
	command := &exec.Cmd{
		Path: program, Args: append([]string{name}, args...), Stdout: out, Stderr: out,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := command.Start(); err != nil {
		return Process{}, fmt.Errorf("starting %q from %q: %w", name, program, err)
	}
	born, _ := birth(command.Process.Pid)
	go func() { _ = command.Wait() }() // or a daemon that dies while we live would stay a zombie
	return Process{Name: name, PID: command.Process.Pid, Birth: born, Log: log}, nil
}

// Alive tells whether this very process still runs.
func (p Process) Alive() bool {
	born, alive := birth(p.PID)
	return alive && p.Birth != "" && born == p.Birth
}

// Stop ends the process: politely, and after the grace by force. One that is gone is no error.
func (p Process) Stop(grace time.Duration) error {
	for _, step := range []struct {
		signal os.Signal
		wait   time.Duration
	}{{syscall.SIGTERM, grace}, {syscall.SIGKILL, 5 * time.Second}} {
		if err := p.signal(step.signal); err != nil {
			return err
		}
		if p.gone(step.wait) {
			return nil
		}
	}
	return fmt.Errorf("stopping %q: pid %d does not end; see %q", p.Name, p.PID, p.Log)
}

// signal takes hold of the pid before it looks whose it is, so that the pid cannot change hands in between.
func (p Process) signal(signal os.Signal) error {
	handle, err := os.FindProcess(p.PID)
	if err != nil || !p.Alive() {
		return nil
	}
	defer func() { _ = handle.Release() }()
	if err := handle.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signalling %q (pid %d): %w", p.Name, p.PID, err)
	}
	return nil
}

func (p Process) gone(within time.Duration) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if !p.Alive() {
			return true
		}
	}
	return !p.Alive()
}
