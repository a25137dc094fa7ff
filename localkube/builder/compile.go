package builder

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// compile runs the go tool, and shows how far it is.
func compile(ctx context.Context, source string, b Binary, target string, out io.Writer) error {
	if err := checkGo(ctx, source); err != nil {
		return err
	}
	fmt.Fprintf(out, "building %s of Kubernetes %s from its Go modules: this takes minutes, once\n", b.program.Name, b.Version)
	shown := newProgress(out)
	defer shown.stop()
	shown.phase("fetching modules", 0)
	modules := "-modfile=" + b.program.modules(".mod")
	packages, err := runGo(ctx, source, func(string) { shown.count() }, "list", modules, "-deps", b.program.Package)
	if err != nil {
		return err
	}
	shown.phase("compiling", strings.Count(packages, "\n"))
	_, err = runGo(ctx, source, func(string) { shown.count() },
		"build", modules, "-v", "-trimpath", "-ldflags", ldflags(b.Version), "-o", target, b.program.Package)
	return err
}

// ldflags leave out symbols, and put in the version the API server answers with.
func ldflags(version string) string {
	parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
	set := func(name, value string) string { return "-X k8s.io/component-base/version." + name + "=" + value }
	return strings.Join([]string{
		"-s", "-w", set("gitVersion", version), set("gitMajor", parts[0]), set("gitMinor", parts[1]),
		set("gitTreeState", "clean"),
	}, " ")
}

// runGo answers what the tool wrote to standard output, and calls line for each line of standard error.
func runGo(ctx context.Context, dir string, line func(string), args ...string) (string, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGINT) }
	command.WaitDelay = 5 * time.Second
	var answer bytes.Buffer
	command.Stdout = &answer
	said, err := command.StderrPipe()
	if err != nil {
		return "", fmt.Errorf("listening to the go tool: %w", err)
	}
	if err := command.Start(); err != nil {
		return "", fmt.Errorf("starting the go tool: %w", err)
	}
	last := follow(said, line)
	err = command.Wait()
	if ctx.Err() != nil {
		return "", fmt.Errorf("building the components: %w; nothing half made is left, run it again", context.Cause(ctx))
	}
	if err != nil {
		return "", fmt.Errorf("running `go %s` in %q: %w\n%s", args[0], dir, err, strings.Join(last, "\n"))
	}
	return answer.String(), nil
}

// follow keeps the last lines, for an error to show.
func follow(said io.Reader, line func(string)) []string {
	var last []string
	for scan := bufio.NewScanner(said); scan.Scan(); {
		line(scan.Text())
		last = append(last, scan.Text())
		last = last[max(0, len(last)-15):]
	}
	return last
}
