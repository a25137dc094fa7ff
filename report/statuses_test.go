package report

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

var (
	shaC  = strings.Repeat("c", 40)
	shaD  = strings.Repeat("d", 40)
	times = map[string]int{shaA: 1, shaB: 2, shaC: 3, shaD: 4} // hours at which the commits came
)

const noLobby = "Deployment lobby does not exist"

var tales = []struct {
	name string
	view View
	want string
}{
	{"a first commit, before anything was begun", tip(shaA, lobby("v1")).view(), `
		aaaaaaa prod pending: rolling out`},
	{"pods that are on the image already", tip(shaA, lobby("v1")).view(lobby("v1").at(shaA, completed("3 of 3 pods updated"))), `
		aaaaaaa prod/games/lobby success: 3 of 3 pods updated
		aaaaaaa prod success: 1 plan rolled out`},
	{"a roll-out under way", tip(shaA, lobby("v1"), chat("v1")).view(lobby("v1").at(shaA, completed("all")), chat("v1").at(shaA)), `
		aaaaaaa prod/games/chat pending: rolling out
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod pending: rolling out`},
	{"two plans rolled out", tip(shaA, lobby("v1"), chat("v1")).view(lobby("v1").at(shaA, completed("all")), chat("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/chat success: all
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 2 plans rolled out`},
	{"a bad image halts", tip(shaA, lobby("bad"), chat("v1")).view(lobby("bad").at(shaA, halted), chat("v1").at(shaA)), `
		aaaaaaa prod/games/chat pending: rolling out
		aaaaaaa prod/games/lobby failure: pod lobby-7, container server: ImagePullBackOff: no such tag
		aaaaaaa prod failure: games/lobby: pod lobby-7, container server: ImagePullBackOff: no such tag`},
	{"a target that is not there", tip(shaA, lobby("v1")).view(lobby("v1").at(shaA, stalled("TargetNotUsable", noLobby))), `
		aaaaaaa prod/games/lobby failure: Deployment lobby does not exist
		aaaaaaa prod failure: games/lobby: Deployment lobby does not exist`},
	{"a target that goes away after its roll-out", tip(shaA, lobby("v1")).view(lobby("v1").at(shaA, completed("all"), stalled("TargetNotUsable", noLobby))), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out`},
	{"a wrong plan", tip(shaA).wrong("unknown field").view(), `
		aaaaaaa prod failure: games/lobby.yaml:1:5: unknown field`},
	{"wrong plans beside a good one", tip(shaA, chat("v1")).wrong("one", "two", "three").view(chat("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/chat success: all
		aaaaaaa prod failure: games/lobby.yaml:1:5: one (and 2 more)`},
	{"a commit that changes no plan", tip(shaB, lobby("v1")).view(lobby("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out
		bbbbbbb prod success: nothing to roll out`},
	{"a commit that changes no plan while one is rolled out", tip(shaB, lobby("v1")).view(lobby("v1").at(shaA)), `
		aaaaaaa prod/games/lobby pending: rolling out
		aaaaaaa prod pending: rolling out
		bbbbbbb prod success: nothing to roll out`},
	{"a commit that was not acted on yet", tip(shaB, lobby("v2")).view(lobby("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out
		bbbbbbb prod pending: rolling out`},
	{"superseded in the middle", tip(shaB, lobby("v2")).view(lobby("v2").at(shaB, after(shaA, reconciler.Superseded))), `
		aaaaaaa prod/games/lobby error: superseded by bbbbbbb, if unfinished
		aaaaaaa prod error: games/lobby: superseded by bbbbbbb, if unfinished
		bbbbbbb prod/games/lobby pending: rolling out
		bbbbbbb prod pending: rolling out`},
	{"each names the next, the newest after a halt", tip(shaD, lobby("v1")).view(
		lobby("v1").at(shaD, completed("all"), after(shaC, reconciler.Halted), after(shaB, reconciler.Superseded), after(shaA, reconciler.Completed))), `
		aaaaaaa prod/games/lobby success: Completed at aaaaaaa, if unfinished
		aaaaaaa prod success: 1 plan rolled out, if unfinished
		bbbbbbb prod/games/lobby error: superseded by ccccccc, if unfinished
		bbbbbbb prod error: games/lobby: superseded by ccccccc, if unfinished
		ccccccc prod/games/lobby failure: Halted at ccccccc, if unfinished
		ccccccc prod failure: games/lobby: Halted at ccccccc, if unfinished
		ddddddd prod/games/lobby success: all
		ddddddd prod success: 1 plan rolled out`},
	{"a tip that was overtaken before it was acted on", tip(shaC, lobby("v1")).view(lobby("v1").at(shaA, completed("all"))).seen("games", shaA, shaB, shaC), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out
		bbbbbbb prod error: superseded by ccccccc, if unfinished
		ccccccc prod success: nothing to roll out`},
	{"a branch that was set back", tip(shaA, lobby("v1")).view(lobby("v1").at(shaA, after(shaB, reconciler.Superseded), after(shaA, reconciler.Completed))).seen("games", shaA, shaB), `
		bbbbbbb prod/games/lobby error: superseded by aaaaaaa, if unfinished
		bbbbbbb prod error: games/lobby: superseded by aaaaaaa, if unfinished
		aaaaaaa prod/games/lobby pending: rolling out
		aaaaaaa prod pending: rolling out`},
	{"a plan deleted in the middle", tip(shaB).view(lobby("v1").at(shaA, withdrawn)), `
		aaaaaaa prod/games/lobby error: the plan was deleted
		aaaaaaa prod error: games/lobby: the plan was deleted
		bbbbbbb prod success: nothing to roll out`},
	{"a deleted plan that is back before its record went", tip(shaC, lobby("v1")).view(lobby("v1").at(shaA, withdrawn)), `
		aaaaaaa prod/games/lobby error: the plan was deleted
		aaaaaaa prod error: games/lobby: the plan was deleted
		ccccccc prod pending: rolling out`},
	{"a name that an earlier source keeps", follow(reading("other", "acme/other", shaA, lobby("v0")), tip(shaB, lobby("v1"))).view(), `
		aaaaaaa prod pending: rolling out
		bbbbbbb prod failure: games/lobby: source other has a plan of this name, and keeps it`},
	{"a record of another source, and one that never began", tip(shaB, chat("v1")).view(lobby("v1").of("other").at(shaA), spoiled(chat("v1").at(shaA))), `
		bbbbbbb prod pending: rolling out`},
	{"a record whose revision names no commit", tip(shaB, lobby("v1")).view(lobby("v1").at("")), `
		bbbbbbb prod success: nothing to roll out`},
	{"a source on no forge", follow(reading("games", "", shaA, lobby("v1"))).view(lobby("v1").at(shaA)), ""},
	{"two sources of one repository: the gravest stands", follow(tip(shaA, lobby("v1")), reading("more", plans, shaA, chat("v1"))).view(
		lobby("v1").at(shaA, halted), chat("v1").of("more").at(shaA, completed("all"))), `
		aaaaaaa prod/games/lobby failure: pod lobby-7, container server: ImagePullBackOff: no such tag
		aaaaaaa prod failure: games/lobby: pod lobby-7, container server: ImagePullBackOff: no such tag
		aaaaaaa prod/games/chat success: all`},
	{"two sources of one repository: one is behind", follow(tip(shaB, lobby("v1")), reading("more", plans, shaA, chat("v1"))).view(chat("v1").of("more").at(shaA)).seen("games", shaA, shaB), `
		aaaaaaa prod pending: rolling out
		bbbbbbb prod pending: rolling out
		aaaaaaa prod/games/chat pending: rolling out`},
}

func TestStatuses(t *testing.T) {
	for _, tale := range tales {
		t.Run(tale.name, func(t *testing.T) {
			want := strings.ReplaceAll(strings.TrimSpace(tale.want), "\t", "")
			if diff := cmp.Diff(want, told(Statuses(tale.view))); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

// What is told depends on what there is, not on the order in which the cluster
// listed it; and telling changes nothing of it.
func TestStatusesStayTheSame(t *testing.T) {
	for _, tale := range tales {
		want := Statuses(tale.view)
		random := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			random.Shuffle(len(tale.view.Records), func(i, j int) {
				tale.view.Records[i], tale.view.Records[j] = tale.view.Records[j], tale.view.Records[i]
			})
			if diff := cmp.Diff(want, Statuses(tale.view)); diff != "" {
				t.Fatalf("%s: another answer to the same view (-want +got):\n%s", tale.name, diff)
			}
		}
	}
}

func TestStatusesLeaveTheRecordsAlone(t *testing.T) {
	record := lobby("v2").at(shaC, after(shaB, reconciler.Halted))
	room := slices.Grow(record.Status.History, 3)
	record.Status.History = room
	Statuses(tip(shaD).view(record))
	if beyond := room[:2][1]; beyond.Digest != "" {
		t.Errorf("the room behind the history, which others read as well, holds %+v", beyond)
	}
}

func TestInstancesDoNotShareContexts(t *testing.T) {
	view := tip(shaA, lobby("v1")).view(lobby("v1").at(shaA))
	staging := view
	staging.Instance = "staging"
	for _, status := range Statuses(staging) {
		for _, other := range Statuses(view) {
			if status.key() == other.key() {
				t.Errorf("both write %q", status.Context)
			}
		}
	}
}

func TestEachSourceSpeaksToItsOwnRepository(t *testing.T) {
	view := follow(tip(shaA, lobby("v1")), reading("more", "acme/more", shaB, chat("v1"))).
		view(lobby("v1").at(shaA), chat("v1").of("more").at(shaB))
	view.TargetURL = "https://dash.example.com/"
	for _, status := range Statuses(view) {
		if want := map[string]string{shaA: plans, shaB: "acme/more"}[status.SHA]; status.Repository != want {
			t.Errorf("%s %s is for %s", short(status.SHA), status.Context, status.Repository)
		}
		if status.TargetURL != view.TargetURL {
			t.Errorf("%s links to %q", status.Context, status.TargetURL)
		}
	}
}

func TestDescriptionsFit(t *testing.T) {
	long := strings.Repeat("ä error\n\tof the kubelet's, ", 40)
	for name, view := range map[string]View{
		"stalled":  tip(shaA, lobby("v1")).view(lobby("v1").at(shaA, stalled("Halted", long))),
		"ended":    tip(shaA, lobby("v1")).view(lobby("v1").at(shaA, completed(long))),
		"problem":  tip(shaA).wrong(long).view(),
		"problems": tip(shaA).wrong(long, "another").view(),
		"past":     tip(shaB, lobby("v1")).view(lobby("v1").at(shaA, stalled("Halted", long))),
	} {
		for _, status := range Statuses(view) {
			text := status.Description
			if n := utf8.RuneCountInString(text); n > 140 || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\t") {
				t.Errorf("%s: %d characters: %q", name, n, text)
			}
		}
	}
	text := Statuses(tip(shaA).wrong(long, "another").view())[0].Description
	if !strings.HasPrefix(text, "games/lobby.yaml:1:5: ä error of") || !strings.HasSuffix(text, "… (and 1 more)") {
		t.Errorf("neither place nor number of the problems: %q", text)
	}
}

// told writes statuses line by line.
func told(statuses []CommitStatus) string {
	var lines []string
	for _, s := range statuses {
		line := fmt.Sprintf("%s %s %s: %s", short(s.SHA), s.Context, s.State, s.Description)
		if s.OnlyUnfinished {
			line += ", if unfinished"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// readings is what was read of the sources.
type readings []reconciler.Reading

func follow(sources ...readings) readings { return slices.Concat(sources...) }

// tip is the newest commit of the source "games".
func tip(sha string, at ...planned) readings { return reading("games", plans, sha, at...) }

func reading(source, repository, sha string, at ...planned) readings {
	r := reconciler.Reading{Source: source, Repository: repository, Commit: sha, Revision: "main@sha1:" + sha}
	for _, plan := range at {
		r.Plans = append(r.Plans, plan.Plan)
	}
	return readings{r}
}

func (r readings) wrong(messages ...string) readings {
	for i, message := range messages {
		at := spec.Position{File: "games/lobby.yaml", Line: i + 1, Column: 5}
		r[0].Problems = append(r[0].Problems, spec.Problem{Position: at, Message: message})
	}
	return r
}

func (r readings) view(records ...reconciler.Record) View {
	return View{Instance: "prod", Readings: r, Records: records}
}

func (v View) seen(source string, commits ...string) View {
	v.Past = map[string][]string{source: commits}
	return v
}

// planned is a plan of some source.
type planned struct {
	spec.Plan
	source string
}

func lobby(tag string) planned { return plan("lobby", tag) }
func chat(tag string) planned  { return plan("chat", tag) }

func plan(name, tag string) planned {
	return planned{source: "games", Plan: spec.Plan{
		APIVersion: spec.APIVersion, Kind: spec.PlanKind,
		Metadata: spec.Metadata{Namespace: "games", Name: name},
		Spec: spec.PlanSpec{
			Target: spec.Target{Kind: "Deployment", Name: name},
			Images: []spec.Image{{Container: "server", Image: "app:" + tag}},
		},
	}}
}

func (p planned) of(source string) planned {
	p.source = source
	return p
}

// at is the plan's record, begun at a commit.
func (p planned) at(sha string, how ...func(*reconciler.Status)) reconciler.Record {
	record := reconciler.Record{Source: p.source, Digest: p.Digest(), Plan: p.Plan}
	record.Status.Attempt = attemptAt(sha, reconciler.Progressing)
	record.Status.Attempt.Digest = record.Digest
	for _, change := range how {
		change(&record.Status)
	}
	return record
}

func attemptAt(sha string, result reconciler.Result) reconciler.Attempt {
	began := time.Date(2026, 1, 1, times[sha], 0, 0, 0, time.UTC)
	a := reconciler.Attempt{Digest: "sha256:" + sha, Revision: "main@sha1:" + sha, Result: result, StartedAt: began}
	if result != reconciler.Progressing {
		a.Message, a.EndedAt = fmt.Sprintf("%s at %s", result, short(sha)), began.Add(time.Minute)
	}
	return a
}

func completed(message string) func(*reconciler.Status) {
	return func(s *reconciler.Status) { s.Attempt.Result, s.Attempt.Message = reconciler.Completed, message }
}

func stalled(reason, message string) func(*reconciler.Status) {
	return func(s *reconciler.Status) {
		s.Conditions = append(s.Conditions, reconciler.StatusCondition{Type: "Stalled", Status: "True", Reason: reason, Message: message})
	}
}

func halted(s *reconciler.Status) {
	failure := reconciler.Failure{Pod: "lobby-7", Node: "node-1", Container: "server", Reason: "ImagePullBackOff", Message: "no such tag"}
	s.Attempt.Failure, s.Attempt.Result, s.Attempt.Message = &failure, reconciler.Halted, failure.String()
	stalled("Halted", failure.String())(s)
}

func withdrawn(s *reconciler.Status) {
	s.Attempt.Result, s.Attempt.Message = reconciler.Withdrawn, "the plan was deleted"
}

// after adds the attempt before those known.
func after(sha string, result reconciler.Result) func(*reconciler.Status) {
	return func(s *reconciler.Status) { s.History = append(s.History, attemptAt(sha, result)) }
}

// spoiled is a record that somebody made nonsense of.
func spoiled(record reconciler.Record) reconciler.Record {
	return reconciler.Record{Plan: spec.Plan{Metadata: record.Plan.Metadata}}
}
