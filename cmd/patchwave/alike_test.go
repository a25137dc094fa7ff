package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchwave/patchwave/gitsrc/gittest"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// repositoryOf commits entries, "path" to "mode content", by Git's own plumbing,
// and returns the repository and a work tree of it.
func repositoryOf(t *testing.T, entries map[string]string) (repository *gittest.Repository, workTree string) {
	t.Helper()
	repository, err := gittest.NewRepository(t.TempDir(), "acme/plans")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("commit refs/heads/main\ncommitter A <a@example.com> 1767225600 +0000\ndata 0\n")
	for path, entry := range entries {
		mode, content, _ := strings.Cut(entry, " ")
		var quoted strings.Builder
		for _, b := range []byte(path) {
			fmt.Fprintf(&quoted, `\%03o`, b)
		}
		if mode == "160000" {
			fmt.Fprintf(&script, "M %s %s \"%s\"\n", mode, content, quoted.String())
			continue
		}
		fmt.Fprintf(&script, "M %s inline \"%s\"\ndata %d\n%s\n", mode, quoted.String(), len(content), content)
	}
	workTree = filepath.Join(t.TempDir(), "checkout")
	if _, err := repository.GitWith(strings.NewReader(script.String()), "fast-import", "--quiet"); err != nil {
		t.Fatal(err)
	}
	if _, err := repository.Git("--work-tree="+t.TempDir(), "worktree", "add", "--quiet", "--force", workTree, "main"); err != nil {
		t.Fatal(err)
	}
	return repository, workTree
}

// followed reads a repository as run does.
func followed(t *testing.T, repository *gittest.Repository, path string) reconciler.Reading {
	t.Helper()
	source := spec.Source{Name: "games", URL: repository.Dir(), Branch: "main", Path: path, Namespaces: []string{"games"}}
	git, err := openSource(source, "")
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := git.Poll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return follower{source: source, git: git, log: slog.New(slog.DiscardHandler)}.reading(snapshot)
}

// told is what a reader of plans has to say, in one line each.
func told(plans []spec.Plan, problems []spec.Problem) []string {
	var lines []string
	for _, plan := range plans {
		lines = append(lines, plan.Position.String()+": "+plan.Key().String())
	}
	for _, problem := range problems {
		lines = append(lines, problem.Error())
	}
	slices.Sort(lines)
	return lines
}

// A folder on a disk and the same folder in Git hold the same plans, and the same
// is wrong with them.
func TestFolderAndRepositoryAreReadAlike(t *testing.T) {
	entries := map[string]string{"base/lobby.yaml": "100644 " + soundPlan, "README.md": "100644 hello"}
	for name, entry := range map[string]string{
		"LOBBY.YAML":          "100644 " + planNamed("upper", "v1"),
		"Mixed.Yml":           "100644 " + planNamed("mixed", "v1"),
		"run.yaml":            "100755 " + planNamed("executable", "v1"),
		"Broken.Yml":          "100644 nonsense: [",
		"shop.yaml":           "120000 ../base/lobby.yaml",
		"gone.yml":            "120000 ../base/none.yaml",
		"team":                "120000 ../base",
		"out":                 "120000 ../../elsewhere",
		"round":               "120000 round",
		"NOTES":               "120000 ../README.md",
		"caf\xe9.md":          "100644 no plan",
		"caf\xe9.yaml":        "100644 " + planNamed("latin", "v1"),
		"caf\xe9s/a.yml":      "100644 " + planNamed("latins", "v1"),
		"line\nbreak.yaml":    "100644 " + planNamed("break", "v1"),
		"folder.yaml/in.yaml": "100644 " + planNamed("inside", "v1"),
		".hidden/a.yaml":      "100644 nonsense: [",
		".hidden.yaml":        "120000 nowhere",
		"a.yaml":              "100644 " + planNamed("low", "v1"),
		"A.yaml":              "100644 " + planNamed("high", "v1"),
		"modules/lib":         "160000 0123456789abcdef0123456789abcdef01234567",
		"modules/a.yaml":      "100644 " + planNamed("beside", "v1"),
	} {
		entries["prod/"+name] = entry
	}
	repository, workTree := repositoryOf(t, entries)
	// As git submodule update leaves it.
	if err := os.WriteFile(filepath.Join(workTree, "prod/modules/lib/.git"), []byte("gitdir: elsewhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	reading := followed(t, repository, "prod")
	t.Chdir(workTree)
	plans, problems, err := load([]string{"prod"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range plans {
		plans[i].Position.File = "prod/" + plans[i].Position.File
	}
	if diff := cmp.Diff(told(plans, problems), told(reading.Plans, reading.Problems)); diff != "" {
		t.Errorf("what is read (-folder +repository):\n%s", diff)
	}
	if len(plans) != 7 || len(problems) != 10 {
		t.Errorf("%d plans and %d problems:\n%s", len(plans), len(problems), strings.Join(told(plans, problems), "\n"))
	}
}

// A link or a submodule in the place of what held a plan holds that plan.
func TestLinksDeleteNoPlan(t *testing.T) {
	for name, entries := range map[string]map[string]string{
		"a linked file":       {"prod/lobby.yaml": "120000 ../base/lobby.yaml"},
		"a linked folder":     {"prod/lobby": "120000 ../base"},
		"a submodule":         {"prod/lobby": "160000 0123456789abcdef0123456789abcdef01234567"},
		"a lost link":         {"prod/lobby": "120000 ../nowhere"},
		"a name in Latin 1":   {"prod/caf\xe9.yaml": "100644 " + lobbyPlan("v1")},
		"a name of two lines": {"prod/lob\nby.yaml": "100644 " + lobbyPlan("v1")},
	} {
		t.Run(name, func(t *testing.T) {
			entries["base/lobby.yaml"], entries["prod/other.yaml"] = "100644 "+lobbyPlan("v1"), "100644 "+planNamed("other", "v1")
			repository, _ := repositoryOf(t, entries)
			reading := followed(t, repository, "prod")
			plan := aPlan(t, lobbyPlan("v1"))
			record := reconciler.Record{Source: "games", Digest: plan.Digest(), Plan: plan}
			inForce := reconciler.InForce([]string{"games"}, []reconciler.Reading{reading}, []reconciler.Record{record})
			if len(inForce) != 2 || inForce[1].Key() != plan.Key() || inForce[1].Held == "" || inForce[1].Withdrawn || inForce[0].Held != "" {
				t.Errorf("in force are %+v", inForce)
			}
		})
	}
}

func aPlan(t *testing.T, text string) spec.Plan {
	t.Helper()
	plans, problems := spec.Load(tree{"a.yaml": text}.files())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return plans[0]
}
