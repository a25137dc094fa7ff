package report

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/report/githubtest"
	"github.com/patchwave/patchwave/testlog"
)

// appKey is made once: that takes a while.
var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func keyFile(t *testing.T, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// onAppStage is a GitHub with an App, and a writer that signs in as it.
func onAppStage(t *testing.T, scene func(s *stage)) {
	t.Helper()
	key := appKey()
	synctest.Test(t, func(t *testing.T) {
		file := keyFile(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
		s := &stage{t: t, log: &testlog.Log{}, app: &GitHubApp{ID: 7, Installation: 8, KeyFile: file}}
		s.server = githubtest.New(githubtest.Options{App: &githubtest.App{ID: 7, Installation: 8, Key: &key.PublicKey}, Paced: true})
		s.start()
		scene(s)
		s.end()
		s.check()
		if strings.Contains(s.log.String(), "ghs_") {
			t.Errorf("a token was logged:\n%s", s.log)
		}
	})
}

// signIns counts how often the App has asked for a token.
func (s *stage) signIns() int {
	count := 0
	for _, request := range s.server.Requests() {
		if request.Operation == "apps/create-installation-access-token" {
			count++
		}
	}
	return count
}

func TestAppsTokenIsRenewedBeforeItEnds(t *testing.T) {
	onAppStage(t, func(s *stage) {
		for i := range 60 {
			s.want(time.Minute, on("prod", Success).saying(strings.Repeat("x", i+1)))
		}
		for _, request := range s.server.Requests() {
			if request.Status == http.StatusUnauthorized {
				t.Errorf("asked with a token that had ended, after %s", request.Time.Sub(s.server.Requests()[0].Time))
			}
		}
		if got := s.signIns(); got != 2 {
			t.Errorf("signed in %d times in an hour", got)
		}
		if got := len(s.server.History(plans, shaA, "prod")); got != 60 {
			t.Errorf("%d of 60 statuses are there", got)
		}
	})
}

func TestRevokedTokensAreReplaced(t *testing.T) {
	onAppStage(t, func(s *stage) {
		s.want(time.Minute, on("prod", Pending))
		s.server.Inject(githubtest.Fault{Status: 401, Message: "Bad credentials"})
		s.want(5*time.Minute, on("prod", Success))
		s.history("prod", "pending success")
		if got := s.signIns(); got != 2 {
			t.Errorf("signed in %d times", got)
		}
	})
}

func TestAppsCommentIsFoundAgain(t *testing.T) {
	onAppStage(t, func(s *stage) {
		number := s.server.Open(plans, githubtest.Pull{Base: "main", Head: shaA})
		comment := Comment{Repository: plans, Number: number, Marker: "prod/games", Stage: "a", Preview: "one"}
		s.sink.Want("test", Wanted{Comments: []Comment{comment}})
		s.pass(time.Minute)
		s.end()
		s.start()
		comment.Preview = "two"
		s.sink.Want("test", Wanted{Comments: []Comment{comment}})
		s.pass(time.Minute)
		all := s.server.Comments(plans, number)
		if len(all) != 1 || all[0].User != "patchwave-app[bot]" || !strings.Contains(all[0].Body, "two") {
			t.Errorf("comments are %+v", all)
		}
	})
}

func TestKeysOfApps(t *testing.T) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(appKey())
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ file, want string }{
		"PKCS 1":   {keyFile(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(appKey())), ""},
		"PKCS 8":   {keyFile(t, "PRIVATE KEY", pkcs8), ""},
		"no key":   {keyFile(t, "RSA PRIVATE KEY", []byte("secret")), "holds no RSA key"},
		"no PEM":   {writtenToken(t), "holds no PEM"},
		"no file":  {"/no/such/key", "no such file"},
		"no paths": {"", "no such file"},
	} {
		_, err := NewGitHub(GitHubOptions{App: &GitHubApp{ID: 1, Installation: 2, KeyFile: test.file}})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), token)) {
			t.Errorf("%s: what the file holds is shown: %v", name, err)
		}
	}
}

// A GitHub Enterprise with a certificate of its own, behind a proxy.
func TestCertificatesAndProxy(t *testing.T) {
	server := githubtest.New(githubtest.Options{Token: token})
	enterprise := httptest.NewTLSServer(http.StripPrefix("/api/v3", server))
	defer enterprise.Close()
	ca := keyFile(t, "CERTIFICATE", enterprise.Certificate().Raw)
	write := func(options GitHubOptions) outcome {
		options.BaseURL, options.TokenFile = enterprise.URL+"/api/v3/", writtenToken(t)
		options.Logger = slog.New(slog.DiscardHandler)
		g, err := NewGitHub(options)
		if err != nil {
			t.Fatal(err)
		}
		status := on("prod", Success)
		_, result := g.client.send(t.Context(), step{status.commit(), &form{CommitStatus: status}})
		return result
	}
	if result := write(GitHubOptions{}); result.verdict != doubtful || !strings.Contains(result.err.Error(), "certificate") {
		t.Errorf("without its certificate: %+v", result)
	}
	if result := write(GitHubOptions{CAFile: ca}); result.verdict != done {
		t.Errorf("with its certificate: %+v", result)
	}
	asked := ""
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.Host
		http.Error(w, "no", http.StatusForbidden)
	}))
	defer proxy.Close()
	if result := write(GitHubOptions{CAFile: ca, Proxy: proxy.URL}); result.verdict != doubtful || asked != "CONNECT "+enterprise.Listener.Addr().String() {
		t.Errorf("by a proxy, which was asked %q: %+v", asked, result)
	}
	for _, options := range []GitHubOptions{{CAFile: "/no/such/file"}, {CAFile: writtenToken(t)}, {Proxy: "://"}} {
		if _, err := NewGitHub(options); err == nil {
			t.Errorf("%+v is taken", options)
		}
	}
}

// A refusal of the token before says nothing about the one that took its place.
func TestOnlyTheRefusedTokenIsForgotten(t *testing.T) {
	tokens := &appTokens{token: "new", ends: time.Now().Add(time.Hour)}
	tokens.refused("old")
	if tokens.token != "new" {
		t.Error("the new token is forgotten")
	}
	tokens.refused("new")
	if tokens.token != "" {
		t.Error("a refused token is kept")
	}
}
