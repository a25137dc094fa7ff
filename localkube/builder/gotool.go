package builder

import (
	"context"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

var goLine = regexp.MustCompile(`(?m)^go (\S+)$`)

// checkGo looks for a go tool that is new enough, before the build fails with something less clear. A go tool since
// 1.21 fetches the toolchain it needs by itself, unless told not to.
func checkGo(ctx context.Context, source string) error {
	mod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return fmt.Errorf("reading which Go is needed: %w", err)
	}
	found := goLine.FindSubmatch(mod)
	if found == nil {
		return fmt.Errorf("reading which Go is needed: %q has no go line", filepath.Join(source, "go.mod"))
	}
	need := string(found[1])
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("finding the go tool: none on the PATH; install Go %s:\n  %s", need, installLine(need))
	}
	have, err := runGo(ctx, source, func(string) {}, "env", "GOVERSION")
	if err != nil || version.Compare(strings.TrimSpace(have), "go"+need) < 0 {
		return fmt.Errorf("checking the go tool: it is %q, needed is %s or newer; install it:\n  %s",
			goVersionAnywhere(ctx), need, installLine(need))
	}
	return nil
}

// goVersionAnywhere asks outside of any module, where no go line can be in the way.
func goVersionAnywhere(ctx context.Context) string {
	have, _ := runGo(ctx, os.TempDir(), func(string) {}, "env", "GOVERSION")
	return strings.TrimSpace(have)
}

func installLine(need string) string {
	return fmt.Sprintf("curl -fsSL https://go.dev/dl/go%s.%s-%s.tar.gz | sudo tar -C /usr/local -xz; export PATH=/usr/local/go/bin:$PATH",
		need, runtime.GOOS, runtime.GOARCH)
}
