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
)

const noLobby = "Deployment lobby does not exist"

var tales = []struct {
	name string
	view View
	want string
}{
	{"a first commit, before anything was begun", tip(shaA, lobby("v1")).view(), ""},
	{"a first commit, of which a part has begun", tip(shaA, lobby("v1"), chat("v1")).view(lobby("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/lobby success: all
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
		aaaaaaa prod/games/lobby failure: ImagePullBackOff: no such tag (pod lobby-7, container server)
		aaaaaaa prod failure: ImagePullBackOff: no such tag (pod lobby-7, container server) (games/lobby)`},
	{"a target that is not there", tip(shaA, lobby("v1")).view(lobby("v1").at(shaA, stalled("TargetNotUsable", noLobby))), `
		aaaaaaa prod/games/lobby failure: Deployment lobby does not exist
		aaaaaaa prod failure: Deployment lobby does not exist (games/lobby)`},
	{"a target that goes away after its roll-out", tip(shaA, lobby("v1")).view(lobby("v1").at(shaA, completed("all"), stalled("TargetNotUsable", noLobby))), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out`},
	{"a plan that cannot be recorded", tip(shaB, lobby("v2"), chat("v1")).stuck("no such namespace").view(lobby("v1").at(shaA, completed("all")), chat("v1").at(shaB)), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out, if unfinished
		bbbbbbb prod/games/chat pending: rolling out
		bbbbbbb prod failure: no such namespace (games/lobby)`},
	{"a plan that is stuck in the middle", tip(shaA, lobby("v1")).stuck("gone").view(lobby("v1").at(shaA)), `
		aaaaaaa prod/games/lobby pending: rolling out
		aaaaaaa prod failure: gone (games/lobby)`},
	{"a plan that is stuck after its roll-out", tip(shaA, lobby("v1")).stuck("gone").view(lobby("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out`},
	{"a wrong plan", tip(shaA).wrong("unknown field").view(), `
		aaaaaaa prod failure: unknown field (games/lobby.yaml:1:5)`},
	{"wrong plans beside a good one", tip(shaA, chat("v1")).wrong("one", "two", "three").view(chat("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/chat success: all
		aaaaaaa prod failure: one (games/lobby.yaml:1:5, and 2 more)`},
	{"a commit that changes no plan", tip(shaB, lobby("v1")).view(lobby("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out, if unfinished
		bbbbbbb prod success: no plan changed`},
	{"a commit that changes no plan while one is rolled out", tip(shaB, lobby("v1")).view(lobby("v1").at(shaA)), `
		aaaaaaa prod/games/lobby pending: rolling out
		aaaaaaa prod pending: rolling out, if unfinished
		bbbbbbb prod success: no plan changed`},
	{"a commit that was not acted on yet", tip(shaB, lobby("v2")).view(lobby("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out, if unfinished`},
	{"superseded in the middle", tip(shaB, lobby("v2")).view(lobby("v2").at(shaB, after(shaA, reconciler.Superseded))), `
		aaaaaaa prod/games/lobby error: superseded by bbbbbbb, if unfinished
		aaaaaaa prod error: superseded by bbbbbbb (games/lobby), if unfinished
		bbbbbbb prod/games/lobby pending: rolling out
		bbbbbbb prod pending: rolling out`},
	{"each names the next, the newest after a halt", tip(shaD, lobby("v1")).view(
		lobby("v1").at(shaD, completed("all"), after(shaC, reconciler.Halted), after(shaB, reconciler.Superseded), after(shaA, reconciler.Completed))), `
		aaaaaaa prod/games/lobby success: Completed at aaaaaaa, if unfinished
		aaaaaaa prod success: 1 plan rolled out, if unfinished
		bbbbbbb prod/games/lobby error: superseded by ccccccc, if unfinished
		bbbbbbb prod error: superseded by ccccccc (games/lobby), if unfinished
		ccccccc prod/games/lobby failure: Halted at ccccccc, if unfinished
		ccccccc prod failure: Halted at ccccccc (games/lobby), if unfinished
		ddddddd prod/games/lobby success: all
		ddddddd prod success: 1 plan rolled out`},
	{"a tip that was overtaken before it was acted on", tip(shaC, lobby("v1")).view(lobby("v1").at(shaA, completed("all"))).seen("games", shaA, shaB, shaC), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out, if unfinished
		bbbbbbb prod error: superseded by ccccccc, if unfinished
		ccccccc prod success: no plan changed`},
	{"tips in the order in which they were seen, after what is known from before", tip(shaD, lobby("v1")).view(lobby("v1").at(shaB, completed("all"))).seen("games", shaC, shaA, shaD), `
		bbbbbbb prod/games/lobby success: all
		bbbbbbb prod success: 1 plan rolled out, if unfinished
		ccccccc prod error: superseded by ddddddd, if unfinished
		aaaaaaa prod error: superseded by ddddddd, if unfinished
		ddddddd prod success: no plan changed`},
	{"a branch that was set back", tip(shaA, lobby("v1")).view(lobby("v1").at(shaA, after(shaB, reconciler.Superseded), after(shaA, reconciler.Completed))).seen("games", shaA, shaB), `
		bbbbbbb prod/games/lobby error: superseded by aaaaaaa, if unfinished
		bbbbbbb prod error: superseded by aaaaaaa (games/lobby), if unfinished
		aaaaaaa prod/games/lobby pending: rolling out
		aaaaaaa prod pending: rolling out`},
	{"a plan deleted in the middle", tip(shaB).view(lobby("v1").at(shaA, withdrawn)), `
		aaaaaaa prod/games/lobby error: the plan was deleted
		aaaaaaa prod error: the plan was deleted (games/lobby), if unfinished
		bbbbbbb prod success: no plan changed`},
	{"a plan deleted before it was completed, whose pods are put back", tip(shaB).view(lobby("v1").at(shaA, withdrawn, returning(2, false))), `
		aaaaaaa prod/games/lobby error: the plan was deleted
		aaaaaaa prod error: the plan was deleted (games/lobby), if unfinished
		bbbbbbb prod/games/lobby pending: the plan was deleted before it was completed; putting back 2 pods
		bbbbbbb prod pending: putting back`},
	{"and they are, after another commit", tip(shaC).view(lobby("v1").at(shaA, withdrawn, returning(1, true))), `
		aaaaaaa prod/games/lobby error: the plan was deleted
		aaaaaaa prod error: the plan was deleted (games/lobby), if unfinished
		bbbbbbb prod/games/lobby success: the plan was deleted before it was completed; 1 pod put back
		bbbbbbb prod success: 1 plan rolled out, if unfinished
		ccccccc prod success: no plan changed`},
	{"and one does not come up", tip(shaB).view(lobby("v1").at(shaA, withdrawn, returning(1, false), stalled("NotPutBack", "pod lobby-7 failed"))), `
		aaaaaaa prod/games/lobby error: the plan was deleted
		aaaaaaa prod error: the plan was deleted (games/lobby), if unfinished
		bbbbbbb prod/games/lobby failure: pod lobby-7 failed
		bbbbbbb prod failure: pod lobby-7 failed (games/lobby)`},
	{"a plan that was deleted and is back in the middle", tip(shaC, lobby("v1")).view(backAgain(lobby("v1").at(shaC))), `
		aaaaaaa prod/games/lobby error: superseded by ccccccc, if unfinished
		aaaaaaa prod error: superseded by ccccccc (games/lobby), if unfinished
		bbbbbbb prod/games/lobby error: superseded by ccccccc, if unfinished
		bbbbbbb prod error: superseded by ccccccc (games/lobby), if unfinished
		ccccccc prod/games/lobby pending: rolling out
		ccccccc prod pending: rolling out`},
	{"a deleted plan that is back before its record went", tip(shaC, lobby("v1")).view(lobby("v1").at(shaA, withdrawn)), `
		aaaaaaa prod/games/lobby error: the plan was deleted
		aaaaaaa prod error: the plan was deleted (games/lobby), if unfinished`},
	{"a name that an earlier source keeps", follow(reading("other", "acme/other", shaA, lobby("v0")), tip(shaB, lobby("v1"))).view(), `
		bbbbbbb prod failure: source other has a plan of this name, and keeps it (games/lobby)`},
	{"a record of another source, and one that never began", tip(shaB, chat("v1")).view(lobby("v1").of("other").at(shaA), spoiled(chat("v1").at(shaA))), ""},
	{"a record whose revision names no commit", tip(shaB, lobby("v1")).view(lobby("v1").at("")), `
		bbbbbbb prod success: no plan changed`},
	{"a source on no forge", follow(reading("games", "", shaA, lobby("v1"))).view(lobby("v1").at(shaA)), ""},
	{"two sources of one repository: the gravest stands", follow(tip(shaA, lobby("v1")), reading("more", plans, shaA, chat("v1"))).view(
		lobby("v1").at(shaA, halted), chat("v1").of("more").at(shaA, completed("all"))), `
		aaaaaaa prod/games/lobby failure: ImagePullBackOff: no such tag (pod lobby-7, container server)
		aaaaaaa prod failure: ImagePullBackOff: no such tag (pod lobby-7, container server) (games/lobby)
		aaaaaaa prod/games/chat success: all`},
	{"two sources of one repository: one is behind", follow(tip(shaB, lobby("v1")), reading("more", plans, shaA, chat("v1"))).view(chat("v1").of("more").at(shaA)).seen("games", shaA, shaB), `
		aaaaaaa prod pending: rolling out
		aaaaaaa prod/games/chat pending: rolling out`},
	{"a broken plan beside a good one, with two problems", follow(tip(shaB, chat("v1")).wrong("one", "two").named("lobby")).view(chat("v1").at(shaB, completed("all"))), `
		bbbbbbb prod/games/chat success: all
		bbbbbbb prod/games/lobby failure: one (games/lobby.yaml:1:5)
		bbbbbbb prod failure: one (games/lobby.yaml:1:5, and 1 more)`},
	{"a source that was not read yet", follow(reading("games", plans, "")).view(lobby("v1").at(shaB, after(shaA, reconciler.Superseded))), `
		aaaaaaa prod/games/lobby error: superseded by bbbbbbb, if unfinished
		bbbbbbb prod/games/lobby pending: rolling out`},
	{"what the branch had before a restart", tip(shaC, lobby("v1")).before(shaB, shaA).view(lobby("v1").at(shaA, completed("all"))), `
		bbbbbbb prod error: superseded by ccccccc, if unfinished, if shown
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out, if unfinished
		ccccccc prod success: no plan changed`},
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

// Older commits are swept, and the tip is not: what is pending there is its own.
func TestOlderCommitsAreSwept(t *testing.T) {
	view := tip(shaC, lobby("v1")).before(shaB).view(lobby("v1").at(shaA)).seen("games", shaD)
	swept := map[string]string{}
	for _, status := range Statuses(view) {
		if status.Context != "prod/" {
			continue
		}
		swept[status.SHA] = status.Description
		if status.State != Error || !status.OnlyShown || !status.OnlyUnfinished {
			t.Errorf("swept by %+v", status)
		}
	}
	const superseded = "superseded by ccccccc"
	if diff := cmp.Diff(map[string]string{shaA: superseded, shaB: superseded, shaD: superseded}, swept); diff != "" {
		t.Errorf("swept commits (-want +got):\n%s", diff)
	}
	for _, status := range Statuses(follow(reading("games", plans, "")).view(lobby("v1").at(shaA))) {
		if status.Context == "prod/" {
			t.Error("what a source that was not read answers for cannot be told yet")
		}
	}
}

// many are plans of one commit, of which the first so many failed.
func many(n, failed int) View {
	var all []planned
	var records []reconciler.Record
	for i := range n {
		p := plan(fmt.Sprintf("plan-%03d", i), "v1")
		how := completed("all")
		if i < failed {
			how = halted
		}
		all, records = append(all, p), append(records, p.at(shaA, how))
	}
	return tip(shaA, all...).view(records...)
}

func TestManyPlansShareAStatus(t *testing.T) {
	for _, test := range []struct{ plans, failed, alone int }{{20, 0, 20}, {21, 0, 0}, {500, 3, 3}, {500, 100, 20}} {
		alone, sums := 0, 0
		for _, status := range Statuses(many(test.plans, test.failed)) {
			switch {
			case status.Context == "prod":
				sums++
			case !status.OnlyShown:
				alone++
			}
		}
		if alone != test.alone || sums != 1 {
			t.Errorf("%d plans, %d failed: %d have a status of their own, and %d sum up", test.plans, test.failed, alone, sums)
		}
	}
}

// A start asks GitHub about so many commits and no more, but for those that are
// still at work.
func TestOldCommitsAreLeftAlone(t *testing.T) {
	var all []planned
	var records []reconciler.Record
	for i := range 100 {
		p := plan(fmt.Sprintf("plan-%03d", i), "v1")
		sha := fmt.Sprintf("%040x", i+1)
		record := p.at(sha, completed("all"))
		record.Status.Attempt.StartedAt = now.Add(time.Duration(i) * time.Minute)
		if i == 0 {
			record.Status.Attempt.Result = reconciler.Progressing
		}
		all, records = append(all, p), append(records, record)
	}
	asked := map[string]bool{}
	for _, status := range Statuses(tip(shaA, all...).view(records...)) {
		asked[status.SHA] = true
	}
	first, second, last := fmt.Sprintf("%040x", 1), fmt.Sprintf("%040x", 2), fmt.Sprintf("%040x", 100)
	if len(asked) != rememberedCommits+2 || !asked[first] || asked[second] || !asked[last] || !asked[shaA] {
		t.Errorf("%d commits are told of; of plan-000: %t, of plan-001: %t, of the last: %t", len(asked), asked[first], asked[second], asked[last])
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
	if !strings.HasPrefix(text, "ä error of") || !strings.HasSuffix(text, " (games/lobby.yaml:1:5, and 1 more)") {
		t.Errorf("neither reason, place nor number of the problems: %q", text)
	}
}

// What a commit was told to have put back stays told when the record has gone; a failure
// that is over does not.
func TestNothingChanged(t *testing.T) {
	onStage(t, func(s *stage) {
		show := func(view View) string {
			s.want(time.Minute, Statuses(view)...)
			shown := ""
			for _, status := range s.server.Statuses(plans, shaB) {
				if status.Context == "prod" {
					shown = status.State + ": " + status.Description
				}
			}
			return shown
		}
		for _, step := range []struct {
			view View
			want string
		}{
			{tip(shaB).view(lobby("v1").at(shaA, withdrawn, returning(1, false), stalled("NotPutBack", "pod lobby-7 failed"))), "failure: pod lobby-7 failed (games/lobby)"},
			{tip(shaB).view(), "success: no plan changed"},
			{tip(shaB).view(lobby("v1").at(shaA, withdrawn, returning(2, true))), "success: 1 plan put back"},
			{tip(shaB).view(), "success: 1 plan put back"},
		} {
			if got := show(step.view); got != step.want {
				t.Errorf("shows %q, want %q", got, step.want)
			}
		}
	})
}
