package cluster

import (
	"os"
	"strings"
	"testing"
)

// listedDifferences reads the README's table of them: the case's name, and what differs.
func listedDifferences(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| case of `TestManners` | difference |\n|---|---|\n")
	if !found {
		t.Fatal("the README has no table of differences")
	}
	listed := map[string]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 {
			break
		}
		listed[strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[2])
	}
	return listed
}
