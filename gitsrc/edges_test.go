package gitsrc

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// raw writes an object of any content, and returns its id.
func (w *world) raw(kind, content string) string {
	w.t.Helper()
	id, err := w.repo.GitWith(strings.NewReader(content), "hash-object", "-t", kind, "-w", "--literally", "--stdin")
	must(w.t, err)
	return id
}

// script runs commands of git fast-import.
func (w *world) script(commands string) {
	w.t.Helper()
	_, err := w.repo.GitWith(strings.NewReader(commands), "fast-import", "--quiet", "--force")
	must(w.t, err)
}

// Clocks of committers go wrong: a commit may be younger than what follows it.
func TestMergeBaseWithWrongClocks(t *testing.T) {
	w := newWorld(t)
	commit := func(ref, mark, from string, at int, change string) string {
		return fmt.Sprintf("commit %s\nmark :%s\ncommitter A <a@example.com> %d +0000\ndata 0\n%s%s\n", ref, mark, at, from, change)
	}
	w.script(commit("refs/heads/main", "1", "", 80, "M 100644 inline z.yaml\ndata 1\nz\n") +
		commit("refs/heads/main", "2", "from :1\n", 90, "M 100644 inline a.yaml\ndata 1\na\n") +
		commit(pull7, "3", "from :2\n", 100, "D a.yaml\n") +
		commit("refs/heads/main", "4", "from :2\n", 10, "M 100644 inline b.yaml\ndata 1\nb\n"))
	w.poll()
	w.holds(w.proposal(w.git("rev-parse", pull7)), "b.yaml=b", "z.yaml=z")
}

func TestFileAgainstFolder(t *testing.T) {
	w := newWorld(t)
	parted := w.commit(map[string]string{"x.yaml": "1", "a.yaml": "1"})
	head := w.propose(parted, map[string]string{"x.yaml": "2"})
	w.commit(map[string]string{"x.yaml": ""})
	w.commit(map[string]string{"x.yaml/in.yaml": "1"})
	w.poll()
	p := w.proposal(head)
	w.holds(p, "a.yaml=1", "x.yaml=2")
	if !slices.Equal(p.Both, []string{"x.yaml"}) {
		t.Errorf("changed by both: %q", p.Both)
	}
}

func TestLongQueue(t *testing.T) {
	w := newWorld(t)
	tip := w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	var refs strings.Builder
	for i := range maxQueued + 20 {
		fmt.Fprintf(&refs, "create refs/heads/gh-readonly-queue/main/pr-%d %s\n", i, tip)
	}
	_, err := w.repo.GitWith(strings.NewReader(refs.String()), "update-ref", "--stdin")
	must(t, err)
	if queued, err := w.source.Queue(t.Context()); err != nil || len(queued) != maxQueued {
		t.Errorf("%d are queued, %v", len(queued), err)
	}
}

// A disk that rots may hand out another object under an id.
func TestAnotherContentUnderAnID(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1", "b.yaml": "2"})
	w.options = Options{URL: w.repo.Dir()}
	file := func(name string) string {
		id := w.git("rev-parse", "main:"+name)
		return filepath.Join(w.repo.Dir(), "objects", id[:2], id[2:])
	}
	other, err := os.ReadFile(file("b.yaml"))
	must(t, err)
	must(t, os.Chmod(file("a.yaml"), 0o600))
	must(t, os.WriteFile(file("a.yaml"), other, 0o600))
	w.restart()
	w.pollFails("damaged")
}

// Between the look and the fetch a replica that lags may answer.
func TestLaggingReplica(t *testing.T) {
	w := newWorld(t)
	old := w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	w.commit(map[string]string{"a.yaml": "2"})
	w.door.instead(func(rw http.ResponseWriter, request *http.Request) {
		if request.Method == http.MethodGet {
			must(t, w.repo.ForcePush(old))
		}
		w.door.next.ServeHTTP(rw, request)
	})
	w.pollSame()
}

