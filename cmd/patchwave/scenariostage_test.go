package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/controller"
	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/golden"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/report/githubtest"
	"github.com/patchwave/patchwave/spec"
	"github.com/patchwave/patchwave/testlog"
)

const plansRepository = "acme/plans"

// tree is the files of a commit; one that begins with "-> " is a symbolic link.
type tree map[string]string

// with is the tree with changes; an empty content removes a file.
func (t tree) with(changes tree) tree {
	next := maps.Clone(t)
	maps.Copy(next, changes)
	maps.DeleteFunc(next, func(_, content string) bool { return content == "" })
	return next
}

func (t tree) files() fs.FS {
	files := fstest.MapFS{}
	for name, content := range t {
		file := &fstest.MapFile{Data: []byte(content)}
		if to, isLink := strings.CutPrefix(content, "-> "); isLink {
			file = &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink}
		}
		files[name] = file
	}
	return files
}

// simGit is the repository: its branch, and heads as they would be merged.
type simGit struct {
	mu    sync.Mutex
	tip   string
	past  []string
	path  string          // of the folder of plans
	trees map[string]tree // by commit
	queue []gitsrc.Queued
}

// folder is a commit's folder of plans, or why it has none.
func (g *simGit) folder(commit string) (files fs.FS, absent error) {
	files, err := fs.Sub(g.trees[commit].files(), g.path)
	if err == nil {
		_, err = fs.Stat(files, ".")
	}
	if err != nil {
		return fstest.MapFS{}, fmt.Errorf("there is no %q in this commit", g.path)
	}
	return files, nil
}

// unused tells whether the folder never had plans.
func (g *simGit) unused() bool {
	for _, commit := range append(slices.Clone(g.past), g.tip) {
		for name := range g.trees[commit] {
			if inside, found := strings.CutPrefix(path.Join("./", name), strings.TrimPrefix(g.path+"/", "./")); found && spec.PlanFile(inside) {
				return false
			}
		}
	}
	return true
}

func (g *simGit) Propose(_ context.Context, _, head string) (*gitsrc.Proposal, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	files, exists := g.trees[head]
	if !exists {
		return nil, errors.New("there is no such commit")
	}
	folder, absent := g.folder(head)
	return &gitsrc.Proposal{Head: head, Base: g.tip, Files: folder, Absent: absent, Contained: maps.Equal(files, g.trees[g.tip])}, nil
}

func (g *simGit) Queue(context.Context) ([]gitsrc.Queued, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.queue), nil
}

// enqueue puts a head into the merge queue.
func (g *simGit) enqueue(queued gitsrc.Queued) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = append(g.queue, queued)
}

// scene is a GitHub, a repository and a cluster, and a process that works there.
type scene struct {
	*testing.T
	hub     *githubtest.Server
	git     *simGit
	world   *simWorld
	config  spec.Config
	log     *testlog.Log
	began   time.Time
	commits int
	loop    *controller.Loop
	kill    context.CancelFunc
	running *sync.WaitGroup
	deaths  int
	crowded bool         // several ask at the same time: the order of requests is not told
	dead    *atomic.Bool // the process, which is not stopped yet
}

// quiet is an audience without a cluster to write Events to.
type quiet struct{ *audience }

func (quiet) Turn(reconciler.Plan, reconciler.Turn) {}

// play runs a scenario, and compares all that GitHub was told with a golden file.
func play(t *testing.T, name string, scenario func(s *scene)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t, githubtest.New(githubtest.Options{Token: "token", Users: map[string]string{"token-2": "staging-bot"}, Paced: true}), "prod", "token")
			s.start()
			scenario(s)
			s.stop()
			if broken := s.hub.Violations(); len(broken) > 0 {
				t.Errorf("GitHub's description was broken:\n%s", strings.Join(broken, "\n"))
			}
			golden.Compare(t, "testdata/scenarios", name+".md", s.story())
		})
	})
}

