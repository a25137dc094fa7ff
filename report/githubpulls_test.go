package report

import (
	"testing"

	"github.com/google/go-github/v60/github"
)

// A fork that was deleted is none of ours any more either. GitHub's description
// does not know that there is no repository then.
func TestForksAreToldApart(t *testing.T) {
	repository := func(id int64) *github.Repository { return &github.Repository{ID: &id} }
	for name, test := range map[string]struct {
		head, base *github.Repository
		fork       bool
	}{
		"the same repository": {repository(1), repository(1), false}, "another": {repository(2), repository(1), true},
		"none any more": {nil, repository(1), true}, "nothing is known": {nil, nil, true},
	} {
		pull := &github.PullRequest{Head: &github.PullRequestBranch{Repo: test.head}, Base: &github.PullRequestBranch{Repo: test.base}}
		if got := openPull(pull).Fork; got != test.fork {
			t.Errorf("%s: a fork is %t", name, got)
		}
	}
}
