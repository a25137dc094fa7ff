package report

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// The reason survives, however long the names before it are.
func TestReasonsSurvive(t *testing.T) {
	pod, container := strings.Repeat("game-server-", 21)+"0", strings.Repeat("c", 63)
	image := "registry.example.com/" + strings.Repeat("games/", 20) + "lobby:bad-1.8.2"
	key := spec.Key{Namespace: strings.Repeat("n", 63), Name: strings.Repeat("p", 253)}
	failure := "pod " + pod + ", container " + container + ": ImagePullBackOff: Back-off pulling image " + image
	for text, want := range map[string][]string{
		OneLine(failure): {"pod game-", "container ccc", ": ImagePullBackOff: Back-off pulling", "1.8.2"},
		about(OneLine(failure), shorten(key.String(), maxPlace)):                                      {": ImagePull", "(nnn", "ppp)"},
		about(failure, "games/lobby"):                                                                 {": ImagePullBackOff", "(games/lobby)"},
		OneLine("rolled back after " + failure):                                                       {"rolled back after", ": ImagePullBackOff"},
		wrong(at(strings.Repeat("sub-folder/", 300)+"x.yaml", "unknown field"), at("y", "z")):         {"unknown field (sub-f", "x.yaml:7:3, and 1 more)"},
		wrong(at(strings.Repeat("a b ", 300)+"x.yaml", "unknown field")):                              {"unknown field (a b", "x.yaml:7:3)"},
		wrong(at("a.yaml", `image "`+image+`" is denied`)):                                            {`image "registry`, "is denied (a.yaml:7:3)"},
		wrong(at("a.yaml", strings.Repeat("word ", 99)+"at the end")):                                 {"word word", "at the end (a.yaml:7:3)"},
		OneLine("following " + image + strings.Repeat("x", 400) + ": authentication required: renew"): {"following registry", "authentication required: renew"},
	} {
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%q lacks %q", text, part)
			}
		}
	}
}

// A failed pod's description begins with the reason, wherever its words stand, and
// whatever its name and the kubelet's message are.
func TestReasonFirst(t *testing.T) {
	failed := reconciler.Failure{Pod: strings.Repeat("game-server-", 20) + "0", Container: "server", Reason: "ErrImagePull", Message: strings.Repeat("failed to resolve reference ", 18)}
	usual := failed
	usual.Pod = "lobby-74d66c69dc-4sq9b"
	short := reconciler.Failure{Pod: "lobby-7", Reason: "WriteRefused"}
	of := func(f reconciler.Failure) reconciler.Status {
		return reconciler.Status{Attempt: reconciler.Attempt{Result: reconciler.Halted, Message: f.String(), Failure: &f}}
	}
	held := func(s reconciler.Status, reason, message string) reconciler.Status {
		s.Conditions = []reconciler.StatusCondition{{Type: "Stalled", Status: "True", Reason: reason, Message: message}}
		return s
	}
	unproved := held(of(failed), reconciler.WaveFailed, "wave 1 of 2 is not complete, no pod of it has come up: "+short.String())
	unproved.Attempt, unproved.Failed = reconciler.Attempt{Result: reconciler.Progressing}, []reconciler.Failure{failed, short}
	for _, test := range []struct {
		status     reconciler.Status
		begin, end string
	}{
		{held(of(failed), "Halted", "whatever"), "ErrImagePull: failed to resolve reference", ", container server)"},
		{held(of(failed), "RolledBack", "rolled back after "+failed.String()+"; revert in Git"), "rolled back after ErrImagePull: failed to", ", container server)"},
		{unproved, "wave 1 of 2 is not complete, no pod of it has come up: WriteRefused", "(pod lobby-7)"},
		{held(of(usual), "Halted", "whatever"), "ErrImagePull: failed to resolve reference", "(pod lobby-74d66c69dc-4sq9b, container server)"},
		{held(of(failed), "TargetNotUsable", "there is no Deployment lobby"), "there is no Deployment", "lobby"},
	} {
		_, text := standing(test.status)
		if text = OneLine(text); !strings.HasPrefix(text, test.begin) || !strings.HasSuffix(text, test.end) || utf8.RuneCountInString(text) > maxDescription {
			t.Errorf("%q, want it to begin with %q and to end with %q", text, test.begin, test.end)
		}
	}
	if text := about(OneLine(reasonFirst(usual.String(), usual)), "games/lobby"); !strings.HasSuffix(text, "(pod lobby-74d66c69dc-4sq9b, container server) (games/lobby)") {
		t.Errorf("summed up as %q", text)
	}
	if _, text := ending(of(short).Attempt, ""); text != "WriteRefused (pod lobby-7)" {
		t.Errorf("an attempt that another one followed is told as %q", text)
	}
}

