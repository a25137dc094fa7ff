package gitsrc

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// write commits a tree by Git's own plumbing, in the place of the one before, so
// that it may hold what no work tree does. Each entry is "path" to "mode content".
func (w *world) write(entries map[string]string) string {
	w.t.Helper()
	var script strings.Builder
	script.WriteString("commit refs/heads/main\ncommitter A <a@example.com> 1767225600 +0000\ndata 0\n")
	if _, err := w.repo.Head(); err == nil {
		script.WriteString("from refs/heads/main^0\ndeleteall\n")
	}
	for path, entry := range entries {
		mode, content, _ := strings.Cut(entry, " ")
		if mode == "160000" {
			fmt.Fprintf(&script, "M %s %s %s\n", mode, content, quotedPath(path))
			continue
		}
		fmt.Fprintf(&script, "M %s inline %s\ndata %d\n%s\n", mode, quotedPath(path), len(content), content)
	}
	_, err := w.repo.GitWith(strings.NewReader(script.String()), "fast-import", "--quiet")
	must(w.t, err)
	return w.git("rev-parse", "main")
}

// quotedPath is a path as git fast-import takes it, whatever bytes it has.
func quotedPath(path string) string {
	quoted := `"`
	for _, b := range []byte(path) {
		quoted += fmt.Sprintf(`\%03o`, b)
	}
	return quoted + `"`
}

const aCommit = "0123456789abcdef0123456789abcdef01234567"

// listed are the names of a snapshot's root with what they are.
func listed(t *testing.T, s *Snapshot, folder string) map[string]fs.FileMode {
	t.Helper()
	entries, err := fs.ReadDir(s.Files(), folder)
	must(t, err)
	found := map[string]fs.FileMode{}
	for _, entry := range entries {
		found[entry.Name()] = entry.Type()
	}
	return found
}

func TestLinksAndSubmodulesAreShown(t *testing.T) {
	w := newWorld(t)
	w.write(map[string]string{
		"a.yaml": "100644 1", "link.yaml": "120000 a.yaml", "team": "120000 a", "module": "160000 " + aCommit, "run.yaml": "100755 2",
	})
	s := w.poll()
	got := listed(t, s, ".")
	if len(got) != 5 || got["link.yaml"] != fs.ModeSymlink || got["team"] != fs.ModeSymlink || got["module"] != fs.ModeDir || got["run.yaml"] != 0 {
		t.Errorf("got %v", got)
	}
	if inside := listed(t, s, "module"); len(inside) != 1 || inside[".git"] != 0 {
		t.Errorf("in the submodule is %v", inside)
	}
	if _, err := readFile(s, "link.yaml"); err == nil || !strings.Contains(err.Error(), "not followed") {
		t.Errorf("reading a link: %v", err)
	}
}

func TestWhatLinksLeadTo(t *testing.T) {
	w := newWorld(t)
	w.options.Path = "env/prod"
	w.restart()
	links := map[string]string{
		"file":       "a.yaml -> file",
		"no-plan":    "../../README.md -> file",
		"deep":       "../../base/eu/west -> folder",
		"here":       ". -> folder",
		"up":         ".. -> folder",
		"top":        "../.. -> folder",
		"above":      "../../.. -> nothing",
		"back-in":    "../../../plans/env/prod -> nothing",
		"absolute":   "/env/prod -> nothing",
		"dangling":   "../nowhere -> nothing",
		"into-file":  "a.yaml/b -> nothing",
		"slash":      "../../base/ -> folder",
		"slashes":    "..//..///base/./eu -> folder",
		"by-link":    "west -> folder",
		"west":       "../../base/eu/link -> folder",
		"through":    "west/.. -> folder",
		"round":      "round -> nothing",
		"ping":       "pong -> nothing",
		"pong":       "ping -> nothing",
		"module":     "../../lib -> nothing",
		"in-module":  "../../lib/a.yaml -> nothing",
		"long":       strings.Repeat("./", 3000) + "a.yaml -> nothing",
		"dots":       "..." + " -> nothing",
		"sub/nested": "../../../base -> folder",
		"sub/same":   "../a.yaml -> file",
	}
	for i := range maxHops + 5 {
		links[fmt.Sprintf("chain-%d", i)] = fmt.Sprintf("chain-%d -> %s", i+1, map[bool]string{true: "folder", false: "nothing"}[i >= 5])
	}
	links[fmt.Sprintf("chain-%d", maxHops+4)] = "../../base -> folder"
	entries := map[string]string{
		"env/prod/a.yaml": "100644 1", "README.md": "100644 hello", "base/eu/west/b.yaml": "100644 2",
		"base/eu/link": "120000 west", "lib": "160000 " + aCommit,
	}
	for name, row := range links {
		to, _, _ := strings.Cut(row, " -> ")
		entries["env/prod/"+name] = "120000 " + to
	}
	w.write(entries)
	s := w.poll()
	for name, row := range links {
		_, want, _ := strings.Cut(row, " -> ")
		got := "nothing"
		if info, err := fs.Stat(s.Files(), name); err == nil {
			got = map[bool]string{true: "folder", false: "file"}[info.IsDir()]
		}
		if got != want {
			t.Errorf("%.60s leads to a %s, want a %s", name, got, want)
		}
	}
}

