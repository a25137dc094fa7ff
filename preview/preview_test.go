package preview

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// fake is a forge, a repository and a cluster in one.
type fake struct {
	pulls    []report.Pull
	files    fs.FS
	base     string
	pullsErr error
	headErr  error
	worldErr error
	read     int // heads
	looked   int // at pods
}

func (f *fake) Pulls(context.Context, string, string) ([]report.Pull, error) {
	return f.pulls, f.pullsErr
}

func (f *fake) Propose(_ context.Context, _, head string) (*gitsrc.Proposal, error) {
	f.read++
	return &gitsrc.Proposal{Head: head, Base: f.base, Files: f.files}, f.headErr
}

func (f *fake) Queue(context.Context) ([]gitsrc.Queued, error) { return nil, nil }

func (f *fake) Observe(context.Context, reconciler.Plan) (reconciler.Observed, error) {
	f.looked++
	return reconciler.Observed{Missing: "there is nothing"}, f.worldErr
}

const planText = `apiVersion: patchwave.dev/v1alpha1
kind: UpgradePlan
metadata: {name: lobby, namespace: games}
spec:
  target: {kind: Deployment, name: lobby}
  images: [{container: server, image: "app:v2"}]
`

// watch follows one pull request, in a bubble of time; shown is what was handed on last.
func watch(t *testing.T, scene func(f *fake, p *Previewer, desk *Desk, shown func() report.Wanted)) {
	synctest.Test(t, func(t *testing.T) {
		var last report.Wanted
		desk := NewDesk(func(wanted report.Wanted) { last = wanted })
		f := &fake{pulls: []report.Pull{{Number: 1, Head: "h1"}}, files: fstest.MapFS{"a.yaml": {Data: []byte(planText)}}, base: "b1"}
		p := &Previewer{
			Instance: "prod", Source: spec.Source{Name: "games", Interval: spec.Duration(10 * time.Second), Namespaces: []string{"games"}, Path: "."},
			Sources: []string{"games"}, GitHub: spec.GitHub{Forks: spec.ForksSchemaOnly}, Forge: f, Git: f, World: f, Now: time.Now, Desk: desk, Log: slog.New(slog.DiscardHandler),
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			p.Follow(ctx)
		}()
		synctest.Wait()
		scene(f, p, desk, func() report.Wanted {
			synctest.Wait()
			return last
		})
		cancel()
		<-ended
	})
}

func base(commit string) []reconciler.Reading {
	return []reconciler.Reading{{Source: "games", Commit: commit, Revision: "main@sha1:" + commit}}
}

func TestHeadsAreReadOnce(t *testing.T) {
	watch(t, func(f *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
		if f.read != 0 || len(shown().Statuses) != 0 {
			t.Error("something is said before the branch was read")
		}
		desk.Changed(base("b1"), nil)
		if got := shown(); len(got.Statuses) != 1 || len(got.Comments) != 1 || got.Statuses[0].Context != "prod/plan" {
			t.Fatalf("shown is %+v", got)
		}
		time.Sleep(time.Minute)
		if f.read != 1 || f.looked < 6 {
			t.Errorf("in a minute the head was read %d times, and its pods looked at %d times", f.read, f.looked)
		}
		f.base = "b2"
		desk.Changed(base("b2"), nil)
		if shown(); f.read != 2 {
			t.Errorf("after the branch has moved the head was read %d times", f.read)
		}
		f.pulls = nil
		desk.Look("games")
		if got := shown(); len(got.Statuses)+len(got.Comments) != 0 {
			t.Errorf("of a closed one is shown %+v", got)
		}
	})
}

func TestForksSeeNoCluster(t *testing.T) {
	watch(t, func(f *fake, p *Previewer, desk *Desk, shown func() report.Wanted) {
		f.pulls[0].Fork = true
		desk.Changed(base("b1"), nil)
		if text := shown().Comments[0].Preview; f.looked != 0 || strings.Contains(text, "nothing") {
			t.Errorf("the pods were looked at %d times, and it says %s", f.looked, text)
		}
		p.GitHub.Forks = spec.ForksPreview
		desk.Look("games")
		if text := shown().Comments[0].Preview; !strings.Contains(text, "there is nothing") {
			t.Errorf("where that is allowed it says %s", text)
		}
	})
}

func TestWhatCannotBeReadOrSeen(t *testing.T) {
	watch(t, func(f *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
		desk.Changed(base("b1"), nil)
		good := shown().Statuses[0].Description
		f.pullsErr = errors.New("GitHub is away")
		time.Sleep(time.Minute)
		if got := shown().Statuses; len(got) != 1 || got[0].Description != good {
			t.Errorf("while GitHub is away: %+v", got)
		}
		f.pullsErr, f.headErr, f.pulls[0].Head = nil, errors.New("its folder is too deep"), "h2"
		time.Sleep(10 * time.Second)
		if got := shown().Statuses[0]; got.SHA != "h1" {
			t.Errorf("after one failure: %+v", got)
		}
		time.Sleep(10 * time.Second)
		if got := shown().Statuses[0]; got.SHA != "h2" || got.State != report.Error || !strings.Contains(got.Description, "too deep") {
			t.Errorf("after two: %+v", got)
		}
		f.headErr, f.worldErr = nil, errors.New("its record is another instance's")
		time.Sleep(10 * time.Second)
		if text := shown().Comments[0].Preview; !strings.Contains(text, "cannot be told: `its record is another instance's`") {
			t.Errorf("of pods that cannot be seen: %s", text)
		}
		f.base = "b0" // Git is ahead of what was read
		f.pulls[0].Head = "h3"
		time.Sleep(10 * time.Second)
		if got := shown().Statuses[0]; got.SHA != "h2" {
			t.Errorf("merged with another branch than the one read: %+v", got)
		}
	})
}
