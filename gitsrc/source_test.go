package gitsrc

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCloneThenFollow(t *testing.T) {
	w := newWorld(t)
	first := w.commit(map[string]string{"a.yaml": "1", "b/c.yml": "1", "README.md": "no"})
	s := w.poll()
	w.shows(s, map[string]string{"a.yaml": "1", "b/c.yml": "1"})
	if s.Revision() != "main@sha1:"+first || s.Subject != "change the plans" {
		t.Errorf("got revision %q, subject %q", s.Revision(), s.Subject)
	}
	if want := time.Date(2026, 1, 1, 0, 0, 1, 0, time.UTC); !s.Committed.Equal(want) {
		t.Errorf("committed %s, want %s", s.Committed, want)
	}

	w.commit(map[string]string{"a.yaml": "2", "b/c.yml": "", "d.yaml": "2"})
	next := w.poll()
	w.shows(next, map[string]string{"a.yaml": "2", "d.yaml": "2"})
	w.shows(s, map[string]string{"a.yaml": "1", "b/c.yml": "1"})
}

func TestPollOfNothingNewIsOneSmallRequest(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	w.refs(5000)
	w.door.since()
	w.pollSame()
	asked, in, out := w.door.since()
	if !slices.Equal(asked, []string{"POST git-upload-pack"}) || in > 120 || out > 120 {
		t.Errorf("asked %q with %d bytes up and %d down", asked, in, out)
	}
}

// refs makes as many branches.
func (w *world) refs(n int) {
	w.t.Helper()
	var lines strings.Builder
	at := w.git("rev-parse", "main")
	for i := range n {
		fmt.Fprintf(&lines, "create refs/heads/topic-%d %s\n", i, at)
	}
	_, err := w.repo.GitWith(strings.NewReader(lines.String()), "update-ref", "--stdin")
	must(w.t, err)
}

func TestWhatCameBefore(t *testing.T) {
	w := newWorld(t)
	var commits []string
	for i := range maxBefore + 3 {
		commits = append(commits, w.commit(map[string]string{"a.yaml": fmt.Sprint(i)}))
	}
	want := commits[2 : len(commits)-1]
	if got := w.poll().Before; !slices.Equal(got, want) {
		t.Errorf("before the tip came %q, wanted %q", got, want)
	}
}

func TestRevertAndForcePush(t *testing.T) {
	w := newWorld(t)
	first := w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	second := w.commit(map[string]string{"a.yaml": "2", "b.yaml": "2"})
	w.poll()

	_, err := w.repo.Revert(second)
	must(t, err)
	w.shows(w.poll(), map[string]string{"a.yaml": "1"})

	must(t, w.repo.ForcePush(first))
	if s := w.poll(); s.Commit != first {
		t.Errorf("after going back the commit is %s, want %s", s.Commit, first)
	}
	w.commit(map[string]string{"a.yaml": "other way"})
	w.shows(w.poll(), map[string]string{"a.yaml": "other way"})

	must(t, w.repo.ForcePush(second))
	w.restart()
	w.shows(w.poll(), map[string]string{"a.yaml": "2", "b.yaml": "2"})
}

func TestRestartNeedsNoFetch(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	w.restart()
	w.door.since()
	w.shows(w.poll(), map[string]string{"a.yaml": "1"})
	if asked, _, _ := w.door.since(); len(asked) != 1 {
		t.Errorf("asked %q, want one look", asked)
	}
}

func TestFetchBringsOnlyWhatIsNew(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{}
	for i := range 500 {
		files[fmt.Sprintf("%d/%d.yaml", i%7, i)] = fmt.Sprintf("plan %d %x", i, i*i*7919)
	}
	w.commit(files)
	w.poll()
	w.door.since()
	w.commit(map[string]string{"3/3.yaml": "changed"})
	w.poll()
	if asked, _, out := w.door.since(); out > 4000 {
		t.Errorf("asked %q and got %d bytes for one changed file", asked, out)
	}
}

func TestUnchangedFilesAreShared(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a/a.yaml": "1", "b/b.yaml": "1", "b/c.yaml": "1"})
	s := w.poll()
	w.commit(map[string]string{"b/c.yaml": "2"})
	next := w.poll()
	if s.root.subfolder("a") != next.root.subfolder("a") {
		t.Error("an unchanged folder was read again")
	}
	if s.root.subfolder("b").file("b.yaml") != next.root.subfolder("b").file("b.yaml") {
		t.Error("an unchanged file was read again")
	}
	if next.root.size != s.root.size {
		t.Errorf("size %+v, want %+v", next.root.size, s.root.size)
	}
}

