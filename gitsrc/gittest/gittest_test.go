package gittest

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func repository(t *testing.T, dir string) *Repository {
	t.Helper()
	r, err := NewRepository(dir, "acme/plans")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHistoryIsDeterministic(t *testing.T) {
	var heads []string
	for range 2 {
		r := repository(t, t.TempDir())
		first, err := r.Commit("one", map[string]string{"a.yaml": "1\n", "b/c.yaml": "1\n"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Commit("two", map[string]string{"a.yaml": "2\n", "b/c.yaml": ""}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Revert("HEAD"); err != nil {
			t.Fatal(err)
		}
		head, err := r.Head()
		if err != nil || head == first {
			t.Fatal(head, err)
		}
		heads = append(heads, head)
	}
	if heads[0] != heads[1] {
		t.Errorf("heads %q differ", heads)
	}
}

func TestCommitFolder(t *testing.T) {
	r := repository(t, t.TempDir())
	if _, err := r.Commit("old", map[string]string{"gone.yaml": "x"}); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "new.yaml"), []byte("y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.CommitFolder("new", folder); err != nil {
		t.Fatal(err)
	}
	if files, err := r.Git("ls-tree", "--name-only", "main"); err != nil || files != "new.yaml" {
		t.Errorf("got files %q, %v", files, err)
	}
}

func TestPushAndCloneOverHTTP(t *testing.T) {
	r := repository(t, t.TempDir())
	if _, err := r.Commit("one", map[string]string{"a.yaml": "1\n"}); err != nil {
		t.Fatal(err)
	}
	handler, err := r.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(RequirePassword("secret", handler))
	defer server.Close()
	url := strings.Replace(server.URL, "http://", "http://u:secret@", 1) + r.Path()

	other := repository(t, t.TempDir())
	// Larger than http.postBuffer, so that git sends a body of unknown length.
	large := strings.Repeat("0123456789abcdef", 1<<17)
	for _, step := range [][]string{{"config", "http.postBuffer", "65536"}, {"config", "core.compression", "0"}, {"fetch", "-q", url, "main:main"}} {
		if _, err := other.Git(step...); err != nil {
			t.Fatal(err)
		}
	}
	want, err := other.Commit("two", map[string]string{"a.yaml": large})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Git("push", "-q", url, "main"); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Head(); err != nil || got != want {
		t.Errorf("the server has %q, %v; want %q", got, err, want)
	}
	if _, err := other.Git("ls-remote", server.URL+r.Path()); err == nil {
		t.Error("the server answers without a password")
	}
}
