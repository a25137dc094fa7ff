package preview

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
	"github.com/patchwave/patchwave/testlog"
)

// fake is a forge, a repository and a cluster in one.
type fake struct {
	sync.Mutex
	pulls      []report.Pull
	files      fs.FS
	base       string
	queued     []gitsrc.Queued
	pullsErr   error
	queueErr   error
	headErr    error
	worldErr   error
	scalersErr error
	merged     bool
	pods       []reconciler.Pod
	seen       reconciler.Observed // of every plan
	read       int                 // heads
	looked     int                 // at pods
	scaled     int                 // how often autoscalers were asked for
	scalers    []reconciler.Autoscaler
}

func (f *fake) Pulls(context.Context, string, string) ([]report.Pull, error) {
	f.Lock()
	defer f.Unlock()
	return slices.Clone(f.pulls), f.pullsErr
}

func (f *fake) Propose(_ context.Context, _, head string) (*gitsrc.Proposal, error) {
	f.Lock()
	defer f.Unlock()
	f.read++
	return &gitsrc.Proposal{Head: head, Base: f.base, Files: f.files, Contained: f.merged}, f.headErr
}

func (f *fake) Queue(context.Context) ([]gitsrc.Queued, error) {
	f.Lock()
	defer f.Unlock()
	return slices.Clone(f.queued), f.queueErr
}

func (f *fake) Observe(context.Context, reconciler.Plan) (reconciler.Observed, error) {
	f.Lock()
	defer f.Unlock()
	f.looked++
	if len(f.pods) > 0 {
		return reconciler.Observed{Pods: slices.Clone(f.pods)}, f.worldErr
	}
	if len(f.seen.Pods) > 0 {
		return f.seen, f.worldErr
	}
	return reconciler.Observed{Missing: "there is nothing"}, f.worldErr
}

func (f *fake) Autoscalers(context.Context, reconciler.Plan, reconciler.Observed) ([]reconciler.Autoscaler, error) {
	f.Lock()
	defer f.Unlock()
	f.scaled++
	return f.scalers, f.scalersErr
}

// set changes what the fake says.
func (f *fake) set(change func()) {
	f.Lock()
	defer f.Unlock()
	change()
}

// asked tells how many heads were read, and how often pods were looked at.
func (f *fake) asked() (read, looked int) {
	f.Lock()
	defer f.Unlock()
	return f.read, f.looked
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
		var mu sync.Mutex
		var last report.Wanted
		desk := NewDesk(func(wanted report.Wanted) {
			mu.Lock()
			defer mu.Unlock()
			last = wanted
		})
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
			mu.Lock()
			defer mu.Unlock()
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
		if read, _ := f.asked(); read != 0 || len(shown().Statuses) != 0 {
			t.Error("something is said before the branch was read")
		}
		desk.Changed(base("b1"), nil)
		if got := shown(); len(got.Statuses) != 1 || len(got.Comments) != 1 || got.Statuses[0].Context != "prod/plan" {
			t.Fatalf("shown is %+v", got)
		}
		time.Sleep(time.Minute)
		if read, looked := f.asked(); read != 1 || looked < 6 {
			t.Errorf("in a minute the head was read %d times, and its pods looked at %d times", read, looked)
		}
		f.set(func() { f.base = "b2" })
		desk.Changed(base("b2"), nil)
		shown()
		if read, _ := f.asked(); read != 2 {
			t.Errorf("after the branch has moved the head was read %d times", read)
		}
		f.set(func() { f.pulls = nil })
		desk.Look("games")
		if got := shown(); len(got.Statuses)+len(got.Comments) != 0 {
			t.Errorf("of a closed one is shown %+v", got)
		}
	})
}

// GitHub lists a pull request for a while after the branch has it.
func TestMergedAndStillListed(t *testing.T) {
	watch(t, func(f *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
		f.set(func() { f.merged = true })
		desk.Changed(base("b1"), nil)
		got := shown()
		if len(got.Comments) != 0 || len(got.Statuses) != 1 || got.Statuses[0].State != report.Success || !got.Statuses[0].OnlyUnfinished {
			t.Errorf("of a head that was never looked at is shown %+v", got)
		}
		f.set(func() { f.merged, f.pulls[0].Head = false, "h2" })
		desk.Look("games")
		before := shown()
		f.set(func() { f.merged, f.base = true, "b2" })
		desk.Changed(base("b2"), nil)
		if diff := cmp.Diff(before, shown()); diff != "" {
			t.Errorf("after the merge (-before +after):\n%s", diff)
		}
		time.Sleep(lagging)
		if after := shown(); cmp.Diff(before, after) == "" {
			t.Error("it is open still, and brings nothing: that should be said in the end")
		}
	})
}