func newScene(t *testing.T, hub *githubtest.Server, instance, token string) *scene {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &scene{
		T: t, hub: hub, git: &simGit{trees: map[string]tree{}}, world: newSimWorld(), log: &testlog.Log{}, began: time.Now(),
		config: spec.Config{Name: instance, GitHub: &spec.GitHub{TokenFile: file, Forks: spec.ForksSchemaOnly, Preview: spec.PreviewFull}},
	}
	s.config.Sources = []spec.Source{{
		Name: "games", URL: "https://github.test/" + plansRepository, Branch: "main", Path: ".",
		Interval: spec.Duration(10 * time.Second), Namespaces: []string{"games"},
	}}
	return s
}

// start begins a process, which reads the branch as it is.
func (s *scene) start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.dead = &atomic.Bool{}
	s.git.path = s.config.Sources[0].Path
	log := s.log.Logger(slog.LevelWarn)
	github, err := report.NewGitHub(report.GitHubOptions{TokenFile: s.config.GitHub.TokenFile, Transport: mortal{s.hub.Transport(), s.dead}, Logger: log})
	if err != nil {
		s.Fatal(err)
	}
	audience := newAudience(s.config, nil, github, log)
	s.loop = &controller.Loop{World: s.world, Archive: s.world, Audience: quiet{audience}, Hours: s.config.Hours(), Now: time.Now, Log: slog.New(slog.DiscardHandler), Sources: []string{"games"}, Namespaces: []string{"games"}}
	s.world.wakes(s.loop)
	follow := audience.previewer(s.config.Sources[0], s.git, s.world, time.Now)
	s.running, s.kill = &sync.WaitGroup{}, cancel
	s.running.Go(func() { github.Run(ctx) })
	s.running.Go(func() { s.loop.Run(ctx) })
	s.running.Go(func() { follow.Follow(ctx) })
	synctest.Wait()
	s.read()
}

// stop ends the process when it has done what it can at this instant, or a
// story would depend on the processors.
func (s *scene) stop() {
	synctest.Wait()
	s.kill()
	s.running.Wait()
}

// mortal is the way to GitHub of a process that may be dead.
type mortal struct {
	base http.RoundTripper
	dead *atomic.Bool
}

func (m mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.dead.Load() {
		return nil, errors.New("the process is dead")
	}
	response, err := m.base.RoundTrip(r)
	if m.dead.Load() {
		return nil, errors.New("the process died before the answer")
	}
	return response, err
}

// restart ends the process in order, and begins another one.
func (s *scene) restart() {
	s.stop()
	s.start()
}

// die ends the process without a chance to write anything.
func (s *scene) die() {
	synctest.Wait()
	s.dead.Store(true)
	s.stop()
}

// read reads the branch's tip.
func (s *scene) read() {
	if s.git.tip == "" {
		return
	}
	source := s.config.Sources[0]
	files, absent := s.git.folder(s.git.tip)
	plans, problems := source.Load(files)
	reading := reconciler.Reading{
		Source: "games", Repository: plansRepository, Commit: s.git.tip, Revision: "main@sha1:" + s.git.tip,
		Before: s.git.past, Plans: plans, Problems: append(problems, source.Absent(absent)...),
	}
	if s.git.unused() && absent == nil {
		reading.Unused = fmt.Sprintf("folder %q has no plans, and never had", source.Path)
	}
	s.loop.Read(reading)
}

// commit makes a commit's SHA: a1…, a2… for the first, the second.
func (s *scene) commit(files tree) string {
	s.commits++
	sha := fmt.Sprintf("a%d%038d", s.commits, s.commits)
	s.git.mu.Lock()
	s.git.trees[sha] = files
	s.git.mu.Unlock()
	return sha
}

// push moves the branch.
func (s *scene) push(sha string) {
	s.git.mu.Lock()
	if s.git.tip != "" {
		s.git.past = append(slices.Clone(s.git.past), s.git.tip)
	}
	s.git.tip = sha
	s.git.mu.Unlock()
	s.read()
}

func (s *scene) tip() tree { return s.git.trees[s.git.tip] }

