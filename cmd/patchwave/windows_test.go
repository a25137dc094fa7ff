package main

import (
	"strings"
	"testing"
)

// Times are in files so that no answer hangs on the day of the test.
func TestWindows(t *testing.T) {
	const (
		never  = "  freezes: [{from: 2000-01-01T00:00:00Z, to: 9999-01-01T00:00:00Z, reason: for good}]\n"
		always = "  windows: [{start: \"0 0 * * *\", duration: 24h}]\n"
		frozen = "closed, frozen until 9999-01-01T00:00:00Z: for good\n"
	)
	chat := strings.ReplaceAll(soundPlan, "lobby", "chat")
	folder := files(t, map[string]string{
		"open/lobby.yaml": soundPlan, "closed/lobby.yaml": soundPlan + never, "mixed/a.yaml": soundPlan, "mixed/b.yaml": chat + never,
		"always/lobby.yaml": soundPlan + always,
		"wrong/lobby.yaml":  soundPlan + "  windows: [{start: \"0 0 30 2 *\", duration: 1h}]\n",
		"config.yaml":       "sources: [{name: games, url: /srv/plans}]\n" + strings.TrimLeft(never, " "),
	})
	const usual = "windows DIR/"
	code, out, errs := patchwave(t, "windows", folder+"/always")
	if code != 0 || errs != "" || !strings.HasPrefix(out, "games/lobby: open until at least ") || strings.Count(out, "\n") != 3 {
		t.Errorf("a window that is always open: exit code %d, %s%s", code, out, errs)
	}
	for args, want := range map[string]string{"closed": frozen, "mixed": frozen, "open --config " + folder + "/config.yaml": frozen} {
		code, out, errs := patchwave(t, strings.Fields("windows "+folder+"/"+args)...)
		if code != 1 || errs != "" || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d, %s%s", args, code, out, errs)
		}
	}
	runs(t, folder, []line{
		{"at any time", usual + "open", 0, "games/lobby: open, and never closes\n", ""},
		{
			"a plan that is wrong", usual + "wrong", 2, "",
			"DIR/wrong/lobby.yaml:7:21: spec.windows[0].start: \"0 0 30 2 *\" names a day that no year has\n1 problem; 0 plans without\n",
		},
		{"no such configuration", usual + "open --config DIR/none.yaml", 2, "", "Error: reading the configuration: DIR/none.yaml: no such file or directory\n"},
	})
}
