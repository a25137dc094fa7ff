package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/gitsrc/gittest"
	"github.com/patchwave/patchwave/report/githubtest"
	"github.com/patchwave/patchwave/spec"
	"github.com/patchwave/patchwave/testlog"
)

// GitHub is written to while the process leads, and refused that by the process itself
// when it does not lead any more, whatever else it still does.
func TestGitHubIsWrittenToByTheLeader(t *testing.T) {
	connection := toLeases(t)
	var former *cluster.Connection
	err := cluster.Lead(t.Context(), connection, "prod", []string{"games"}, slog.New(slog.DiscardHandler), func(_ context.Context, led *cluster.Connection) error {
		former = led
		if wrote, log := worksWith(t, led); !wrote {
			t.Errorf("the leader should write:\n%s", log)
		}
		return nil
	})
	if err != nil || former == nil {
		t.Fatalf("it should have led: %v", err)
	}
	if wrote, log := worksWith(t, former); wrote {
		t.Errorf("it writes though it does not lead any more:\n%s", log)
	}
}

// toLeases connects to an API server whose Leases are free, and that refuses all else
// but its version. It keeps no Lease: what is sent is what it answers.
func toLeases(t *testing.T) *cluster.Connection {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", cmp.Or(r.Header.Get("Content-Type"), "application/json"))
		switch {
		case r.URL.Path == "/version":
			_, _ = io.WriteString(w, "{}")
		case !strings.Contains(r.URL.Path, "/leases"):
			w.WriteHeader(http.StatusForbidden)
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = io.Copy(w, r.Body)
		}
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(files(t, map[string]string{"kubeconfig": kubeconfig(server.URL)}), "kubeconfig")
	connection, err := cluster.Connect(file, "")
	if err != nil {
		t.Fatal(err)
	}
	return connection
}

// worksWith does a leader's work until GitHub was written to, or that was refused.
func worksWith(t *testing.T, connection *cluster.Connection) (wrote bool, said string) {
	t.Helper()
	hub := githubtest.New(githubtest.Options{Token: "token"})
	config, source := wrongPlans(t, hub)
	var log testlog.Log
	github, err := newGitHub(config.GitHub, log.Logger(slog.LevelInfo))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan struct{})
	var failed error // once it has ended
	go func() {
		defer close(ended)
		failed = work(ctx, config, []*gitsrc.Source{source}, connection, github, log.Logger(slog.LevelInfo))
	}()
	err = awaits(ended, func() bool { return written(hub) || refusal.MatchString(log.String()) })
	stop()
	<-ended
	if err := errors.Join(err, failed); err != nil {
		t.Fatalf("%v:\n%s", err, &log)
	}
	return written(hub), log.String()
}

// refusal is what is logged of a write to GitHub that the process itself refused.
var refusal = regexp.MustCompile("GitHub does not answer.*this process does not lead")

// awaits asks until the answer is yes, or the work has ended.
func awaits(ended <-chan struct{}, ask func() bool) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	late := time.After(time.Minute)
	for !ask() {
		select {
		case <-ended:
			return errors.New("the work has ended by itself")
		case <-late:
			return errors.New("GitHub was neither written to, nor was that refused")
		case <-ticker.C:
		}
	}
	return nil
}

func written(hub *githubtest.Server) bool {
	for _, request := range hub.Requests() {
		if request.IsWrite() {
			return true
		}
	}
	return false
}

// wrongPlans is a repository of which there is something to say at once, whatever can
// be read of the cluster.
func wrongPlans(t *testing.T, hub *githubtest.Server) (spec.Config, *gitsrc.Source) {
	t.Helper()
	folder := files(t, map[string]string{"token": "token"})
	repository, err := gittest.NewRepository(folder, "acme/plans")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repository.Commit("one", map[string]string{"chat.yaml": wrongPlan}); err != nil {
		t.Fatal(err)
	}
	handler, err := repository.Handler()
	if err != nil {
		t.Fatal(err)
	}
	git, api := httptest.NewServer(handler), httptest.NewServer(hub)
	t.Cleanup(git.Close)
	t.Cleanup(api.Close)
	source := spec.Source{
		Name: "games", URL: git.URL + repository.Path(), Branch: "main", Path: ".",
		Namespaces: []string{"games"}, Interval: spec.Duration(time.Second),
	}
	opened, err := openSource(source, filepath.Join(folder, "copy"))
	if err != nil {
		t.Fatal(err)
	}
	github := &spec.GitHub{BaseURL: api.URL + "/", TokenFile: filepath.Join(folder, "token"), Forks: spec.ForksSchemaOnly, Preview: spec.PreviewFull}
	return spec.Config{Name: "prod", Sources: []spec.Source{source}, GitHub: github}, opened
}