// open opens a pull request with changes to the tip.
func (s *scene) open(changes tree) int {
	return s.hub.Open(plansRepository, githubtest.Pull{Base: "main", Head: s.commit(s.tip().with(changes))})
}

// merge merges a pull request by a commit of its own, as merge and squash do.
func (s *scene) merge(number int, changes tree) string {
	sha := s.commit(s.tip().with(changes))
	s.hub.Change(number, func(pull *githubtest.Pull) { pull.Merged, pull.Commits = sha, []string{sha} })
	s.push(sha)
	return sha
}

func (s *scene) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// begin has a branch with one plan on v1, which runs.
func (s *scene) begin() {
	s.world.deploy("lobby", 4)
	s.push(s.commit(tree{"lobby.yaml": lobbyPlan("v1")}))
	s.pass(time.Minute)
}

// inFolder has a branch with two plans in a folder, on v1, which run.
func (s *scene) inFolder(folder string) {
	s.config.Sources[0].Path = folder
	s.restart()
	s.world.deploy("lobby", 4)
	s.world.deploy("chat", 1)
	s.push(s.commit(tree{folder + "/lobby.yaml": lobbyPlan("v1"), folder + "/chat.yaml": planNamed("chat", "v1"), "README.md": "x"}))
	s.pass(time.Minute)
}

func lobbyPlan(tag string) string { return planNamed("lobby", tag) }

func planNamed(name, tag string) string {
	return fmt.Sprintf(`apiVersion: patchwave.dev/v1alpha1
kind: UpgradePlan
metadata: {name: %[1]s, namespace: games}
spec:
  target: {kind: Deployment, name: %[1]s}
  images: [{container: server, image: "app:%[2]s"}]
  waves: [{pods: 1, soak: 90s}, {pods: 100%%}]
  maxUnavailable: 2
  progressDeadlineSeconds: 30
  template: Leave
`, name, tag)
}

// story is all that GitHub was told: what was asked, and what it shows.
func (s *scene) story() string {
	var b strings.Builder
	if !s.crowded {
		s.requests(&b)
	}
	for _, sha := range slices.SortedFunc(maps.Keys(s.git.trees), strings.Compare) {
		for _, status := range s.hub.Statuses(plansRepository, sha) {
			fmt.Fprintf(&b, "== %s %s: %s: %s (%d written)\n", sha[:7], status.Context, status.State, status.Description,
				len(s.hub.History(plansRepository, sha, status.Context)))
		}
	}
	for number := 1; number < 10; number++ {
		comments := s.hub.Comments(plansRepository, number)
		slices.SortStableFunc(comments, func(a, b githubtest.Comment) int { return strings.Compare(a.User, b.User) })
		for _, comment := range comments {
			for i, body := range append(comment.Past, comment.Body) {
				if i == 0 || i == len(comment.Past) {
					fmt.Fprintf(&b, "\n== #%d, version %d, by %s\n%s", number, i+1, comment.User, abridged(body))
				}
			}
		}
	}
	return b.String()
}

// requests lists the writes, and counts the reads.
func (s *scene) requests(b *strings.Builder) {
	reads := map[string]int{}
	b.WriteString("== writes\n")
	for _, request := range s.hub.Requests() {
		if !request.IsWrite() {
			reads[fmt.Sprintf("%s, %d", request.Operation, request.Status)]++
			continue
		}
		fmt.Fprintf(b, "%6.0fs %s %s %d\n", request.Time.Sub(s.began).Seconds(), request.Method, request.URL, request.Status)
	}
	b.WriteString("== reads\n")
	for _, kind := range slices.Sorted(maps.Keys(reads)) {
		fmt.Fprintf(b, "%s: %d\n", kind, reads[kind])
	}
}

// abridged keeps golden files readable.
func abridged(body string) string {
	lines := strings.SplitAfter(body, "\n")
	if len(lines) < 200 {
		return body
	}
	return strings.Join(lines[:20], "") + fmt.Sprintf("== %d lines, %d bytes\n", len(lines), len(body)) + strings.Join(lines[len(lines)-20:], "")
}
