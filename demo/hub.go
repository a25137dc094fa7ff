package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/patchwave/patchwave/e2e/stage"
	"github.com/patchwave/patchwave/report/githubtest"
)

// contexts of the statuses that a commit of the demo gets.
var contexts = []string{instance, instance + "/" + namespace + "/lobby"}

// settled tells the statuses of a commit as they arrive, until all are final,
// and returns their description by context. They must be in the state wanted.
func (d *demo) settled(ctx context.Context, commit, want string) (map[string]string, error) {
	var statuses map[string]githubtest.Status
	err := stage.Until(ctx, "GitHub shows how "+short(commit)+" ended", func(context.Context) (bool, string) {
		d.tellStatuses()
		statuses = map[string]githubtest.Status{}
		for _, status := range d.stage.GitHub.Statuses(d.stage.Repository, commit) {
			statuses[status.Context] = status
		}
		return final(statuses), listed(statuses)
	})
	if err != nil {
		return nil, err
	}
	descriptions := map[string]string{}
	for name, status := range statuses {
		descriptions[name] = status.Description
		if status.State != want {
			return nil, fmt.Errorf("status %q of %s is %s (%s), not %s", name, short(commit), status.State, status.Description, want)
		}
	}
	return descriptions, nil
}

func listed(statuses map[string]githubtest.Status) string {
	var lines []string
	for _, name := range contexts {
		lines = append(lines, fmt.Sprintf("%s %s: %s", name, statuses[name].State, statuses[name].Description))
	}
	return strings.Join(lines, ", ")
}

func final(statuses map[string]githubtest.Status) bool {
	for _, name := range contexts {
		if state := statuses[name].State; state == "" || state == "pending" {
			return false
		}
	}
	return true
}

// tellStatuses tells the statuses that GitHub took since the last time.
func (d *demo) tellStatuses() {
	writes := d.stage.GitHub.Writes()
	for d.told < len(writes) && writes[d.told].Status != 0 {
		if writes[d.told].Status == http.StatusCreated && strings.Contains(writes[d.told].URL, "/statuses/") {
			d.tell("GitHub", statusLine(writes[d.told]))
		}
		d.told++
	}
}

func statusLine(write githubtest.Request) string {
	var sent struct{ Context, State, Description string }
	if err := json.Unmarshal(write.Body, &sent); err != nil {
		return err.Error()
	}
	return strings.Join([]string{short(path.Base(write.URL)), sent.State, sent.Context + ": " + sent.Description}, "  ")
}

func short(commit string) string { return commit[:min(7, len(commit))] }
