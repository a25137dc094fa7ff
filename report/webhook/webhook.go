// Package webhook receives GitHub's events. An event only says that there is
// something to look at: what is true is then read from Git and from the API.
package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v60/github"
)

const (
	// Path is where events are received.
	Path = "/webhook"
	// maxBody bounds an event, in bytes. A push of very many commits may have more:
	// it is refused, and found by the next poll.
	maxBody = 4 << 20
	// maxSecret bounds the secret's file, in bytes.
	maxSecret = 64 << 10
)

// Receiver is an http.Handler that has a repository looked at when an event of
// it arrives. It answers at once.
type Receiver struct {
	// SecretFile holds the secret that GitHub signs events with; it is read for
	// each, so it may change. Without one nothing is taken.
	SecretFile string
	// Look is told of "owner/name", as the event writes it. It must not block.
	Look func(repository string)
	Log  *slog.Logger

	mu      sync.Mutex
	refused int  // since that was told last
	quiet   bool // it was told just now
}

// events are those that say that a branch or a pull request may have moved.
var events = map[string]bool{"push": true, "pull_request": true, "merge_group": true}

// ServeHTTP takes signed events, by SHA-256 alone. Others of GitHub's events are
// taken as well, and mean nothing.
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != Path {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "GitHub's events are posted here", http.StatusMethodNotAllowed)
		return
	}
	status, err := rc.take(w, r)
	if err != nil {
		rc.complain(r.RemoteAddr, err)
		http.Error(w, http.StatusText(status), status)
		return
	}
	w.WriteHeader(status)
}

// complain tells of refusals once a minute at most: anybody can cause them.
func (rc *Receiver) complain(from string, err error) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.refused++
	if rc.quiet {
		return
	}
	rc.Log.Warn("webhooks are refused", "count", rc.refused, "from", from, "error", err)
	rc.refused, rc.quiet = 0, true
	time.AfterFunc(time.Minute, func() {
		rc.mu.Lock()
		defer rc.mu.Unlock()
		rc.quiet = false
	})
}

// take verifies an event before it reads anything in it.
func (rc *Receiver) take(w http.ResponseWriter, r *http.Request) (int, error) {
	secret, err := readSecret(rc.SecretFile)
	if err != nil {
		return http.StatusInternalServerError, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge, err
	}
	if err != nil {
		return http.StatusBadRequest, fmt.Errorf("reading the event: %w", err)
	}
	if !signed(r.Header.Get(github.SHA256SignatureHeader), body, secret) {
		return http.StatusUnauthorized, errors.New("its SHA-256 signature is missing or wrong; see that GitHub and secretFile have one secret")
	}
	return rc.act(r, body)
}

func (rc *Receiver) act(r *http.Request, body []byte) (int, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return http.StatusUnsupportedMediaType, errors.New("choose application/json as the webhook's content type")
	}
	var event struct {
		Repository struct {
			FullName string `json:"full_name"`
		} `json:"repository"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return http.StatusBadRequest, fmt.Errorf("reading the event: %w", err)
	}
	if events[r.Header.Get(github.EventTypeHeader)] && event.Repository.FullName != "" {
		rc.Look(event.Repository.FullName)
	}
	return http.StatusAccepted, nil
}

// signed refuses what go-github alone would take: a SHA-1, and an empty secret.
func signed(signature string, body, secret []byte) bool {
	return len(secret) > 0 && strings.HasPrefix(signature, "sha256=") && github.ValidateSignature(signature, body, secret) == nil
}

// readSecret never puts what it read into an error.
func readSecret(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the webhook's secret: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecret))
	if err != nil {
		return nil, fmt.Errorf("reading the webhook's secret: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return nil, fmt.Errorf("reading the webhook's secret: %q is empty", path)
	}
	return []byte(secret), nil
}

// listen tries until it has the address, which a process before this one may still
// hold; nil when the context ended first.
func (rc *Receiver) listen(ctx context.Context, address string) net.Listener {
	for told := false; ctx.Err() == nil; told = true {
		listener, err := net.Listen("tcp", address)
		if err == nil {
			return listener
		}
		if !told {
			rc.Log.Warn("cannot listen for webhooks; trying on", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// Serve listens at an address until the context ends.
func (rc *Receiver) Serve(ctx context.Context, address string) error {
	if _, err := readSecret(rc.SecretFile); err != nil {
		return err
	}
	listener := rc.listen(ctx, address)
	if listener == nil {
		return nil
	}
	server := &http.Server{
		Handler: rc, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(rc.Log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("receiving webhooks: %w", err)
	}
	return nil
}
