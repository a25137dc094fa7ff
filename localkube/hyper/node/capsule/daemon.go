package capsule

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// daemon is one program of the node.
type daemon struct {
	name    string
	program string // on the PATH; this one where empty
	args    []string
	socket  string

	pid     int // 0 while it does not run
	began   time.Time
	crashes int // one soon after the other
}

// start runs it with its own log and temporary files within the capsule, and does not wait for its end: the keeper
// hears of every end.
func (d *daemon) start(log string) error {
	program, err := d.find()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log of %q: %w", d.name, err)
	}
	defer out.Close()
	process, err := os.StartProcess(program, append([]string{d.name}, d.args...), &os.ProcAttr{
		Env: append(os.Environ(), "TMPDIR=/run"), Files: []*os.File{nil, out, out},
	})
	if err != nil {
		return fmt.Errorf("starting %q: %w", d.name, err)
	}
	d.pid, d.began = process.Pid, time.Now()
	return process.Release()
}

func (d *daemon) find() (string, error) {
	if d.program == "" {
		return "/proc/self/exe", nil
	}
	return exec.LookPath(d.program)
}

// serves tells whether others can use it.
func (d *daemon) serves() bool {
	if d.socket == "" {
		return true
	}
	connection, err := net.Dial("unix", d.socket)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

// ended notes an end, and complains where it is the third soon after a start.
func (d *daemon) ended(status syscall.WaitStatus) error {
	d.pid = 0
	if time.Since(d.began) > 10*time.Second {
		d.crashes = 0
	}
	if d.crashes++; d.crashes >= 3 {
		return fmt.Errorf("%s ends again and again, the last time with code %d, signal %d; see its log",
			d.name, status.ExitStatus(), int(status.Signal()))
	}
	return nil
}

// stop asks it to end, where it runs.
func (d *daemon) stop() error {
	if d.pid == 0 {
		return nil
	}
	if err := syscall.Kill(d.pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stopping %q: %w", d.name, err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
