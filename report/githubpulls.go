package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
)

// Pull is an open pull request.
type Pull struct {
	Number int
	Head   string // the commit's SHA
	Fork   bool   // its head lives in another repository, or in none any more
	Page   string // of the base repository, for links; "" where GitHub names none
}

// maxPulls bounds how many pull requests are followed.
const maxPulls = 1000

// Pulls lists the open pull requests against a branch, the oldest first; of more
// than a thousand the newest. An answer that has not changed costs nothing of
// GitHub's limits. It waits for its turn among the writes, and as long as GitHub
// asks to be left alone.
func (g *GitHub) Pulls(ctx context.Context, repository, branch string) ([]Pull, error) {
	owner, name, err := splitName(repository)
	if err != nil {
		return nil, err
	}
	options := &github.PullRequestListOptions{
		State: "open", Base: branch, Sort: "created", Direction: "desc", ListOptions: github.ListOptions{PerPage: pageOfTexts},
	}
	at := repository + "@" + branch
	if err := g.lapse(at, time.Now()); err != nil {
		return nil, err
	}
	var pulls []Pull
	for range maxPulls / pageOfTexts {
		page, next, err := g.pullPage(ctx, owner, name, options)
		g.noteLapse(at, err, time.Now())
		if err != nil {
			return nil, err
		}
		pulls = append(pulls, page...)
		options.Page = next
		if next == 0 {
			break
		}
	}
	g.noteCrowd(at, options.Page != 0)
	slices.Reverse(pulls)
	return pulls, nil
}

// lapse is a list that could not be had, and is not asked for again before some time:
// that is no trouble of other requests, which go on.
type lapse struct {
	failures int
	until    time.Time
	err      error
}

// lapse is why a list is not asked for now; nil where it is.
func (g *GitHub) lapse(at string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if last := g.lapses[at]; now.Before(last.until) {
		return last.err
	}
	return nil
}

func (g *GitHub) noteLapse(at string, err error, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	failed, isList := errors.AsType[*listError](err)
	if !isList || failed.verdict != doubtful {
		delete(g.lapses, at)
		return
	}
	failures := g.lapses[at].failures + 1
	g.lapses[at] = lapse{failures, now.Add(outcome{verdict: doubtful}.wait(failures)), err}
}

// noteCrowd says once that there are more pull requests than are followed.
func (g *GitHub) noteCrowd(at string, crowded bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if crowded && !g.crowded[at] {
		g.log.Warn("there are too many open pull requests: the oldest are not answered", "repository", at, "followed", maxPulls)
	}
	g.crowded[at] = crowded
}

func (g *GitHub) pullPage(ctx context.Context, owner, name string, options *github.PullRequestListOptions) (page []Pull, next int, err error) {
	result := g.line.send(ctx, ctx, func(ctx context.Context) (sent, wrote bool, result outcome) {
		ctx, cancel := context.WithTimeout(ctx, requestTime)
		defer cancel()
		list, response, err := g.client.api.PullRequests.List(ctx, owner, name, options)
		if err != nil {
			return true, false, judgeRead(response, err)
		}
		for _, pull := range list {
			page = append(page, openPull(pull))
		}
		next = response.NextPage
		return true, false, outcome{}
	})
	if result.verdict != done {
		text := fmt.Sprintf("listing the pull requests of %s/%s: %s", owner, name, result.advice(owner+"/"+name))
		return nil, 0, &listError{text, result.verdict}
	}
	return page, next, nil
}

// listError is why pull requests cannot be listed.
type listError struct {
	text    string
	verdict verdict
}

func (e *listError) Error() string { return e.text }

// Kind does not depend on the text, which may say when a limit ends.
func (e *listError) Kind() string { return fmt.Sprint(e.verdict) }

func openPull(pull *github.PullRequest) Pull {
	head, base := pull.GetHead(), pull.GetBase()
	page := base.GetRepo().GetHTMLURL()
	if !strings.HasPrefix(page, "https://") && !strings.HasPrefix(page, "http://") {
		page = ""
	}
	return Pull{
		Number: pull.GetNumber(), Head: head.GetSHA(), Page: page,
		Fork: head.GetRepo() == nil || head.GetRepo().GetID() != base.GetRepo().GetID(),
	}
}