// A branch that cannot be read leaves nobody waiting for a required check.
func TestBranchThatCannotBeRead(t *testing.T) {
	watch(t, func(_ *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
		time.Sleep(starting - time.Second)
		if got := shown(); len(got.Statuses) > 0 {
			t.Errorf("at first %+v", got)
		}
		time.Sleep(time.Minute)
		if got := shown(); len(got.Statuses) != 1 || got.Statuses[0].State != report.Error || !strings.Contains(got.Statuses[0].Description, "could not be read yet") {
			t.Errorf("in the end %+v", got)
		}
		desk.Changed(base("b1"), nil)
		if got := shown(); len(got.Comments) != 1 || got.Statuses[0].State == report.Error {
			t.Errorf("once it was read %+v", got)
		}
	})
}

// Where one of the lists cannot be had, the heads of the other are answered, and its
// own as they were listed last.
func TestListsFailApart(t *testing.T) {
	heads := func(wanted report.Wanted) string {
		var heads []string
		for _, status := range wanted.Statuses {
			heads = append(heads, status.SHA)
		}
		slices.Sort(heads)
		return strings.Join(heads, " ")
	}
	watch(t, func(f *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
		f.set(func() { f.queueErr = errors.New("no queue can be listed") })
		desk.Changed(base("b1"), nil)
		if got := heads(shown()); got != "h1" {
			t.Errorf("without the queue's list shown are %q", got)
		}
		f.set(func() { f.queueErr, f.queued = nil, []gitsrc.Queued{{Ref: "refs/heads/queue/1", Head: "q1"}} })
		desk.Look("games")
		if got := heads(shown()); got != "h1 q1" {
			t.Errorf("with both shown are %q", got)
		}
		f.set(func() {
			f.pullsErr, f.queued = errors.New("no pulls can be listed"), append(f.queued, gitsrc.Queued{Ref: "refs/heads/queue/2", Head: "q2"})
		})
		desk.Look("games")
		if got := heads(shown()); got != "h1 q1 q2" {
			t.Errorf("without the list of pull requests shown are %q", got)
		}
		f.set(func() { f.pullsErr, f.pulls = nil, nil })
		desk.Look("games")
		if got := heads(shown()); got != "q1 q2" {
			t.Errorf("with none open shown are %q", got)
		}
	})
}

func TestForksSeeNoCluster(t *testing.T) {
	watch(t, func(f *fake, p *Previewer, desk *Desk, shown func() report.Wanted) {
		f.set(func() { f.pulls[0].Fork = true })
		desk.Changed(base("b1"), nil)
		text := shown().Comments[0].Preview
		if _, looked := f.asked(); looked != 0 || strings.Contains(text, "nothing") {
			t.Errorf("the pods were looked at %d times, and it says %s", looked, text)
		}
		p.GitHub.Forks = spec.ForksPreview
		desk.Look("games")
		if text := shown().Comments[0].Preview; !strings.Contains(text, "there is nothing") {
			t.Errorf("where that is allowed it says %s", text)
		}
	})
}

// An error that lasts is told of once, though its words change, and a head that cannot
// be read keeps the words that were said of it first.
func TestChangingWords(t *testing.T) {
	watch(t, func(f *fake, p *Previewer, desk *Desk, shown func() report.Wanted) {
		var log testlog.Log
		p.Log = log.Logger(slog.LevelInfo)
		desk.Changed(base("b1"), nil)
		shown()
		minutes := func(what string, set func(err error)) (lines int) {
			log.Reset()
			for i := range 18 {
				f.set(func() { set(fmt.Errorf("read tcp 127.0.0.1:%d: i/o timeout", i)) })
				time.Sleep(10 * time.Second)
				shown()
			}
			return strings.Count(log.String(), what)
		}
		if got := minutes("cannot look at pull requests", func(err error) { f.pullsErr = err }); got != 1 {
			t.Errorf("told %d times that pull requests cannot be listed", got)
		}
		f.set(func() { f.pullsErr, f.pulls[0].Head = nil, "h2" })
		if got := minutes("cannot read the head", func(err error) { f.headErr = err }); got != 1 {
			t.Errorf("told %d times that a head cannot be read", got)
		}
		if got := shown().Statuses[0]; got.SHA != "h2" || got.Description != "it cannot be read: read tcp 127.0.0.1:0: i/o timeout" {
			t.Errorf("of the head is shown %+v", got)
		}
		f.set(func() { f.pulls[0].Head = "h3" })
		time.Sleep(10 * time.Second)
		if got := shown().Statuses[0]; got.SHA != "h2" {
			t.Errorf("after the first failure of another head: %+v", got)
		}
	})
}

