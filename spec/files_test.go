package spec

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestPlanFile(t *testing.T) {
	for name, want := range map[string]bool{
		"a.yaml": true, "a.yml": true, "A.YAML": true, "a.Yml": true, "a.b.yaml": true, "caf\xe9.YML": true,
		"": false, "a": false, "yaml": false, "a.yaml.bak": false, "a.yaml~": false, "a.yamll": false, "a.json": false,
		"a/b.yaml": true, ".a/b.yaml": false, "a/.b/c.yaml": false, ".github/workflows/ci.yaml": false,
		".yaml": false, ".a.yaml": false, "a.yaml ": false,
	} {
		if got := PlanFile(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

func link(to string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink}
}

func plainFile(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// Where plans may lie that are not read, that is told of, in words that say what
// to do; and nothing else is.
func TestPlansThatMayBeMissed(t *testing.T) {
	const (
		asFile   = ":1:1: the file cannot be read: "
		asFolder = ":1:1: the folder cannot be read: "
	)
	for _, row := range []struct {
		name string
		file *fstest.MapFile
		want string
	}{
		{"x.yaml", link("a.yaml"), "x.yaml" + asFile + "it is a symbolic link, and links are not followed; put the file itself in its place"},
		{"x.Yml", link("nowhere"), "x.Yml" + asFile + errLink.Error()},
		{"x.yaml", link("b"), "x.yaml" + asFile + errLink.Error()},
		{"team", link("b"), "team" + asFolder + "it is a symbolic link, and links are not followed; put the folder itself in its place, or make it a source of its own"},
		{"b/team", link("."), "b/team" + asFolder + errFolderLink.Error()},
		{"team", link("../b"), "team" + asFile + "it is a symbolic link to what is not there, or is outside of the repository; remove it, or put in its place what it stands for"},
		{"team", link("/etc"), "team" + asFile + errLostLink.Error()},
		{"README", link("b/README.md"), ""},
		{"README.md", link("a.yaml"), ""},
		{".team", link("b"), ""},
		{".x.yaml", link("a.yaml"), ""},
		{"team/.git", plainFile("gitdir: x"), "team" + asFolder + "it is a Git repository of its own, as a submodule is; make that a source of its own, or put its files in its place"},
		{"team/.git/HEAD", plainFile("ref: x"), "team" + asFolder + errRepository.Error()},
		{"team/.gitignore", plainFile("x"), ""},
		{".git/HEAD", plainFile("ref: x"), ""},
		{".team/.git", plainFile("gitdir: x"), ""},
		{"pipe.yaml", &fstest.MapFile{Mode: fs.ModeNamedPipe}, "pipe.yaml" + asFile + "it is not a regular file"},
		{"pipe", &fstest.MapFile{Mode: fs.ModeNamedPipe}, ""},
		{"x\n.yaml", plainFile("x"), `x\n.yaml` + asFile + "its name holds a line break or another control character; rename it"},
		{"x\x1b[2J.yml", plainFile("x"), `x\x1b[2J.yml` + asFile + errControl.Error()},
		{"x\n.md", plainFile("x"), ""},
		{"x\n/a.md", plainFile("x"), `x\n` + asFolder + errControl.Error()},
		{"caf\xe9.yaml", plainFile("x"), `caf\xe9.yaml` + asFile + "its name is not UTF-8; rename it"},
		{"caf\xe9.md", plainFile("x"), ""},
		{"café.yaml", plainFile(""), "café.yaml" + asFile + errEmpty.Error()},
		{"a\u202eb.yaml", plainFile(""), `a\u202eb.yaml` + asFile + errEmpty.Error()},
		{"x.yaml/y.md", plainFile("x"), ""},
		{"x.yaml/y.yaml", plainFile(""), "x.yaml/y.yaml" + asFile + errEmpty.Error()},
	} {
		plans, problems := Load(fstest.MapFS{row.name: row.file, "a.yaml": plainFile(named("a")), "b/README.md": plainFile("x")})
		if diff := cmp.Diff(row.want, written(problems)); diff != "" || len(plans) != 1 {
			t.Errorf("%q: %d plans, problems (-want +got):\n%s", row.name, len(plans), diff)
		}
		for _, problem := range problems {
			if problem.Plan != (Key{}) {
				t.Errorf("%q: it is said to concern %s alone", row.name, problem.Plan)
			}
		}
	}
}

// sealed refuses to list one folder.
type sealed struct{ fs.FS }

func (s sealed) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "team" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return fs.ReadDir(s.FS, name)
}

func TestFolderThatCannotBeListed(t *testing.T) {
	_, problems := Load(sealed{fstest.MapFS{"team/a.yaml": plainFile(named("a"))}})
	if want := "team:1:1: the folder cannot be read: open team: permission denied"; written(problems) != want {
		t.Errorf("got %q", written(problems))
	}
}

// Names that differ in the case of letters alone are two files.
func TestNamesInBothCases(t *testing.T) {
	plans, problems := Load(fstest.MapFS{"a.yaml": plainFile(named("a")), "A.YAML": plainFile(named("b"))})
	if len(plans) != 2 || len(problems) != 0 {
		t.Errorf("%d plans, %s", len(plans), written(problems))
	}
	_, problems = Load(fstest.MapFS{"a.yaml": plainFile(named("a")), "a.YAML": plainFile(named("a"))})
	if len(problems) != 2 || !strings.Contains(written(problems), "plan games/a is also at") {
		t.Errorf("of one plan twice: %s", written(problems))
	}
}
