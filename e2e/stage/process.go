package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Process is a running patchwave.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error  // once it has ended
	Log   string // the file with what it prints
}

// Start runs patchwave with its shipped rights, looking for new commits every
// second, with further arguments. What it prints is added to one log file.
func (s *Stage) Start(further ...string) (*Process, error) {
	return s.StartWith(s.kubeconfig, "patchwave.log", further...)
}

// StartWith does the same with another kubeconfig and log file.
func (s *Stage) StartWith(kubeconfig, log string, further ...string) (*Process, error) {
	path := filepath.Join(s.Dir, log)
	printed, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening patchwave's log: %w", err)
	}
	defer printed.Close()
	cmd := exec.Command(s.Binary, append([]string{
		"run", "--kubeconfig", kubeconfig, "--name", s.Instance,
		"--url", s.PlansURL(), "--path", "plans", "--namespaces", s.Namespace, "--interval", "1s",
		"--github-url", s.GitHubURL(), "--github-token-file", filepath.Join(s.Dir, "token"),
		"--data", path + ".data",
	}, further...)...)
	cmd.Stdout, cmd.Stderr = printed, printed
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting patchwave: %w", err)
	}
	p := &Process{cmd: cmd, ended: make(chan struct{}), Log: path}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// Ended is closed when patchwave has ended, whoever ended it.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Kill ends patchwave at once, as a lost machine would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.ended
}

// Freeze stops patchwave where it stands, until it is thawed.
func (p *Process) Freeze() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Thaw lets it go on.
func (p *Process) Thaw() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// Lapse takes away the Lease of a process that was killed, as its end does in time.
func (s *Stage) Lapse(ctx context.Context) error {
	err := s.Kube.CoordinationV1().Leases(s.Namespace).Delete(ctx, "patchwave-"+s.Instance, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("taking away the Lease of a killed process: %w", err)
	}
	return nil
}

// Stop asks patchwave to end, and waits until it has.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping patchwave: %w", err)
	}
	select {
	case <-p.ended:
		return p.err
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("stopping patchwave: %w; see %s", ctx.Err(), p.Log)
	}
}
