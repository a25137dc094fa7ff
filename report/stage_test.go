package report

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/report/githubtest"
	"github.com/patchwave/patchwave/testlog"
)

const (
	shaA  = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	shaB  = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	plans = "acme/plans"
	token = "very-secret"
)

// stage is a GitHub with a writer before it, in a bubble of fake time.
type stage struct {
	t         *testing.T
	server    *githubtest.Server
	sink      *GitHub
	tokenFile string
	app       *GitHubApp
	log       *testlog.Log
	stop      context.CancelFunc
	ended     chan struct{}
}

// onStage plays a scene, and checks what must hold after any: GitHub's
// description and its pace were kept, the token was not logged, and no
// write said what GitHub showed already.
func onStage(t *testing.T, scene func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, server: githubtest.New(githubtest.Options{Token: token, Paced: true}), log: &testlog.Log{}}
		s.tokenFile = filepath.Join(t.TempDir(), "token")
		s.setToken(token + "\n")
		s.start()
		scene(s)
		s.end()
		s.check()
	})
}

// start makes a writer that knows nothing, as after a restart.
func (s *stage) start() {
	s.t.Helper()
	sink, err := NewGitHub(GitHubOptions{
		TokenFile: s.tokenFile, App: s.app, Transport: s.server.Transport(),
		Logger: s.log.Logger(slog.LevelInfo),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	ended := make(chan struct{})
	s.sink, s.ended = sink, ended
	go func() {
		defer close(ended)
		sink.Run(ctx)
	}()
}

// end waits for the writer to end, and tells how long it took.
func (s *stage) end() time.Duration {
	began := time.Now()
	s.stop()
	<-s.ended
	return time.Since(began)
}

func (s *stage) setToken(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.tokenFile, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// want wants, and lets fake time pass.
func (s *stage) want(then time.Duration, statuses ...CommitStatus) {
	s.sink.Want("test", Wanted{Statuses: statuses})
	s.pass(then)
}

func (s *stage) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// history expects what was ever written to a context of plans at shaA.
func (s *stage) history(context, want string) {
	s.t.Helper()
	if got := states(s.server.History(plans, shaA, context)); got != want {
		s.t.Errorf("%s was written %q, wanted %q", context, got, want)
	}
}

func (s *stage) logged(want string) {
	s.t.Helper()
	if !strings.Contains(s.log.String(), want) {
		s.t.Errorf("log lacks %q:\n%s", want, s.log)
	}
}

func (s *stage) check() {
	s.t.Helper()
	if broken := s.server.Violations(); len(broken) > 0 {
		s.t.Errorf("GitHub's description was broken:\n%s", strings.Join(broken, "\n"))
	}
	if strings.Contains(s.log.String(), token) {
		s.t.Errorf("the token was logged:\n%s", s.log)
	}
	for _, sha := range []string{shaA, shaB} {
		for _, status := range s.server.Statuses(plans, sha) {
			s.checkRepeats(s.server.History(plans, sha, status.Context))
		}
	}
}

func (s *stage) checkRepeats(history []githubtest.Status) {
	s.t.Helper()
	for i := range history[:len(history)-1] {
		a, b := history[i], history[i+1]
		if a.State == b.State && a.Description == b.Description && a.TargetURL == b.TargetURL {
			s.t.Errorf("%s was written twice as %s %q", a.Context, a.State, a.Description)
		}
	}
}

// requests tells the way requests went: "read write write".
func (s *stage) requests() string {
	var words []string
	for _, request := range s.server.Requests() {
		word := "read"
		if request.IsWrite() {
			word = "write"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// gaps tells the times between writes, in seconds.
func (s *stage) gaps() string {
	var words []string
	writes := s.server.Writes()
	for i := range writes[:max(0, len(writes)-1)] {
		words = append(words, fmt.Sprint(int(writes[i+1].Time.Sub(writes[i].Time).Seconds())))
	}
	return strings.Join(words, " ")
}

func states(history []githubtest.Status) string {
	var words []string
	for _, status := range history {
		words = append(words, status.State)
	}
	return strings.Join(words, " ")
}

// on makes a status of plans at shaA.
func on(context string, state State) CommitStatus {
	return CommitStatus{
		Repository: plans, SHA: shaA, Context: context, State: state,
		Description: "wave 1 of 3", TargetURL: "https://patchwave.example/" + context,
	}
}

func (s CommitStatus) at(sha string) CommitStatus {
	s.SHA = sha
	return s
}

func (s CommitStatus) of(repository string) CommitStatus {
	s.Repository = repository
	return s
}

func (s CommitStatus) saying(description string) CommitStatus {
	s.Description = description
	return s
}
