package gitsrc

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/patchwave/patchwave/gitsrc/gittest"
)

// propose opens a pull request with these files on top of a commit.
func (w *world) propose(from string, files map[string]string) string {
	w.t.Helper()
	head, err := w.repo.Propose(7, from, "propose", files)
	must(w.t, err)
	return head
}

const pull7 = "refs/pull/7/head"

func (w *world) proposal(head string) *Proposal {
	w.t.Helper()
	p, err := w.source.Propose(w.t.Context(), pull7, head)
	must(w.t, err)
	return p
}

// holds expects exactly these files of a proposal, written "name=content".
func (w *world) holds(p *Proposal, want ...string) {
	w.t.Helper()
	var got []string
	err := fs.WalkDir(p.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(p.Files, name)
		got = append(got, name+"="+string(content))
		return err
	})
	must(w.t, err)
	if !slices.Equal(got, want) {
		w.t.Errorf("the proposal holds %q, want %q", got, want)
	}
}

func TestProposalsAreMerged(t *testing.T) {
	base := map[string]string{"a.yaml": "a", "b/c.yaml": "c", "b/d.yaml": "d", "e.yaml": "e", "README.md": "no"}
	for name, test := range map[string]struct {
		theirs, ours map[string]string
		want         []string
		both         []string
	}{
		"only they change":        {theirs: map[string]string{"a.yaml": "A"}, want: []string{"a.yaml=A", "b/c.yaml=c", "b/d.yaml=d", "e.yaml=e"}},
		"each another file":       {map[string]string{"a.yaml": "A"}, map[string]string{"e.yaml": "E"}, []string{"a.yaml=A", "b/c.yaml=c", "b/d.yaml=d", "e.yaml=E"}, nil},
		"each in one folder":      {map[string]string{"b/c.yaml": "C"}, map[string]string{"b/d.yaml": "D"}, []string{"a.yaml=a", "b/c.yaml=C", "b/d.yaml=D", "e.yaml=e"}, nil},
		"both alike":              {map[string]string{"a.yaml": "A"}, map[string]string{"a.yaml": "A"}, []string{"a.yaml=A", "b/c.yaml=c", "b/d.yaml=d", "e.yaml=e"}, nil},
		"both differently":        {map[string]string{"b/c.yaml": "C"}, map[string]string{"b/c.yaml": "X"}, []string{"a.yaml=a", "b/c.yaml=C", "b/d.yaml=d", "e.yaml=e"}, []string{"b/c.yaml"}},
		"removed, and added":      {map[string]string{"a.yaml": "", "z.yaml": "z"}, map[string]string{"y.yaml": "y"}, []string{"b/c.yaml=c", "b/d.yaml=d", "e.yaml=e", "y.yaml=y", "z.yaml=z"}, nil},
		"moved":                   {map[string]string{"a.yaml": "", "b/a.yaml": "a"}, nil, []string{"b/a.yaml=a", "b/c.yaml=c", "b/d.yaml=d", "e.yaml=e"}, nil},
		"changed, removed by us":  {map[string]string{"a.yaml": "A"}, map[string]string{"a.yaml": ""}, []string{"a.yaml=A", "b/c.yaml=c", "b/d.yaml=d", "e.yaml=e"}, []string{"a.yaml"}},
		"nothing that is read":    {map[string]string{"README.md": "yes"}, nil, []string{"a.yaml=a", "b/c.yaml=c", "b/d.yaml=d", "e.yaml=e"}, nil},
		"a neighbour unread":      {map[string]string{"b/README.md": "yes"}, map[string]string{"b/d.yaml": "D"}, []string{"a.yaml=a", "b/c.yaml=c", "b/d.yaml=D", "e.yaml=e"}, nil},
		"a folder that was there": {map[string]string{"b/c.yaml": "", "b/d.yaml": ""}, nil, []string{"a.yaml=a", "e.yaml=e"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			parted := w.commit(base)
			head := w.propose(parted, test.theirs)
			tip := w.commit(test.ours)
			w.poll()
			p := w.proposal(head)
			w.holds(p, test.want...)
			if p.Contained != (name == "both alike") {
				t.Errorf("contained %t", p.Contained)
			}
			if p.Head != head || p.Base != tip || !slices.Equal(p.Both, test.both) {
				t.Errorf("head %s, base %s, changed by both %q", p.Head, p.Base, p.Both)
			}
		})
	}
}

