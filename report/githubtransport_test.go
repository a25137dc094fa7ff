package report

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/report/githubtest"
)

func TestBaseURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://api.github.com":            "https://api.github.com/",
		"https://github.acme.test/api/v3":   "https://github.acme.test/api/v3/",
		"https://github.acme.test/api/v3/":  "https://github.acme.test/api/v3/",
		"http://127.0.0.1:8080":             "http://127.0.0.1:8080/",
		"http://[::1]:8080/x":               "http://[::1]:8080/x/",
		"http://localhost:8080":             "http://localhost:8080/",
		"http://github.acme.test/":          "",
		"http://127.evil.test/":             "",
		"github.acme.test":                  "",
		"https://":                          "",
		"ftp://github.acme.test":            "",
		"https://me:secret@[::1":            "",
		"http://me:secret@github.acme.test": "",
	} {
		base, err := parseBase(text)
		if err == nil && base.String() != want || err != nil && want != "" {
			t.Errorf("%q became %v, %v; wanted %q", text, base, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells a password: %v", err)
		}
	}
}

func TestTokenFileMustHoldAToken(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", empty, empty + "-not", filepath.Dir(empty)} {
		if _, err := NewGitHub(GitHubOptions{TokenFile: path}); err == nil {
			t.Errorf("%q was taken for a token file", path)
		}
	}
	if _, err := NewGitHub(GitHubOptions{TokenFile: empty, BaseURL: "nowhere"}); err == nil {
		t.Error("a base URL without a host was taken")
	}
}

// TestOverTheNetwork goes through TLS and a path prefix, as to GitHub Enterprise.
func TestOverTheNetwork(t *testing.T) {
	server := githubtest.New(githubtest.Options{Token: token})
	remote := httptest.NewTLSServer(http.StripPrefix("/api/v3", server))
	defer remote.Close()
	server.Inject(githubtest.Fault{After: true}) // the connection closes, the answer is lost
	sink, err := NewGitHub(GitHubOptions{
		BaseURL: remote.URL + "/api/v3", TokenFile: writtenToken(t),
		Transport: remote.Client().Transport, Spacing: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		sink.Run(ctx)
	}()
	sink.Want("test", Wanted{Statuses: []CommitStatus{on("prod", Success), on("other", Pending)}})
	for len(server.Statuses(plans, shaA)) < 2 {
		time.Sleep(time.Millisecond) // between looks at the server
	}
	cancel()
	<-ended
	for _, context := range []string{"prod", "other"} {
		if got := server.History(plans, shaA, context); len(got) != 1 {
			t.Errorf("%s was written %d times", context, len(got))
		}
	}
	if broken := server.Violations(); len(broken) > 0 {
		t.Error(broken)
	}
}

func TestRedirects(t *testing.T) {
	elsewhere := "https://elsewhere.test/repos/acme/plans/commits/" + shaA + "/statuses"
	for name, test := range map[string]struct {
		status int
		target string
		write  bool
		want   verdict
		asked  int
	}{
		"read, same host":   {301, "/repositories/1/statuses", false, done, 2},
		"read, other host":  {301, elsewhere, false, refused, 1},
		"write kept":        {307, "/repositories/1/statuses", true, done, 2},
		"write to a read":   {301, "/repositories/1/statuses", true, refused, 1},
		"write, other host": {307, elsewhere, true, refused, 1},
		"round and round":   {307, "", true, doubtful, 5},
	} {
		t.Run(name, func(t *testing.T) {
			moved := &mover{t: t, status: test.status, target: test.target}
			client := newGitHubClient(parsed(t, "https://api.github.com/"), tokenFile(writtenToken(t)), moved, nil)
			status := on("prod", Success)
			s := step{commit: status.commit()}
			if test.write {
				s.write = &form{CommitStatus: status}
			}
			_, got := client.send(t.Context(), s)
			if got.verdict != test.want || moved.asked != test.asked {
				t.Errorf("verdict %v (%v) after %d requests, wanted %v after %d", got.verdict, got.err, moved.asked, test.want, test.asked)
			}
			if got.verdict == refused && !strings.Contains(got.hint(plans), "has moved") {
				t.Errorf("hint is %q", got.hint(plans))
			}
		})
	}
}

// mover redirects the first request, or, with no target, every one.
type mover struct {
	t      *testing.T
	status int
	target string
	asked  int
}

func (m *mover) RoundTrip(r *http.Request) (*http.Response, error) {
	m.asked++
	if r.URL.Host != "api.github.com" {
		m.t.Errorf("%s was asked", r.URL.Host)
	}
	status, body := http.StatusOK, "[]"
	if r.Method == http.MethodPost {
		status, body = http.StatusCreated, "{}"
	}
	header := http.Header{}
	if m.asked == 1 || m.target == "" {
		status = m.status
		header.Set("Location", m.target)
		if m.target == "" {
			header.Set("Location", r.URL.Path)
		}
	}
	return &http.Response{StatusCode: status, Header: header, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func writtenToken(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func parsed(t *testing.T, text string) *url.URL {
	t.Helper()
	base, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// nobody would take any request.
type nobody struct{ asked int }

func (n *nobody) RoundTrip(*http.Request) (*http.Response, error) {
	n.asked++
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// The token goes to GitHub's host alone, whoever asks for another one.
func TestTheTokenStaysWithGitHub(t *testing.T) {
	for target, want := range map[string]int{
		"https://api.github.com/user": 1, "https://elsewhere.test/user": 0, "http://api.github.com/user": 0, "https://api.github.com:8443/": 0,
	} {
		base := &nobody{}
		g := &guard{base: base, origin: parsed(t, "https://api.github.com/"), tokens: tokenFile(writtenToken(t))}
		request, _ := http.NewRequest(http.MethodGet, target, nil)
		if _, err := g.RoundTrip(request); base.asked != want || (err == nil) != (want == 1) {
			t.Errorf("%s was asked %d times, %v", target, base.asked, err)
		}
	}
}