// A pull request that takes a plan out says what of its pods is put back: what it has
// patched and never completed.
func TestTakenOut(t *testing.T) {
	for name, test := range map[string]struct {
		result reconciler.Result
		want   []string
		not    string
	}{
		"in the middle":             {reconciler.Progressing, []string{"Removed before it was completed", "| `server` | `app:v2` | `app:v1` | 1 |", "lobby-7"}, "stay on the images"},
		"after it was completed":    {reconciler.Completed, []string{"all stay on the images that they run"}, "app:v1"},
		"in the middle, by another": {"", []string{"Renamed: `games/lobby-new` takes its pods over"}, "app:v1"},
	} {
		t.Run(name, func(t *testing.T) {
			watch(t, func(f *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
				readings, records, seen := rolledOut(t, test.result)
				f.set(func() {
					f.seen, f.files = seen, fstest.MapFS{"README.md": {}}
					if test.result == "" {
						f.files = fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(planText, "name: lobby,", "name: lobby-new,", 1))}}
					}
				})
				desk.Changed(readings, records)
				time.Sleep(10 * time.Second)
				wanted := shown()
				if len(wanted.Comments) != 1 {
					t.Fatalf("shown are %+v", wanted)
				}
				text := wanted.Comments[0].Preview
				for _, want := range test.want {
					if !strings.Contains(text, want) {
						t.Errorf("it does not say %q:\n%s", want, text)
					}
				}
				if strings.Contains(text, test.not) {
					t.Errorf("it says %q:\n%s", test.not, text)
				}
			})
		})
	}
}

