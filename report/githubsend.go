package report

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
)

// githubClient reads and writes, once each time: whether to try again is for
// others to say.
type githubClient struct {
	api  *github.Client
	self *self
}

// requestTime bounds a request and the reading of its answer. It is the
// context's: go-github leaves the body of an error open, and only the end of a
// context closes that.
const requestTime = 30 * time.Second

func newGitHubClient(base *url.URL, from signIn, transport http.RoundTripper, writes *permit) githubClient {
	return githubClient{newAPI(base, &etags{base: &guard{base: transport, origin: base, tokens: from, writes: writes}, known: map[string]remembered{}}), &self{from: from}}
}

func newAPI(base *url.URL, transport http.RoundTripper) *github.Client {
	api := github.NewClient(&http.Client{Transport: transport, CheckRedirect: sameRequest})
	api.BaseURL = base
	api.UserAgent = "patchwave"
	return api
}

// send takes a step; the map is what a read found.
func (c githubClient) send(ctx context.Context, s step) (map[string]shownStatus, outcome) {
	owner, name, err := splitCommit(s.commit)
	if err != nil {
		return nil, outcome{verdict: refused, err: err}
	}
	if s.write == nil {
		return c.read(ctx, owner, name, s.commit.sha)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	_, response, err := c.api.Repositories.CreateStatus(ctx, owner, name, s.commit.sha, wire(s.write.CommitStatus))
	return nil, judge(response, err)
}

// maxPages bounds a read; what is beyond are the oldest of 10,000 statuses.
const maxPages = 100

// read finds the newest status of each context, whoever wrote it.
func (c githubClient) read(ctx context.Context, owner, name, sha string) (map[string]shownStatus, outcome) {
	shown := map[string]shownStatus{}
	options := &github.ListOptions{PerPage: 100}
	for range maxPages {
		list, response, err := c.page(ctx, owner, name, sha, options)
		if err != nil {
			return nil, judgeRead(response, err)
		}
		for _, status := range list {
			keepNewest(shown, status)
		}
		if response.NextPage == 0 {
			break
		}
		options.Page = response.NextPage
	}
	return shown, outcome{}
}

func (c githubClient) page(ctx context.Context, owner, name, sha string, options *github.ListOptions) ([]*github.RepoStatus, *github.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	return c.api.Repositories.ListStatuses(ctx, owner, name, sha, options)
}

// keepNewest relies on GitHub's order, newest first.
func keepNewest(shown map[string]shownStatus, status *github.RepoStatus) {
	found := CommitStatus{
		Context: status.GetContext(), State: State(status.GetState()),
		Description: status.GetDescription(), TargetURL: status.GetTargetURL(),
	}
	known := shown[found.key()]
	if known.writes == 0 {
		known.CommitStatus = found
	}
	known.writes++
	shown[found.key()] = known
}

func wire(status CommitStatus) *github.RepoStatus {
	return &github.RepoStatus{
		State: github.String(string(status.State)), Context: &status.Context,
		Description: orNil(status.Description), TargetURL: orNil(status.TargetURL),
	}
}

func orNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	shaForm  = regexp.MustCompile(`^[0-9a-fA-F]{40}([0-9a-fA-F]{24})?$`)
)

// splitCommit refuses what would lead to another path of the API: go-github
// does not escape owner and name.
func splitCommit(at commit) (owner, name string, err error) {
	if owner, name, err = splitName(at.repository); err != nil {
		return "", "", err
	}
	if !shaForm.MatchString(at.sha) {
		return "", "", fmt.Errorf("reading SHA %q: it is not that of a commit, in full", at.sha)
	}
	return owner, name, nil
}

func splitName(repository string) (owner, name string, err error) {
	owner, name, _ = strings.Cut(repository, "/")
	if !isName(owner) || !isName(name) {
		return "", "", fmt.Errorf("reading repository %q: it is not of the form owner/name", repository)
	}
	return owner, name, nil
}

func isName(text string) bool { return nameForm.MatchString(text) && text != "." && text != ".." }
