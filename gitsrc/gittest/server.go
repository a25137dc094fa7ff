package gittest

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// maxPush is the longest push that is taken, in bytes.
const maxPush = 64 << 20

// Handler serves the repository at Path, by `git http-backend`: clones and
// fetches in every protocol version, and pushes, without a password.
func (r *Repository) Handler() (http.Handler, error) {
	libexec, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("asking git where its programs are: %w", err)
	}
	program := filepath.Join(strings.TrimSpace(string(libexec)), "git-http-backend")
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("finding git http-backend, which comes with git: %w", err)
	}
	return &handler{program: program, repository: r}, nil
}

type handler struct {
	program    string
	repository *Repository
}

func (h *handler) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if !strings.HasPrefix(request.URL.Path, h.repository.Path()+"/") {
		http.NotFound(w, request)
		return
	}
	// CGI takes no body of unknown length, which is how git sends long pushes.
	if request.ContentLength < 0 {
		body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxPush))
		if err != nil {
			http.Error(w, "the push is too large", http.StatusRequestEntityTooLarge)
			return
		}
		request = request.Clone(request.Context())
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		request.TransferEncoding = nil
	}
	backend := &cgi.Handler{Path: h.program, Dir: h.repository.Dir(), Env: h.environment(request), Stderr: io.Discard}
	backend.ServeHTTP(w, request)
}

func (h *handler) environment(request *http.Request) []string {
	return []string{
		"GIT_PROJECT_ROOT=" + filepath.Join(h.repository.root, "served"), "GIT_HTTP_EXPORT_ALL=1",
		"GIT_PROTOCOL=" + request.Header.Get("Git-Protocol"),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "HOME=" + h.repository.root,
	}
}

// RequirePassword asks for a password in basic authentication; any user will
// do, as with GitHub's tokens.
func RequirePassword(password string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		_, given, _ := request.BasicAuth()
		if subtle.ConstantTimeCompare([]byte(given), []byte(password)) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "a password is needed", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, request)
	})
}