// A link may stay the same while what it leads to becomes something else.
func TestLinksAreLookedAtAnew(t *testing.T) {
	w := newWorld(t)
	w.options.Path = "prod"
	w.restart()
	leads := func(s *Snapshot) string {
		t.Helper()
		if info, err := fs.Stat(s.Files(), "in/team"); err == nil {
			return info.Mode().Type().String()
		}
		return "nothing"
	}
	for _, step := range []struct{ other, want string }{
		{"100644 a file", "----------"}, {"120000 prod", "d---------"}, {"120000 nowhere", "nothing"}, {"100644 again", "----------"},
	} {
		w.write(map[string]string{"prod/in/team": "120000 ../../other", "prod/in/a.yaml": "100644 1", "other": step.other})
		if got := leads(w.poll()); got != step.want {
			t.Errorf("after %q it leads to %s, want %s", step.other, got, step.want)
		}
	}
}

func TestLinksTakeNoEndlessTime(t *testing.T) {
	r := &reader{looked: maxLooked + 1}
	w := &way{reader: r, left: []string{"a"}, at: make([]plumbing.Hash, 1)}
	if leads, err := w.walk(); err != nil || leads != fs.ModeIrregular {
		t.Errorf("past the bound: %v, %v", leads, err)
	}
}

func TestProposedLinksAreShown(t *testing.T) {
	w := newWorld(t)
	w.write(map[string]string{"a.yaml": "100644 1", "b.yaml": "100644 1", "team/c.yaml": "100644 1"})
	tip := w.git("rev-parse", "main")
	head := w.write(map[string]string{"a.yaml": "120000 b.yaml", "b.yaml": "100644 1", "team": "160000 " + aCommit})
	w.git("update-ref", pull7, head)
	w.git("update-ref", "refs/heads/main", tip)
	w.poll()
	p := w.proposal(head)
	entries, err := fs.ReadDir(p.Files, ".")
	must(t, err)
	var kinds []string
	for _, entry := range entries {
		kinds = append(kinds, entry.Name()+" "+entry.Type().String())
	}
	if want := []string{"a.yaml L---------", "b.yaml ----------", "team d---------"}; !slices.Equal(kinds, want) {
		t.Errorf("the proposal holds %q, want %q", kinds, want)
	}
	if _, err := fs.Stat(p.Files, "team/.git"); err != nil {
		t.Errorf("the submodule in it: %v", err)
	}
}

// Names are any bytes but those that no Git program writes.
func TestNamesOfAllKinds(t *testing.T) {
	w := newWorld(t)
	odd := []string{"caf\xe9.yaml", "line\nbreak.yaml", "-.yaml", `back\slash.yaml`, "\xff\xfe/a.yaml", "tab\t/a.yaml", strings.Repeat("n", 3000) + ".yaml", "A.YAML", "a.yaml", "a.yaml.yaml/x.yaml"}
	entries := map[string]string{"caf\xe9.md": "100644 no"}
	for _, name := range odd {
		entries[name] = "100644 " + name
	}
	w.write(entries)
	s := w.poll()
	for _, name := range []string{"a.yaml", "line\nbreak.yaml", "-.yaml", `back\slash.yaml`, "tab\t/a.yaml", strings.Repeat("n", 3000) + ".yaml", "a.yaml.yaml/x.yaml"} {
		if content, err := readFile(s, name); err != nil || content != name {
			t.Errorf("%.40q holds %.40q, %v", name, content, err)
		}
	}
	got := listed(t, s, ".")
	for _, name := range []string{"caf\xe9.yaml", "\xff\xfe"} {
		if _, there := got[name]; !there {
			t.Errorf("%q is not listed", name)
		}
	}
	if _, there := got["caf\xe9.md"]; there || len(got) != len(odd)-1 { // A.YAML is not wanted here
		t.Errorf("listed are %q", got)
	}
}

func TestNamesThatLeadElsewhere(t *testing.T) {
	for _, name := range []string{".", "..", "a/b.yaml"} {
		w := newWorld(t)
		first := w.commit(map[string]string{"sub/a.yaml": "1"})
		w.poll()
		tree := w.git("rev-parse", first+":sub")
		raw, err := w.repo.GitWith(strings.NewReader("40000 "+name+"\x00"+unhex(t, tree)), "hash-object", "-t", "tree", "-w", "--literally", "--stdin")
		must(t, err)
		commit := w.git("commit-tree", raw, "-p", first, "-m", "odd")
		w.git("update-ref", "refs/heads/main", commit)
		w.pollFails("no Git program writes that")
	}
}

func unhex(t *testing.T, hash string) string {
	t.Helper()
	var raw []byte
	_, err := fmt.Sscanf(hash, "%x", &raw)
	must(t, err)
	return string(raw)
}

func TestFolderOfPlansThatIsNone(t *testing.T) {
	for entry, say := range map[string]string{
		"120000 base": `"prod" is a symbolic link, which is not followed,`, "160000 " + aCommit: `"prod" is a submodule`, "100644 text": `"prod" is a file`,
	} {
		w := newWorld(t)
		w.options.Path = "prod"
		w.restart()
		w.write(map[string]string{"prod": entry, "base/a.yaml": "100644 1"})
		w.absent(w.poll(), say)
	}
}
