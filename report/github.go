package report

import (
	"cmp"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// GitHubOptions say where GitHub is and how to write to it.
type GitHubOptions struct {
	// BaseURL is the root of the REST API. Default https://api.github.com/; of
	// GitHub Enterprise https://HOST/api/v3/. Plain http only on this machine.
	BaseURL string
	// TokenFile holds a token that may write commit statuses and comments
	// (`statuses: write`, `pull_requests: write` of a fine-grained token). It is read for every request, so it may change.
	TokenFile string
	// App signs in as an App's installation, and not by a token's file.
	App *GitHubApp
	// CAFile holds certificates, in PEM, trusted beside the system's. Default: none.
	CAFile string
	// Proxy is the URL of a proxy. Default: as the environment says.
	Proxy string
	// Spacing is the least time between two writes; reads keep a tenth of it.
	// Default 1 s, which is what GitHub asks for.
	Spacing time.Duration
	// Transport carries the requests, instead of one with CAFile and Proxy.
	Transport http.RoundTripper
	// Logger is told what cannot be written, and what to do about it. Default:
	// nobody is told.
	Logger *slog.Logger
}

// GitHub writes commit statuses and comments: one request at a time, spaced, and
// only what GitHub does not show already. Want says what to show, Run brings it there.
type GitHub struct {
	client githubClient
	writes *permit
	line   *line
	log    *slog.Logger
	wake   chan struct{}

	mu      sync.Mutex
	wanted  map[string]Wanted // by teller
	board   board
	rests   rests
	threads threads
	crowded map[string]bool  // by repository and branch: there are more pull requests than are followed
	lapses  map[string]lapse // the same
}

// Wanted is what one teller wants GitHub to show.
type Wanted struct {
	Statuses []CommitStatus
	Comments []Comment
}

// NewGitHub checks the options and the files that they name, and asks GitHub
// nothing yet.
func NewGitHub(options GitHubOptions) (*GitHub, error) {
	base, err := parseBase(cmp.Or(options.BaseURL, "https://api.github.com/"))
	if err != nil {
		return nil, err
	}
	if options.Transport == nil {
		if options.Transport, err = newTransport(options.CAFile, options.Proxy); err != nil {
			return nil, err
		}
	}
	from, err := options.signIn(base)
	if err != nil {
		return nil, err
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	writes := &permit{}
	return &GitHub{
		client: newGitHubClient(base, from, options.Transport, writes),
		writes: writes,
		line:   newLine(cmp.Or(options.Spacing, time.Second), options.Logger),
		log:    options.Logger,
		wake:   make(chan struct{}, 1),
		wanted: map[string]Wanted{}, rests: rests{}, crowded: map[string]bool{}, lapses: map[string]lapse{},
	}, nil
}

func (o GitHubOptions) signIn(base *url.URL) (signIn, error) {
	if o.App != nil {
		return newAppTokens(*o.App, base, o.Transport)
	}
	_, err := readToken(o.TokenFile)
	return tokenFile(o.TokenFile), err
}

// Want replaces what a teller wants to be shown: what is left out stays on GitHub
// as it is, but for pending statuses, which are ended. Commits are served in the
// order in which they first came, so list older ones first. Want does not wait
// for GitHub, and may be called at any time.
func (g *GitHub) Want(teller string, wanted Wanted) {
	g.mu.Lock()
	g.wanted[teller] = wanted
	var all Wanted
	for _, name := range slices.Sorted(maps.Keys(g.wanted)) {
		all.Statuses = append(all.Statuses, g.wanted[name].Statuses...)
		all.Comments = append(all.Comments, g.wanted[name].Comments...)
	}
	g.board.want(all.Statuses)
	g.threads.want(all.Comments)
	g.mu.Unlock()
	select {
	case g.wake <- struct{}{}:
	default: // it is awake already
	}
}

// flushTime is how long Run goes on after its context has ended.
const flushTime = 10 * time.Second