// What takes the folder away is told as the branch would tell it.
func TestProposalsWithoutTheFolder(t *testing.T) {
	const gone, empty = `there is no "prod"`, "is empty"
	for name, test := range map[string]struct {
		path                 string
		parted, theirs, ours map[string]string
		want                 string
		files                []string
	}{
		"the folder goes":                  {path: "prod", theirs: map[string]string{"prod": ""}, want: gone},
		"its last file goes":               {path: "prod", theirs: map[string]string{"prod/a.yaml": "", "prod/b.yaml": ""}, want: gone},
		"one file goes":                    {path: "prod", theirs: map[string]string{"prod/a.yaml": ""}, files: []string{"b.yaml=b"}},
		"all plans go, and a README stays": {path: "prod", parted: map[string]string{"prod/README.md": "x"}, theirs: map[string]string{"prod/a.yaml": "", "prod/b.yaml": ""}},
		"the folder is moved":              {path: "prod", theirs: map[string]string{"prod": "", "live/a.yaml": "a", "live/b.yaml": "b"}, want: gone},
		"everything goes":                  {path: ".", theirs: map[string]string{"prod": "", "README.md": ""}, want: empty},
		"the branch adds to it":            {path: "prod", theirs: map[string]string{"prod": ""}, ours: map[string]string{"prod/c.yaml": "c"}, files: []string{"c.yaml=c"}},
		"the branch has lost it":           {path: "prod", theirs: map[string]string{"x": "x"}, ours: map[string]string{"prod": ""}, want: gone},
		"it comes back":                    {path: "prod", theirs: map[string]string{"prod/z.yaml": "z"}, ours: map[string]string{"prod": ""}, files: []string{"z.yaml=z"}},
		"the branch has just got it":       {path: "new", theirs: map[string]string{"x": "x"}, ours: map[string]string{"new/a.yaml": "a"}, files: []string{"a.yaml=a"}},
		"the branch has got it, unused":    {path: "new", theirs: map[string]string{"x": "x"}, ours: map[string]string{"new/README.md": "a"}},
		"neither has it":                   {path: "new", theirs: map[string]string{"x": "x"}, want: `there is no "new"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.options.Path = test.path
			w.restart()
			w.commit(map[string]string{"prod/a.yaml": "a", "prod/b.yaml": "b", "README.md": "x"})
			parted := w.commit(test.parted)
			head := w.propose(parted, test.theirs)
			w.commit(test.ours)
			w.poll()
			p := w.proposal(head)
			w.holds(p, test.files...)
			if got := fmt.Sprint(p.Absent); !strings.Contains(got, test.want) || (p.Absent == nil) != (test.want == "") {
				t.Errorf("absent is %v, want %q", p.Absent, test.want)
			}
		})
	}
}

// A branch that took main in since it parted is merged from there on.
func TestMergeBaseIsTheNewest(t *testing.T) {
	w := newWorld(t)
	parted := w.commit(map[string]string{"a.yaml": "1", "b.yaml": "1"})
	w.propose(parted, map[string]string{"c.yaml": "new"})
	w.commit(map[string]string{"a.yaml": "2"})
	w.git("checkout", "--quiet", "--detach", pull7)
	w.git("merge", "--quiet", "main")
	head := w.git("rev-parse", "HEAD")
	w.git("update-ref", pull7, head)
	w.git("symbolic-ref", "HEAD", "refs/heads/main")
	w.commit(map[string]string{"a.yaml": "3", "c.yaml": ""})
	w.poll()
	p := w.proposal(head)
	w.holds(p, "a.yaml=3", "b.yaml=1", "c.yaml=new")
	if p.Both != nil {
		t.Errorf("changed by both: %q", p.Both)
	}
}

func TestHistoriesThatShareNothing(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.git("checkout", "--quiet", "--orphan", "other")
	w.git("commit", "--quiet", "--allow-empty", "-m", "alone")
	head := w.git("rev-parse", "HEAD")
	w.git("update-ref", pull7, head)
	w.git("symbolic-ref", "HEAD", "refs/heads/main")
	w.poll()
	w.holds(w.proposal(head), "a.yaml=1")
}

func TestProposalsCostTheirNewObjects(t *testing.T) {
	w := newWorld(t)
	many := map[string]string{}
	for i := range 200 {
		many[fmt.Sprintf("%03d.yaml", i)] = strings.Repeat(fmt.Sprint(i), 500)
	}
	tip := w.commit(many)
	w.poll()
	head := w.propose(tip, map[string]string{"007.yaml": "changed"})
	w.door.since()
	w.proposal(head)
	if _, _, out := w.door.since(); out > 20_000 {
		t.Errorf("%d bytes came for one changed file", out)
	}
	w.proposal(head)
	if asked, _, _ := w.door.since(); len(asked) > 0 {
		t.Errorf("asked %q for what is here already", asked)
	}
}

func TestProposalsThatCannotBe(t *testing.T) {
	w := newWorld(t)
	fails := func(ref, head, want string) {
		t.Helper()
		if _, err := w.source.Propose(t.Context(), ref, head); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("proposing %s at %s: %v, want an error that says %q", head, ref, err, want)
		}
	}
	tip := w.commit(map[string]string{"a.yaml": "1"})
	fails(pull7, tip, "was not read over HTTP yet")
	w.poll()
	old := w.propose(tip, map[string]string{"a.yaml": "2"})
	w.propose(tip, map[string]string{"a.yaml": "3"})
	fails(pull7, "main", "it is no commit")
	fails("refs/pull/8/head", old, "pull/8/head")
	fails(pull7, strings.Repeat("1", 40), "stands at")
}

func TestQueuedHeads(t *testing.T) {
	w := newWorld(t)
	tip := w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	queue := func() []Queued {
		t.Helper()
		queued, err := w.source.Queue(t.Context())
		must(t, err)
		return queued
	}
	if got := queue(); got != nil {
		t.Errorf("queued %v, want nothing", got)
	}
	w.git("update-ref", "refs/heads/gh-readonly-queue/main/pr-7-abc", tip)
	w.git("update-ref", "refs/heads/gh-readonly-queue/other/pr-8-abc", tip)
	want := []Queued{{"refs/heads/gh-readonly-queue/main/pr-7-abc", tip}}
	if got := queue(); !slices.Equal(got, want) {
		t.Errorf("queued %v, want %v", got, want)
	}
	p, err := w.source.Propose(t.Context(), want[0].Ref, tip)
	must(t, err)
	w.holds(p, "a.yaml=1")
}

func TestWaysToMerge(t *testing.T) {
	for _, how := range []string{gittest.MergeCommit, gittest.Squash, gittest.Rebase} {
		w := newWorld(t)
		tip := w.commit(map[string]string{"a.yaml": "1"})
		head := w.propose(tip, map[string]string{"a.yaml": "2"})
		w.commit(map[string]string{"b.yaml": "1"})
		merged, err := w.repo.Merge(7, how)
		must(t, err)
		s := w.poll()
		w.shows(s, map[string]string{"a.yaml": "2", "b.yaml": "1"})
		if !w.proposal(head).Contained {
			t.Errorf("%s: the branch is said not to have what was merged", how)
		}
		if s.Commit != merged {
			t.Errorf("%s: main is %s, not %s", how, s.Commit, merged)
		}
	}
}
