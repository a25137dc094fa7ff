package report

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
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
		aaaaaaa prod success: 1 plan rolled out, if unfinished
		bbbbbbb prod success: no plan changed`},
	{"a commit that changes no plan while one is rolled out", tip(shaB, lobby("v1")).view(lobby("v1").at(shaA)), `
		aaaaaaa prod/games/lobby pending: rolling out
		aaaaaaa prod pending: rolling out, if unfinished
		bbbbbbb prod success: no plan changed`},
	{"a commit that was not acted on yet", tip(shaB, lobby("v2")).view(lobby("v1").at(shaA, completed("all"))), `
		aaaaaaa prod/games/lobby success: all
		aaaaaaa prod success: 1 plan rolled out, if unfinished
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
		bbbbbbb prod error: games/lobby: superseded by aaaaaaa, if unfinished
		aaaaaaa prod/games/lobby pending: rolling out
		aaaaaaa prod pending: rolling out`},
	{"a plan deleted in the middle", tip(shaB).view(lobby("v1").at(shaA, withdrawn)), `
		aaaaaaa prod/games/lobby error: the plan was deleted
		aaaaaaa prod error: games/lobby: the plan was deleted, if unfinished
		bbbbbbb prod success: no plan changed`},
	{"a deleted plan that is back before its record went", tip(shaC, lobby("v1")).view(lobby("v1").at(shaA, withdrawn)), `
		aaaaaaa prod/games/lobby error: the plan was deleted
		aaaaaaa prod error: games/lobby: the plan was deleted, if unfinished
		ccccccc prod pending: rolling out`},
	{"a name that an earlier source keeps", follow(reading("other", "acme/other", shaA, lobby("v0")), tip(shaB, lobby("v1"))).view(), `
		aaaaaaa prod pending: rolling out
		bbbbbbb prod failure: games/lobby: source other has a plan of this name, and keeps it`},
	{"a record of another source, and one that never began", tip(shaB, chat("v1")).view(lobby("v1").of("other").at(shaA), spoiled(chat("v1").at(shaA))), `
		bbbbbbb prod pending: rolling out`},
	{"a record whose revision names no commit", tip(shaB, lobby("v1")).view(lobby("v1").at("")), `
		bbbbbbb prod success: no plan changed`},
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
