package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/google/go-github/v60/github"
)

// Bounds on what is read, in bytes.
const (
	// maxAnswer is more than any answer of GitHub's has: a text of 65,536 characters,
	// each escaped as a pair of six, is 786,432 bytes, and a page holds pageOfTexts.
	maxAnswer = 16 << 20
	maxToken  = 64 << 10
)

// pageOfTexts is how many comments or pull requests are asked for at once.
const pageOfTexts = 20

// tokens are where the token of a request comes from.
type tokens interface {
	current(ctx context.Context) (string, error)
	// refused is told of a token that GitHub does not accept.
	refused(token string)
}

// tokenFile is read each time: mounted secrets change under way.
type tokenFile string

func (f tokenFile) current(context.Context) (string, error) { return readToken(string(f)) }

func (tokenFile) refused(string) {}

// login is who a token's comments are by.
func (tokenFile) login(ctx context.Context, api *github.Client) (string, *github.Response, error) {
	user, response, err := api.Users.Get(ctx, "")
	return user.GetLogin(), response, err
}

// guard adds the token to requests, for GitHub's own host only, lets writes through
// only while they may be made, and bounds what comes back.
type guard struct {
	base   http.RoundTripper
	origin *url.URL
	tokens tokens
	writes *permit // nil where any may be made
}

// RoundTrip fails without a request when there is no token.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := g.tokens.current(r.Context())
	if err == nil && (r.URL.Scheme != g.origin.Scheme || r.URL.Host != g.origin.Host) {
		err = fmt.Errorf("asking %q: it is not %q", r.URL.Host, g.origin.Host)
	}
	if err == nil && isWrite(r) {
		err = g.writes.ask()
	}
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	signed := r.Clone(r.Context())
	signed.Header.Set("Authorization", "Bearer "+token)
	if isWrite(r) {
		g.writes.watch(signed)
	}
	response, err := g.base.RoundTrip(signed)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusUnauthorized {
		g.tokens.refused(token)
	}
	response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	return response, nil
}

// readToken never puts what it read into an error.
func readToken(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading GitHub's token: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxToken))
	if err != nil {
		return "", fmt.Errorf("reading GitHub's token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("reading GitHub's token: %q is empty", path)
	}
	return token, nil
}

// sameRequest follows redirects on the same host that keep the method. A POST
// that turns into a GET would look like a success.
func sameRequest(next *http.Request, via []*http.Request) error {
	first := via[0]
	if next.Method != first.Method || next.URL.Host != first.URL.Host || next.URL.Scheme != first.URL.Scheme {
		return http.ErrUseLastResponse
	}
	if len(via) >= 5 {
		return errors.New("following redirects: there are too many")
	}
	return nil
}

// parseBase refuses addresses at which the token could be overheard.
func parseBase(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if parsing, ok := errors.AsType[*url.Error](err); ok {
		err = parsing.Err // without the text, which may hold a password
	}
	if err != nil {
		return nil, fmt.Errorf("parsing GitHub's base URL: %w", err)
	}
	if base.Host == "" || base.Scheme != "https" && !(base.Scheme == "http" && isLocal(base.Hostname())) {
		return nil, fmt.Errorf("parsing GitHub's base URL %q: it must begin with https:// (or be http:// on this machine)",
			base.Redacted())
	}
	base.Path = strings.TrimSuffix(base.Path, "/") + "/"
	return base, nil
}

func isLocal(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
