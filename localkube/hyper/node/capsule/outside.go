package capsule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// Inside is the name of the first process within the namespaces.
const Inside = "localkube-capsule"

// NewCommand is the process outside: it makes the capsule, links it to the machine, and ends with it.
func NewCommand() *cobra.Command {
	var c Config
	return c.flags(&cobra.Command{
		Use:  "localkube-node",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(command.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return c.hold(ctx)
		},
	})
}

// hold keeps this thread: the capsule is killed when the thread that made it ends, however that comes.
func (c *Config) hold(ctx context.Context) error {
	runtime.LockOSThread()
	if err := makeCgroups(c.Cgroup); err != nil {
		return err
	}
	inside, ready, err := start()
	if err != nil {
		return err
	}
	if err := c.connect(inside.Process.Pid); err != nil {
		return errors.Join(err, end(inside))
	}
	if err := ready.Close(); err != nil {
		return errors.Join(fmt.Errorf("letting the capsule begin: %w", err), end(inside))
	}
	return c.until(ctx, inside)
}

// until waits for the end of the capsule, or brings it about.
func (c *Config) until(ctx context.Context, inside *exec.Cmd) error {
	var cause error
	ended := make(chan struct{})
	go func() { cause = inside.Wait(); close(ended) }()
	select {
	case <-ended:
		return errors.Join(c.disconnect(), fmt.Errorf("keeping the node: its first process has ended; see above, and its daemons' logs: %w", cause))
	case <-ctx.Done():
		err := inside.Process.Kill()
		<-ended
		return errors.Join(err, c.disconnect())
	}
}

// start makes the namespaces. The process in them waits until ready is closed.
func start() (inside *exec.Cmd, ready io.Closer, err error) {
	inside = exec.Command("/proc/self/exe", os.Args[1:]...)
	inside.Args[0] = Inside
	inside.Stdout, inside.Stderr = os.Stdout, os.Stderr
	inside.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	if ready, err = inside.StdinPipe(); err != nil {
		return nil, nil, fmt.Errorf("making a pipe into the capsule: %w", err)
	}
	if err := inside.Start(); err != nil {
		return nil, nil, fmt.Errorf("making namespaces for the node (this needs root, outside of an unprivileged container): %w", err)
	}
	return inside, ready, nil
}

func end(inside *exec.Cmd) error {
	err := inside.Process.Kill()
	_ = inside.Wait() // killed, as it says
	return err
}
