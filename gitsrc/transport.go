package gitsrc

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What a server may send, in bytes of one answer. All refs of 50,000 branches
// are 3 MB; a pack holds the history of a repository of plans.
const (
	maxProblem  = 16 << 10
	maxRefs     = 64 << 20
	maxBranch   = 1 << 20
	maxPackfile = 2 << 30
)

// newClient makes the client of one source; proxies come from the environment.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = 64 << 10
	transport.ResponseHeaderTimeout = time.Minute
	return &http.Client{Transport: bounded{transport}, CheckRedirect: redirect}
}

// redirect follows a few redirects of a GET, but never carries credentials to
// another origin or leaves TLS. A POST is not sent on: see remote.follow.
func redirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 5 {
		return errors.New("the server redirects in circles")
	}
	if first.Method != http.MethodGet {
		return http.ErrUseLastResponse
	}
	if first.URL.Scheme == "https" && next.URL.Scheme != "https" {
		return fmt.Errorf("the server redirects from https to %q", next.URL.Scheme)
	}
	for _, hop := range append(via[1:], next) {
		if !sameOrigin(first.URL, hop.URL) {
			next.Header.Del("Authorization")
		}
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// bounded cuts answers that are longer than they can rightly be.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	limit := int64(maxPackfile)
	switch {
	case response.StatusCode >= 300:
		limit = maxProblem
	case request.Method == http.MethodGet:
		limit = maxRefs
	}
	response.Body = &boundedBody{ReadCloser: response.Body, left: limit, limit: limit}
	return response, nil
}

type boundedBody struct {
	io.ReadCloser
	left, limit int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the server sends more than %d bytes in one answer", b.limit)
	}
	return n, err
}