func TestTenThousandFiles(t *testing.T) {
	w := newWorld(t)
	var script strings.Builder
	script.WriteString("commit refs/heads/main\ncommitter A <a@example.com> 1767225600 +0000\ndata 0\n")
	for i := range 10_000 {
		content := fmt.Sprintf("number: %d\n", i)
		fmt.Fprintf(&script, "M 100644 inline %d/%d.yaml\ndata %d\n%s\n", i%100, i, len(content), content)
	}
	_, err := w.repo.GitWith(strings.NewReader(script.String()), "fast-import", "--quiet")
	must(t, err)
	if got := files(t, w.poll()); len(got) != 10_000 || got["42/9942.yaml"] != "number: 9942\n" {
		t.Errorf("got %d files, and %q", len(got), got["42/9942.yaml"])
	}
	// The bounds are of one commit, and not of those that a proposal looks at.
	head := w.propose("main", map[string]string{"42/new.yaml": "added"})
	if content, err := fs.ReadFile(w.proposal(head).Files, "42/new.yaml"); err != nil || string(content) != "added" {
		t.Errorf("proposed is %q, %v", content, err)
	}
}

func TestLocalPath(t *testing.T) {
	for _, form := range []string{"%s", "file://%s"} {
		w := newWorld(t)
		w.options = Options{URL: fmt.Sprintf(form, w.repo.Dir()), Path: "prod"}
		w.restart()
		w.pollFails("is empty", "push a commit", "main")
		w.commit(map[string]string{"prod/a.yaml": "1", "test/a.yaml": "1"})
		w.shows(w.poll(), map[string]string{"a.yaml": "1"})
		w.pollSame()
		w.git("pack-refs", "--all")
		w.git("repack", "-adq")
		w.pollSame()
		w.commit(map[string]string{"prod/a.yaml": "2"})
		w.shows(w.poll(), map[string]string{"a.yaml": "2"})
		w.git("branch", "--move", "main", "trunk")
		w.pollFails("no branch", "main", "trunk")
	}
}

func TestLocalWorkTree(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	clone := filepath.Join(t.TempDir(), "clone")
	must(t, exec.Command("git", "clone", "--quiet", "--shared", w.repo.Dir(), clone).Run())
	w.options = Options{URL: clone}
	w.restart()
	w.shows(w.poll(), map[string]string{"a.yaml": "1"})
	w.options = Options{URL: t.TempDir()}
	w.restart()
	w.pollFails("opening folder", "name a bare one")
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		options Options
		say     string
	}{
		{Options{}, "no URL"},
		{Options{URL: "ssh://git@example.com/a/b"}, `"ssh" is not supported`},
		{Options{URL: "git@example.com:a/b.git"}, "SSH is not supported"},
		{Options{URL: "https://u:hunter2%zz@example.com/a"}, "cannot be parsed"},
		{Options{URL: "https://u:hunter2@example.com/a"}, "no folder"},
		{Options{URL: "https:///a", Dir: "x"}, "no host"},
		{Options{URL: "/a", Branch: "a..b"}, "no valid name"},
		{Options{URL: "/a", Path: "../b"}, "not inside the repository"},
	} {
		_, err := Open(c.options)
		if err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("opening %+v: %v, want %q", c.options, err, c.say)
		}
	}
}

func TestEmptyMissingAndDeleted(t *testing.T) {
	w := newWorld(t)
	w.pollFails("the repository is empty", `push a commit to branch "main"`)
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	w.git("branch", "--move", "main", "trunk")
	w.pollFails(`no branch "main"`, "trunk")
	w.git("branch", "--move", "trunk", "main")
	w.pollSame()
}

func TestFoldersOfPlans(t *testing.T) {
	w := newWorld(t)
	w.options.Path = "deep/prod/"
	w.restart()
	w.commit(map[string]string{"deep/prod/a.yaml": "1", "other/b.yaml": "1"})
	w.shows(w.poll(), map[string]string{"a.yaml": "1"})
	w.commit(map[string]string{"deep/prod": "", "deep/a.yaml": "1"})
	w.absent(w.poll(), `there is no "prod" in this commit: commit it, or change path`)
	w.commit(map[string]string{"deep/prod": "a file"})
	w.absent(w.poll(), `"prod" is a file in this commit`)
	w.commit(map[string]string{"deep/prod": ""})
	w.absent(w.poll(), `there is no "prod"`)
	w.commit(map[string]string{"deep/prod/README.md": "none yet"})
	s := w.poll()
	w.shows(s, map[string]string{})
	if s.Absent != nil {
		t.Errorf("the folder is said to be absent: %v", s.Absent)
	}
}

// absent expects a commit without a folder of plans.
func (w *world) absent(s *Snapshot, say string) {
	w.t.Helper()
	w.shows(s, map[string]string{})
	if s.Absent == nil || !strings.Contains(s.Absent.Error(), say) {
		w.t.Errorf("absent is %v, want %q", s.Absent, say)
	}
}

