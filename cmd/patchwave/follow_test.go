package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/gitsrc/gittest"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
	"github.com/patchwave/patchwave/testlog"
)

// A repository that has moved is followed, and that is said once.
func TestMoveIsToldOnce(t *testing.T) {
	repository, err := gittest.NewRepository(t.TempDir(), "umbrella/plans")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repository.Commit("one", map[string]string{"lobby.yaml": lobbyPlan("v1")}); err != nil {
		t.Fatal(err)
	}
	handler, err := repository.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, isOld := strings.CutPrefix(r.URL.RequestURI(), "/acme/plans.git"); isOld {
			http.Redirect(w, r, "/umbrella/plans.git"+rest, http.StatusMovedPermanently)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	source := spec.Source{Name: "games", URL: server.URL + "/acme/plans.git", Branch: "main", Path: ".", Namespaces: []string{"games"}, Interval: spec.Duration(time.Millisecond)}
	git, err := openSource(source, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var log testlog.Log
	var moved, tries, polls int
	follower{
		source: source, git: git, log: log.Logger(slog.LevelInfo), read: func(reconciler.Reading) {}, wake: make(chan struct{}), look: func() func() { return func() {} },
		polled: func(revision string, err error) {
			if err == nil && revision != "" {
				polls++
			}
		},
		moved: func(url string) {
			if url == server.URL+"/umbrella/plans.git" {
				moved++
			}
		},
		tried: func() {
			if tries++; tries == 4 {
				cancel()
			}
		},
	}.follow(ctx)
	if told := strings.Count(log.String(), "the repository has moved"); told != 1 || moved < 4 {
		t.Errorf("told %d times in the log, and %d times where to:\n%s", told, moved, log.String())
	}
	if polls < 4 {
		t.Errorf("%d polls of 4 were announced", polls)
	}
	if !strings.Contains(log.String(), "plans=1") {
		t.Errorf("it was not read:\n%s", log.String())
	}
}
