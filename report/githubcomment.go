package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v60/github"
)

// speak takes a step for a comment.
func (c githubClient) speak(ctx context.Context, s say) (found, outcome) {
	if s.number == 0 {
		owner, name, err := splitCommit(commit{s.wanted.Repository, s.wanted.Commit})
		if err != nil {
			return found{}, outcome{verdict: refused, err: err}
		}
		return c.findPull(ctx, owner, name, s.wanted)
	}
	owner, name, err := splitName(s.wanted.Repository)
	switch {
	case err != nil:
		return found{}, outcome{verdict: refused, err: err}
	case s.isWrite():
		return c.writeComment(ctx, owner, name, s)
	}
	return c.findComment(ctx, owner, name, s)
}

// findPull finds the pull request whose merge made a commit of the branch,
// whichever way it was merged. Others that hold the commit are not meant: by a
// rebase, one pull request makes many.
func (c githubClient) findPull(ctx context.Context, owner, name string, wanted Comment) (found, outcome) {
	options := &github.ListOptions{PerPage: pageOfTexts}
	for range maxHolders / pageOfTexts {
		pulls, response, err := c.pullsWith(ctx, owner, name, wanted.Commit, options)
		if err != nil {
			return found{}, judgeRead(response, err)
		}
		if i := slices.IndexFunc(pulls, wanted.mergedBy); i >= 0 {
			return found{number: pulls[i].GetNumber()}, outcome{}
		}
		if response.NextPage == 0 {
			break
		}
		options.Page = response.NextPage
	}
	return found{}, outcome{}
}

func (c githubClient) pullsWith(ctx context.Context, owner, name, sha string, options *github.ListOptions) ([]*github.PullRequest, *github.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	return c.api.PullRequests.ListPullRequestsWithCommit(ctx, owner, name, sha, options)
}

// mergedBy tells whether a pull request brought the comment's commit to its branch.
func (c Comment) mergedBy(pull *github.PullRequest) bool {
	into := pull.GetBase()
	here := into.GetRef() == c.Branch && strings.EqualFold(into.GetRepo().GetFullName(), c.Repository)
	return here && pull.MergedAt != nil && pull.GetMergeCommitSHA() == c.Commit
}

// maxHolders bounds among how many pull requests that hold a commit the one that
// merged it is looked for.
const maxHolders = 100

// maxComments bounds how far a comment is looked for.
const maxComments = 3000

// findComment finds the oldest comment with the marker that is our own: anybody
// can write a marker.
func (c githubClient) findComment(ctx context.Context, owner, name string, s say) (found, outcome) {
	me, result := c.self.login(ctx, c)
	if result.verdict != done {
		return found{}, result
	}
	options := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: pageOfTexts}}
	for range maxComments / pageOfTexts {
		list, response, err := c.commentPage(ctx, owner, name, s.number, options)
		if err != nil {
			return found{}, judgeRead(response, err)
		}
		for _, comment := range list {
			if strings.HasPrefix(comment.GetBody(), s.wanted.head()) && strings.EqualFold(comment.GetUser().GetLogin(), me) {
				return found{shown: asShown(comment)}, outcome{}
			}
		}
		if response.NextPage == 0 {
			break
		}
		options.Page = response.NextPage
	}
	return found{shown: &shownComment{}}, outcome{}
}

func (c githubClient) commentPage(ctx context.Context, owner, name string, number int, options *github.IssueListCommentsOptions) ([]*github.IssueComment, *github.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	return c.api.Issues.ListComments(ctx, owner, name, number, options)
}

func (c githubClient) writeComment(ctx context.Context, owner, name string, s say) (found, outcome) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	comment, response, err := &github.IssueComment{Body: &s.body}, (*github.Response)(nil), error(nil)
	if s.id == 0 {
		comment, response, err = c.api.Issues.CreateComment(ctx, owner, name, s.number, comment)
	} else {
		comment, response, err = c.api.Issues.EditComment(ctx, owner, name, s.id, comment)
	}
	if err != nil {
		return found{}, judge(response, err)
	}
	written := asShown(comment)
	written.body, written.at = s.body, time.Now()
	return found{shown: written}, outcome{}
}

// asShown is a comment that was read. One from the future would never be edited.
func asShown(comment *github.IssueComment) *shownComment {
	at := comment.GetUpdatedAt().Time
	if now := time.Now(); at.After(now) {
		at = now
	}
	return &shownComment{id: comment.GetID(), body: strings.ReplaceAll(comment.GetBody(), "\r\n", "\n"), at: at}
}

// signIn is a way to sign in.
type signIn interface {
	tokens
	login(ctx context.Context, api *github.Client) (string, *github.Response, error)
}

// self is who GitHub takes us for.
type self struct {
	from signIn
	mu   sync.Mutex
	name string
}

// login asks once.
func (s *self) login(ctx context.Context, c githubClient) (string, outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.name != "" {
		return s.name, outcome{}
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	name, response, err := s.from.login(ctx, c.api)
	if err != nil {
		return "", judge(response, fmt.Errorf("asking GitHub whose the token is: %w", err))
	}
	s.name = name
	return name, outcome{}
}