func at(file, message string) spec.Problem {
	return spec.Problem{Position: spec.Position{File: file, Line: 7, Column: 3}, Message: message}
}

// Whatever a description is made of, GitHub takes it.
func TestDescriptionsAreTaken(t *testing.T) {
	onStage(t, func(s *stage) {
		var wanted []CommitStatus
		for i, text := range []string{
			"🚀", "plans/🚀.yaml:1:1: wrong", strings.Repeat("🚀", 200), strings.Repeat("é", 200), strings.Repeat("🚀 ", 200),
			"\x00\x1b[31mred\u202e\u200b\u2028", "caf\xe9", strings.Repeat("\xff", 500), "e" + strings.Repeat("\u0301", 300),
			strings.Repeat("\U000e0041", 150), "\ufeff\ufffe\uffff", "",
		} {
			status := on(string(rune('a'+i)), Failure).saying(OneLine(text))
			wanted = append(wanted, status, on("wrong-"+status.Context, Failure).saying(wrong(at(text, text))))
		}
		s.want(0, wanted...)
		s.pass(30 * time.Second)
		s.shows(wanted)
		for _, request := range s.server.Writes() {
			if request.Status != 201 {
				t.Errorf("%s is answered %d", request.Body, request.Status)
			}
		}
	})
}

// Names that are too long for a context have one all the same, each its own, and below
// the instance's.
func TestLongContexts(t *testing.T) {
	key := spec.Key{Namespace: "shop", Name: strings.Repeat("p", 253)}
	other := spec.Key{Namespace: "shop", Name: strings.Repeat("p", 252) + "q"}
	one, two := contextOf("prod", key), contextOf("prod", other)
	if len(one) != maxContext || len(two) != maxContext || one == two || !strings.HasPrefix(one, "prod/shop/ppp") {
		t.Errorf("contexts %s and %s", one, two)
	}
	fits := spec.Key{Namespace: "shop", Name: strings.Repeat("p", maxContext-len("prod/shop/"))}
	if got := contextOf("prod", fits); got != "prod/"+fits.String() {
		t.Errorf("context %s", got)
	}
	onStage(t, func(s *stage) {
		long := plan(key.Name, "v1")
		view := tip(shaA, long).wrong("broken").view(long.at(shaA, completed("all")))
		s.want(30*time.Second, Statuses(view)...)
		if got := len(s.server.Statuses(plans, shaA)); got != 2 {
			t.Errorf("%d statuses are shown", got)
		}
	})
}

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain text":             "plain text",
		" two\n\tlines ":         "two lines",
		"a\x1b[31mb\x00c\x7f":    "a [31mb c",
		"abc\u202egnp.exe\u2066": "abc gnp.exe",
		"zero\u200bwidth\ufeff":  "zero width",
		"caf\xe9":                "caf\ufffd",
		"naïve 日本 🚀":             "naïve 日本 🚀",
	} {
		if got := Visible(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func FuzzDescription(f *testing.F) {
	f.Add("plans/🚀.yaml", "unknown field")
	f.Add(strings.Repeat("x", 300), strings.Repeat("y z", 300))
	f.Fuzz(func(t *testing.T, file, message string) {
		for _, text := range []string{OneLine(message), wrong(at(file, message)), wrong(at(file, message), at("", "")), plain(message)} {
			astral := strings.ContainsFunc(text, func(r rune) bool { return r > 0xFFFF })
			if astral || utf8.RuneCountInString(text) > maxDescription || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\t\x1b\u202e") {
				t.Errorf("%q", text)
			}
		}
	})
}