// rolledOut is a plan that has brought app:v2 to a pod, and how that stands.
func rolledOut(t *testing.T, result reconciler.Result) ([]reconciler.Reading, []reconciler.Record, reconciler.Observed) {
	plans, problems := (spec.Source{Namespaces: []string{"games"}, Path: "."}).Load(fstest.MapFS{"a.yaml": {Data: []byte(planText)}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	digest, at := plans[0].Digest(), time.Now().Add(-time.Hour)
	try := reconciler.Try{Digest: digest}
	status := reconciler.Status{Attempt: reconciler.Attempt{Try: try, Revision: "main@sha1:b1", Result: result, StartedAt: at, Images: plans[0].Spec.Images}}
	switch result {
	case "":
		status.Attempt.Result = reconciler.Progressing
	case reconciler.Completed:
		status.Attempt.EndedAt = at.Add(time.Minute)
		status.LastCompleted = &reconciler.Completion{At: status.Attempt.EndedAt, Digest: digest, Images: plans[0].Spec.Images}
	}
	pod := reconciler.Pod{
		Name: "lobby-7", UID: "7", Node: "node-1", NodeReady: true, Begun: at, ContainersReady: true, Ready: reconciler.Condition{True: true, Since: at},
		Containers: []reconciler.Container{{Name: "server", Image: "app:v2", RunningImage: "docker.io/library/app:v2", ID: "new", Running: true, StartedAt: at}},
		Marks:      reconciler.Marks{{Container: "server", Plan: "games/lobby", Try: try, Time: at, Wrote: "app:v2", Image: "app:v1", Origin: "app:v1", ContainerID: "old"}},
	}
	readings := base("b1")
	readings[0].Plans = plans
	records := []reconciler.Record{{Source: "games", Digest: digest, Plan: plans[0], Status: status}}
	return readings, records, reconciler.Observed{Pods: []reconciler.Pod{pod}, Status: status}
}

func TestWhatCannotBeReadOrSeen(t *testing.T) {
	watch(t, func(f *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
		desk.Changed(base("b1"), nil)
		good := shown().Statuses[0].Description
		f.set(func() { f.pullsErr = errors.New("GitHub is away") })
		time.Sleep(time.Minute)
		if got := shown().Statuses; len(got) != 1 || got[0].Description != good {
			t.Errorf("while GitHub is away: %+v", got)
		}
		f.set(func() { f.pullsErr, f.headErr, f.pulls[0].Head = nil, errors.New("its folder is too deep"), "h2" })
		time.Sleep(10 * time.Second)
		if got := shown().Statuses[0]; got.SHA != "h1" {
			t.Errorf("after one failure: %+v", got)
		}
		time.Sleep(10 * time.Second)
		if got := shown().Statuses[0]; got.SHA != "h2" || got.State != report.Error || !strings.Contains(got.Description, "too deep") {
			t.Errorf("after two: %+v", got)
		}
		f.set(func() { f.headErr, f.worldErr = nil, errors.New("its record is another instance's") })
		time.Sleep(10 * time.Second)
		if text := shown().Comments[0].Preview; !strings.Contains(text, "cannot be told: `its record is another instance's`") {
			t.Errorf("of pods that cannot be seen: %s", text)
		}
		f.set(func() { f.base, f.pulls[0].Head = "b0", "h3" }) // Git is ahead of what was read
		time.Sleep(10 * time.Second)
		if got := shown().Statuses[0]; got.SHA != "h2" {
			t.Errorf("merged with another branch than the one read: %+v", got)
		}
	})
}

// Two sources of one repository answer for one head together: the gravest stands.
func TestSourcesOfOneRepository(t *testing.T) {
	var last report.Wanted
	desk := NewDesk(func(wanted report.Wanted) { last = wanted })
	says := func(source string, state report.State) {
		desk.put(source, map[string]report.Wanted{"refs/pull/1/head": {
			Statuses: []report.CommitStatus{{Repository: "acme/plans", SHA: "h1", Context: "prod/plan", State: state}},
			Comments: []report.Comment{{Marker: "prod/" + source}},
		}})
	}
	says("games", report.Failure)
	says("web", report.Success)
	if len(last.Statuses) != 1 || last.Statuses[0].State != report.Failure || len(last.Comments) != 2 {
		t.Errorf("shown is %+v", last)
	}
}

// Of a head that the branch has by now nothing is said that was said of another one.
func TestMergedAfterAPush(t *testing.T) {
	watch(t, func(f *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
		desk.Changed(base("b1"), nil)
		shown()
		f.set(func() { f.merged, f.pulls[0].Head = true, "h2" })
		desk.Look("games")
		if got := shown(); len(got.Statuses) != 1 || got.Statuses[0].SHA != "h2" || len(got.Comments) != 0 {
			t.Errorf("shown is %+v", got)
		}
	})
}

// A preview says that two plans claim the same, as the roll-out would.
func TestContestedPreview(t *testing.T) {
	watch(t, func(f *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
		f.set(func() {
			f.files = fstest.MapFS{"a.yaml": {Data: []byte(planText)}, "b.yaml": {Data: []byte(strings.NewReplacer("name: lobby, n", "name: other, n", "Deployment", "StatefulSet").Replace(planText))}}
			f.pods = []reconciler.Pod{{Name: "lobby-1", UID: "u", NodeReady: true, Containers: []reconciler.Container{{Name: "server", Image: "app:v1"}}}}
		})
		desk.Changed(base("b1"), nil)
		if text := shown().Comments[0].Preview; strings.Count(text, "**Would not start now:** Contested") != 2 {
			t.Errorf("it says %s", text)
		}
	})
}

// A preview tells of an autoscaler that pods that are out would mislead, and asks for none
// where no pod would be restarted. One that cannot be read spoils nothing.
func TestAutoscalersInAPreview(t *testing.T) {
	for name, test := range map[string]struct {
		runs string
		err  error
		asks bool
		want string
	}{
		"pods to restart": {"app:v1", nil, true, "HorizontalPodAutoscaler by-players may shrink Deployment lobby meanwhile"},
		"nothing to do":   {"app:v2", nil, false, "0 of 1 pods of"},
		"no answer":       {"app:v1", errors.New("no answer"), true, "app:v1"},
	} {
		t.Run(name, func(t *testing.T) {
			watch(t, func(f *fake, _ *Previewer, desk *Desk, shown func() report.Wanted) {
				f.set(func() {
					f.pods = []reconciler.Pod{{Name: "lobby-1", UID: "u", NodeReady: true, Containers: []reconciler.Container{{Name: "server", Image: test.runs}}}}
					f.scalersErr = test.err
					if test.err == nil {
						f.scalers = []reconciler.Autoscaler{{Name: "by-players", Owner: align.Owner{Kind: "Deployment", Name: "lobby", Wanted: 2}, Least: 1}}
					}
				})
				desk.Changed(base("b1"), nil)
				text := shown().Comments[0].Preview
				f.Lock()
				defer f.Unlock()
				if (f.scaled > 0) != test.asks || !strings.Contains(text, test.want) || strings.Contains(text, "no answer") {
					t.Errorf("asked %d times; it says %s", f.scaled, text)
				}
			})
		})
	}
}
