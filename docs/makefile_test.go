package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	target  = regexp.MustCompile(`(?m)^([a-z0-9/-]+):`)
	called  = regexp.MustCompile(`\bmake ([a-z0-9/-]+)`)
	command = regexp.MustCompile("(?m)`make [^`]*`|^    make .*$|^.*[:\\[,] *make .*$")
)

// What the pages and the workflows call is there.
func TestMakeTargets(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, match := range target.FindAllStringSubmatch(string(makefile), -1) {
		known[match[1]] = true
	}
	for _, pattern := range []string{"../*.md", "*.md", "../.github/workflows/*.yml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			for _, name := range makesOf(t, file) {
				if !known[name] {
					t.Errorf("%s calls make %s, which is no target", strings.TrimPrefix(file, "../"), name)
				}
			}
		}
	}
}

// makesOf are the targets that a file names in code.
func makesOf(t *testing.T, file string) (names []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range command.FindAllString(string(text), -1) {
		for _, match := range called.FindAllStringSubmatch(code, -1) {
			names = append(names, match[1])
		}
	}
	return names
}
