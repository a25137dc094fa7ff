package docs

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/patchwave/patchwave/"

// room is a row of the table in architecture.md.
type room struct{ ours, others []string }

var quoted = regexp.MustCompile("`([^`]+)`")

// rooms reads the table.
func rooms(t *testing.T) map[string]room {
	t.Helper()
	text, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]room{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		found[strings.Trim(cells[1], " `")] = room{names(cells[3]), names(cells[4])}
	}
	return found
}

func names(cell string) []string {
	var all []string
	for _, match := range quoted.FindAllStringSubmatch(cell, -1) {
		all = append(all, match[1])
	}
	return all
}

// allows tells whether a room may import a package; the standard library is free.
func (r room) allows(pkg string) bool {
	if ours, ok := strings.CutPrefix(pkg, module); ok {
		return slices.Contains(r.ours, ours)
	}
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".") || slices.ContainsFunc(r.others, func(other string) bool {
		return pkg == other || strings.HasPrefix(pkg, other+"/")
	})
}

func TestImports(t *testing.T) {
	table := rooms(t)
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("listing the packages: %v", err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		name := strings.TrimPrefix(words[0], module)
		row, known := table[name]
		if len(words) == 1 && !known {
			continue // tests alone
		}
		seen[name] = true
		if !known {
			t.Errorf("package %s stands in no row of docs/architecture.md", name)
		}
		for _, pkg := range words[1:] {
			if !row.allows(pkg) {
				t.Errorf("%s imports %s, which docs/architecture.md does not allow", name, pkg)
			}
		}
	}
	for name := range table {
		if !seen[name] {
			t.Errorf("docs/architecture.md has a row for %s, which is no package", name)
		}
	}
}

func TestAllows(t *testing.T) {
	r := room{ours: []string{"spec"}, others: []string{"k8s.io"}}
	for pkg, want := range map[string]bool{
		"fmt": true, "net/http": true, "k8s.io/api/core/v1": true, module + "spec": true,
		module + "cluster": false, "github.com/spf13/cobra": false, "k8s.iox/api": false,
	} {
		if r.allows(pkg) != want {
			t.Errorf("importing %s allowed: %t, want %t", pkg, !want, want)
		}
	}
}