// A folder that never had plans is told from one whose plans were taken out.
func TestUnusedFolders(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"prod/a.yaml": "1", "docs/README.md": "x", "old/b/c.yaml": "1", ".github/ci.yaml": "1"})
	w.commit(map[string]string{"old/b/c.yaml": "", "old/README.md": "x"})
	for i := range 3 {
		w.commit(map[string]string{"docs/README.md": fmt.Sprint(i)})
	}
	w.commit(map[string]string{"new/README.md": "x"})
	for path, want := range map[string]bool{"prod": false, "docs": true, "old": false, "new": true, "none": true, ".": false} {
		w.options.Path, w.options.Dir = path, t.TempDir()
		w.restart()
		if s := w.poll(); s.Unused != want {
			t.Errorf("%s: unused %t", path, s.Unused)
		}
	}
	w.options.Path = "prod"
	w.restart()
	w.poll()
	w.commit(map[string]string{"prod/a.yaml": "", "prod/README.md": "x"})
	if w.poll().Unused {
		t.Error("a folder whose one file was taken out is said to be unused")
	}
	w.options.Wanted = func(path string) bool { return isYAML(path) && !strings.HasPrefix(path, ".") }
	w.options.Path = "."
	w.git("checkout", "--quiet", "--orphan", "other")
	w.git("rm", "-rq", "--force", "prod", "docs", "new", "old")
	w.git("commit", "--quiet", "--message", "alone")
	w.git("branch", "--force", "main", "other")
	w.git("symbolic-ref", "HEAD", "refs/heads/main")
	w.restart()
	if s := w.poll(); !s.Unused || s.Absent != nil {
		t.Errorf("with a workflow alone: unused %t, absent %v", s.Unused, s.Absent)
	}
}

// Where a shallow clone ends nobody knows what came before.
func TestUnusedInAShallowClone(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1", "README.md": "x"})
	w.commit(map[string]string{"a.yaml": ""})
	clone := filepath.Join(t.TempDir(), "clone")
	must(t, exec.Command("git", "clone", "--quiet", "--depth=1", "file://"+w.repo.Dir(), clone).Run())
	w.options = Options{URL: clone, Wanted: isYAML}
	w.restart()
	s := w.poll()
	if !s.Unused || len(s.Before) > 0 {
		t.Errorf("unused %t, before it came %q", s.Unused, s.Before)
	}
}

func TestEmptiedBranch(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	w.commit(map[string]string{"a.yaml": ""})
	w.absent(w.poll(), `folder "." is empty: an emptied branch takes no plan away`)
	w.commit(map[string]string{"b.yaml": "1"})
	w.shows(w.poll(), map[string]string{"b.yaml": "1"})
}

func TestOversizedFileConcernsItselfAlone(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1", "big.yaml": strings.Repeat("x", MaxFile+1), "fits.yaml": strings.Repeat("x", MaxFile)})
	s := w.poll()
	if content, err := readFile(s, "a.yaml"); err != nil || content != "1" {
		t.Errorf("the file beside it is %q, %v", content, err)
	}
	if content, err := readFile(s, "fits.yaml"); err != nil || len(content) != MaxFile {
		t.Errorf("the file at the limit has %d bytes, %v", len(content), err)
	}
	_, err := readFile(s, "big.yaml")
	if err == nil || !strings.Contains(err.Error(), "big.yaml: it has 1048577 bytes, and 1048576 are allowed") {
		t.Errorf("got error %v", err)
	}
}

func TestTooDeep(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{strings.Repeat("d/", MaxDepth-1) + "a.yaml": "1"})
	w.poll()
	w.commit(map[string]string{strings.Repeat("d/", MaxDepth) + "a.yaml": "1"})
	w.pollFails("deep", "narrow the source's path")
}

func TestConfiguredTokenFileIsMissing(t *testing.T) {
	w := newWorld(t)
	w.options.TokenFile = filepath.Join(t.TempDir(), "token")
	w.restart()
	w.pollFails("reading the token", "no such file")
	must(t, os.WriteFile(w.options.TokenFile, []byte("\n"), 0o600))
	w.pollFails("must hold one line")
}

func TestBoundsOfTheWhole(t *testing.T) {
	for _, c := range []struct {
		most size
		say  string
	}{
		{size{entries: maxEntries}, "files and folders"},
		{size{files: MaxFiles}, "20000 YAML files"},
		{size{bytes: MaxBytes}, "268435456 bytes"},
	} {
		r := &reader{}
		must(t, r.count(c.most))
		if err := r.count(size{entries: 1, files: 1, bytes: 1}); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("one above %+v: %v", c.most, err)
		}
	}
}
