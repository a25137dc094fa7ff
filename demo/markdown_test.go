package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadable(t *testing.T) {
	if got := readable("| | pods | restarts |\n|---|---|---|\n| forecast | 6 | 7 |"); len(got) != 2 || strings.Index(got[0], "restarts") != strings.Index(got[1], "7") {
		t.Errorf("an empty heading of a column moves the others:\n%s", strings.Join(got, "\n"))
	}
	const markdown = "<!-- patchwave x -->\n### prod: what\n\n**2 problems** in [`a.yaml:1:2`](https://x/y#L1)\n" +
		"| wave | pods | then |\n|---|---|---|\n| 1 of 2 (1) | `lobby-0` on `node-0`<br>`lobby-1` | 10m |\n| forecast | <!-- forecast a --> |\n\n- began\n"
	want := `prod: what
2 problems in a.yaml:1:2
wave        pods                       then
1 of 2 (1)  lobby-0 on node-0, lobby-1  10m
forecast
- began`
	got := strings.Join(readable(markdown), "\n")
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	if diff := cmp.Diff(squeeze(want), squeeze(got)); diff != "" {
		t.Errorf("readable (-want +got):\n%s", diff)
	}
	lines := strings.Split(got, "\n")
	if strings.Index(lines[2], "then") != strings.Index(lines[3], "10m") {
		t.Errorf("the table's columns do not stand below each other:\n%s", got)
	}
}
