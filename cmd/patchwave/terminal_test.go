package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// odd has what would steer a terminal, break a table, or hide a part of itself.
const odd = "a\x1b[2Jb\tc\nd\re\u202ef\u200bg\u0085h"

// What others wrote is printed on its own line and in its own cell, and steers nothing.
func TestTerminal(t *testing.T) {
	condition := func(kind string) reconciler.StatusCondition {
		return reconciler.StatusCondition{Type: kind, Status: "False", Reason: odd, Message: kind + odd}
	}
	record := cluster.Upgrade{}
	record.Name, record.Namespace = "lobby", "games"
	record.Status.Conditions = []reconciler.StatusCondition{condition("Ready"), condition("Drifted")}
	record.Status.Pods.Shown, record.Status.Attempt.Revision = odd, odd
	moves := []reconciler.Move{{Pod: odd, Node: odd, Changes: []reconciler.Change{{Container: "server", From: odd, To: odd}}}}
	said := reconciler.Objection{Reason: "Missing", Message: odd}
	for name, test := range map[string]struct {
		print func(*bytes.Buffer)
		lines int
	}{
		"status":      {func(b *bytes.Buffer) { _ = rows(b, []cluster.Upgrade{record}, leaders{}, false) }, 2},
		"status wide": {func(b *bytes.Buffer) { _ = rows(b, []cluster.Upgrade{record}, leaders{}, true) }, 2},
		"problems": {func(b *bytes.Buffer) {
			complain(b, []spec.Problem{{Position: spec.Position{File: odd}, Message: odd}, {Message: odd}})
		}, 2},
		"of flags": {func(b *bytes.Buffer) { complainOfFlags(b, []spec.Problem{{Message: odd}}) }, 1},
		"a plan": {func(b *bytes.Buffer) {
			b.WriteString(report.Preview(reconciler.Forecast{Matched: 1, Waves: [][]reconciler.Move{moves}, Objection: said, Notes: []string{odd}}))
		}, 5},
		"a misfit": {func(b *bytes.Buffer) { b.WriteString(report.Preview(reconciler.Forecast{Misfit: said})) }, 1},
		"an error": {func(b *bytes.Buffer) {
			execute(t.Context(), []string{"validate", "none/" + odd}, b, b)
		}, 1},
	} {
		var b bytes.Buffer
		test.print(&b)
		text, ended := strings.CutSuffix(b.String(), "\n")
		if lines := strings.Split(text, "\n"); len(lines) != test.lines || !ended || strings.ContainsFunc(strings.Join(lines, ""), unprintable) {
			t.Errorf("%s: prints %q", name, text)
		}
	}
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
