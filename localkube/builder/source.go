package builder

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
)

// flags take part in the key: other flags make another binary.
const flags = "CGO_ENABLED=0 -trimpath -s -w"

var kubernetesLine = regexp.MustCompile(`(?m)^\s*k8s\.io/kubernetes (v\S+)`)

// findSource is the folder hyper beside this module's main: where this file was compiled, else near at hand.
func findSource() (string, error) {
	_, here, _, _ := runtime.Caller(0)
	for _, dir := range []string{filepath.Join(filepath.Dir(here), "..", "hyper"), "localkube/hyper", "hyper"} {
		if isFile(filepath.Join(dir, "go.mod")) {
			return filepath.Abs(dir)
		}
	}
	return "", fmt.Errorf("finding the source of the components: no folder localkube/hyper here; run in a checkout of patchwave")
}

func kubernetesVersion(source string, program Program) (string, error) {
	file := filepath.Join(source, program.modules(".mod"))
	mod, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the Kubernetes version: %w", err)
	}
	found := kubernetesLine.FindSubmatch(mod)
	if found == nil {
		return "", fmt.Errorf("reading the Kubernetes version: %q requires no k8s.io/kubernetes", file)
	}
	return string(found[1]), nil
}

// sourceKey changes with all that makes the binary, and with nothing else.
func sourceKey(source string, program Program) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, flags, runtime.GOOS, runtime.GOARCH)
	err := fs.WalkDir(os.DirFS(source), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !program.counts(path) {
			return err
		}
		content, err := os.ReadFile(filepath.Join(source, path))
		fmt.Fprintln(sum, path, len(content))
		sum.Write(content)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hashing the source of the components: %w", err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))[:12], nil
}
