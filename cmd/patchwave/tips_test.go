package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/gitsrc/gittest"
	"github.com/patchwave/patchwave/preview"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
	"github.com/patchwave/patchwave/testlog"
)

// following reads a repository of its own whenever it polls.
type following struct {
	*testing.T
	follower
	repository *gittest.Repository
	known      polled
	readings   []reconciler.Reading
	log        *testlog.Log
}

func newFollowing(t *testing.T) *following {
	t.Helper()
	repository, err := gittest.NewRepository(t.TempDir(), "plans")
	if err != nil {
		t.Fatal(err)
	}
	f := &following{T: t, repository: repository, log: &testlog.Log{}}
	f.commit(map[string]string{"plans/lobby.yaml": lobbyPlan("v1")})
	git, err := gitsrc.Open(gitsrc.Options{URL: repository.Dir(), Branch: "main", Path: "plans", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	f.follower = follower{
		source: spec.Source{Name: "games", Branch: "main", Path: "plans", Namespaces: []string{"games"}},
		git:    git, read: func(r reconciler.Reading) { f.readings = append(f.readings, r) }, log: f.log.Logger(slog.LevelInfo), now: time.Now,
	}
	return f
}

func (f *following) commit(files map[string]string) string {
	f.Helper()
	sha, err := f.repository.Commit("a change", files)
	if err != nil {
		f.Fatal(err)
	}
	return sha
}

// spoil moves the branch to a commit whose folder of plans is not there.
func (f *following) spoil(digit string) string {
	f.Helper()
	git := func(input string, arguments ...string) string {
		f.Helper()
		out, err := f.repository.GitWith(strings.NewReader(input), arguments...)
		if err != nil {
			f.Fatal(err)
		}
		return out
	}
	tree := git("040000 tree "+strings.Repeat(digit, 40)+"\tplans\n", "mktree", "--missing")
	sha := git("", "commit-tree", "-p", "main", "-m", "damaged", tree)
	git("", "update-ref", "refs/heads/main", sha)
	return sha
}

// poll reads once, and expects what all readings so far were of.
func (f *following) poll(when, want string) {
	f.Helper()
	snapshot, err := f.git.Poll(f.Context())
	if err != nil {
		f.cannotRead(&f.known, err)
	} else {
		f.take(&f.known, snapshot)
	}
	var got []string
	for _, r := range f.readings {
		got = append(got, fmt.Sprintf("%.4s: %d plans, %d problems", r.Commit, len(r.Plans), len(r.Problems)))
	}
	if all := strings.Join(got, "; "); all != want {
		f.Errorf("%s: read %q, want %q", when, all, want)
	}
}

// A tip that cannot be read has its answer at the second try, and one: the plans read
// last stay in force. When the branch is back where it was, that is read again.
func TestTipsThatCannotBeRead(t *testing.T) {
	f := newFollowing(t)
	good, err := f.repository.Head()
	if err != nil {
		t.Fatal(err)
	}
	says := fmt.Sprintf("%.4s: 1 plans, 0 problems", good)
	f.poll("at first", says)
	f.poll("unchanged", says)
	one := f.spoil("1")
	f.poll("after one failure", says)
	said := says + fmt.Sprintf("; %.4s: 1 plans, 1 problems", one)
	f.poll("after two", said)
	f.poll("after three", said)
	another := f.spoil("2")
	f.poll("after one failure of another", said)
	said += fmt.Sprintf("; %.4s: 1 plans, 1 problems", another)
	f.poll("after two of it", said)
	if got := f.readings[len(f.readings)-1]; got.Revision != "main@sha1:"+another || len(got.Before) == 0 || got.Before[len(got.Before)-1] != good {
		t.Errorf("read %s after %v", got.Revision, got.Before)
	}
	if got := strings.Count(f.log.String(), "cannot read the source"); got != 2 {
		t.Errorf("told %d times of two commits:\n%s", got, f.log)
	}
	if err := f.repository.ForcePush(good); err != nil {
		t.Fatal(err)
	}
	f.poll("back where it was", said+"; "+says)
	if !strings.Contains(f.log.String(), "the source can be read again") {
		t.Errorf("not told of it:\n%s", f.log)
	}
}

// listing counts how often pull requests are listed.
type listing struct{ listed *int }

func (c listing) Pulls(context.Context, string, string) ([]report.Pull, error) {
	*c.listed++
	return nil, nil
}

// An event has the branch and the pull requests of its repository looked at, however
// GitHub writes its name, and no other's.
func TestEventsWakeTheirSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sources := []spec.Source{{Name: "games", URL: "https://github.test/acme/plans.git"}, {Name: "web", URL: "https://github.test/acme/web"}}
		desk := preview.NewDesk(func(report.Wanted) {})
		desk.Changed([]reconciler.Reading{{Source: "games", Commit: "a"}}, nil)
		b := newBell(sources, desk)
		listed := 0
		source := sources[0]
		source.Interval = spec.Duration(time.Hour)
		p := preview.Previewer{Source: source, Forge: listing{&listed}, Git: &simGit{}, Now: time.Now, Desk: desk, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			p.Follow(ctx)
		}()
		synctest.Wait()
		for _, test := range []struct {
			repository string
			branch     int
			pulls      int
		}{{"somebody/plans", 0, 0}, {"ACME/Plans", 1, 1}} {
			for len(b.wake[0]) > 0 {
				<-b.wake[0]
			}
			before := listed
			b.ring(test.repository)
			b.ring(test.repository) // it is awake already
			synctest.Wait()
			if len(b.wake[0]) != test.branch || len(b.wake[1]) != 0 || min(1, listed-before) != test.pulls {
				t.Errorf("%s: the branch is woken %d times, the other's %d, pull requests are listed %d times", test.repository, len(b.wake[0]), len(b.wake[1]), listed-before)
			}
		}
		cancel()
		<-ended
	})
}