// An answer that is odd once teaches nothing for good.
func TestOddAnswers(t *testing.T) {
	for name, odd := range map[string]http.HandlerFunc{
		"500":             func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) },
		"400":             func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadRequest) },
		"302 to nowhere":  func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusFound) },
		"a page of a 200": func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("0000 is no list of refs")) },
	} {
		w := newWorld(t)
		w.commit(map[string]string{"a.yaml": "1"})
		w.door.instead(func(rw http.ResponseWriter, request *http.Request) {
			if request.Header.Get("Git-Protocol") == "version=2" {
				odd(rw, request)
				return
			}
			w.door.next.ServeHTTP(rw, request)
		})
		w.shows(w.poll(), map[string]string{"a.yaml": "1"})
		w.door.instead(nil)
		w.door.since()
		w.pollSame()
		want := "POST git-upload-pack"
		if strings.HasPrefix(name, "a page") { // that server does not know of version 2
			want = "GET refs"
		}
		if asked, _, _ := w.door.since(); !slices.Equal(asked, []string{want}) {
			t.Errorf("after %s asked %q", name, asked)
		}
	}
}

func TestForbidden(t *testing.T) {
	w := newWorld(t)
	w.door.instead(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusForbidden) })
	w.pollFails("give the token read access")
}

func TestWhoAsks(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.door.instead(func(rw http.ResponseWriter, request *http.Request) {
		if agent := request.UserAgent(); request.Header.Get("Git-Protocol") != "" && !strings.HasPrefix(agent, "git/") {
			t.Errorf("%s comes from %q", request.URL.Path, agent)
		}
		w.door.next.ServeHTTP(rw, request)
	})
	w.poll()
}

func TestFewBranchesAreNamed(t *testing.T) {
	for _, old := range []bool{false, true} {
		w := newWorld(t)
		w.door.noV2 = old
		w.commit(map[string]string{"a.yaml": "1"})
		w.refs(50)
		w.git("branch", "--move", "main", "trunk")
		if err := w.pollFails(`no branch "main"`); strings.Count(err.Error(), "topic-")+strings.Count(err.Error(), "trunk") > 5 {
			t.Errorf("too many are named: %v", err)
		}
	}
}

func TestLongErrorsAreCut(t *testing.T) {
	if got := bound(strings.Repeat("é", 5000)); len(got) > 1010 || !strings.HasSuffix(got, "é…") {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-8:])
	}
}

func TestTokensThatAreNone(t *testing.T) {
	w := newWorld(t)
	w.options.TokenFile = filepath.Join(t.TempDir(), "token")
	for _, content := range []string{"one\ntwo", "one\rtwo", strings.Repeat("x", 5000)} {
		must(t, os.WriteFile(w.options.TokenFile, []byte(content), 0o600))
		w.restart()
		w.pollFails("must hold one line")
	}
}

func TestOddCommits(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	tree := w.git("rev-parse", "main^{tree}")
	const people = "author A <a@example.com> 1767225600 +0200\ncommitter A <a@example.com> 1767225600 +0200\n"
	w.git("update-ref", "refs/heads/main", w.raw("commit", "tree "+tree+"\n"+people+"\n\n\n  the subject \n\nand more\n"))
	s := w.poll()
	if s.Subject != "the subject" || s.Committed.Location() != time.UTC || s.Committed.Unix() != 1767225600 {
		t.Errorf("subject %q, committed %s", s.Subject, s.Committed)
	}
	bogus := w.raw("commit", "tree "+strings.Repeat("0", 40)+"\n"+people+"\nno tree\n")
	must(t, os.WriteFile(filepath.Join(w.repo.Dir(), "refs", "heads", "main"), []byte(bogus+"\n"), 0o600))
	w.options = Options{URL: w.repo.Dir()}
	w.restart()
	w.pollFails("it names no tree")
}

func TestNamesTwiceInAFolder(t *testing.T) {
	w := newWorld(t)
	first := w.commit(map[string]string{"a.yaml": "1"})
	entry := "100644 a.yaml\x00" + unhex(t, w.git("rev-parse", "main:a.yaml"))
	w.git("update-ref", "refs/heads/main", w.git("commit-tree", w.raw("tree", entry+entry), "-p", first, "-m", "twice"))
	w.pollFails(`holds "a.yaml" twice`)
}
