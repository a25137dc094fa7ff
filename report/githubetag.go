package report

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"sync"
)

// Bounds on what is kept of answers for the next time, in bytes.
const (
	maxRemembered = 32 << 20
	// maxWorth is more than a page of pull requests usually has.
	maxWorth = 1 << 20
)

// etags asks GitHub only whether something has changed since: an answer that
// has not costs nothing of the hourly limit.
type etags struct {
	base http.RoundTripper

	mu    sync.Mutex
	known map[string]remembered // by URL
	order []string              // URLs, that asked for longest ago first
	size  int
}

// remembered is an answer to GET.
type remembered struct {
	header http.Header
	body   []byte
}

// size is about what it takes, with the header.
func (last remembered) size() int { return len(last.body) + 1024 }

// RoundTrip answers from memory where GitHub says that it may.
func (e *etags) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return e.base.RoundTrip(r)
	}
	url := r.URL.String()
	last, known := e.recall(url)
	if known {
		r = r.Clone(r.Context())
		r.Header.Set("If-None-Match", last.header.Get("ETag"))
	}
	response, err := e.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch {
	case known && response.StatusCode == http.StatusNotModified:
		return last.replay(response), response.Body.Close()
	case response.StatusCode == http.StatusOK && response.Header.Get("ETag") != "":
		return e.keep(url, response)
	}
	return response, nil
}

func (e *etags) recall(url string) (remembered, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	last, known := e.known[url]
	if known {
		e.forget(url)
		e.remember(url, last)
	}
	return last, known
}

// keep reads the answer whole; its body is bounded below us.
func (e *etags) keep(url string, response *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	e.mu.Lock()
	defer e.mu.Unlock()
	e.forget(url)
	if len(body) <= maxWorth {
		e.remember(url, remembered{response.Header.Clone(), body})
	}
	for e.size > maxRemembered {
		e.forget(e.order[0])
	}
	return response, nil
}

func (e *etags) remember(url string, answer remembered) {
	e.known[url], e.order, e.size = answer, append(e.order, url), e.size+answer.size()
}

func (e *etags) forget(url string) {
	if last, known := e.known[url]; known {
		delete(e.known, url)
		e.order, e.size = slices.DeleteFunc(e.order, func(other string) bool { return other == url }), e.size-last.size()
	}
}

// replay is the remembered answer, with the rate limits of the new one.
func (last remembered) replay(response *http.Response) *http.Response {
	again := *response
	again.StatusCode, again.Status = http.StatusOK, "200 OK"
	again.Header = last.header.Clone()
	for name, values := range response.Header {
		again.Header[name] = values
	}
	again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(last.body)), int64(len(last.body))
	return &again
}
