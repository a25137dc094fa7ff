package githubtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
)

// Transport reaches the server without a network, so that a test can run under
// testing/synctest. Any host leads to it.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ handler http.Handler }

// RoundTrip runs the handler on the caller's goroutine. A handler that aborts
// is a closed connection.
func (t transport) RoundTrip(r *http.Request) (response *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.Body != nil {
		defer r.Body.Close()
	}
	defer func() {
		if reason := recover(); reason != nil {
			response, err = nil, aborted(r, reason)
		}
	}()
	recorder := httptest.NewRecorder()
	t.handler.ServeHTTP(recorder, incoming(r))
	response = recorder.Result()
	response.Request = r
	return response, nil
}

// aborted prefers the client's own reason, as a real transport does.
func aborted(r *http.Request, reason any) error {
	if reason != http.ErrAbortHandler { //nolint:errorlint // a recovered value, compared as net/http does
		panic(reason)
	}
	if err := r.Context().Err(); err != nil {
		return err
	}
	return fmt.Errorf("connection closed: %w", io.ErrUnexpectedEOF)
}

// incoming is the request as a server sees it.
func incoming(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.Host = r.URL.Host
	return in
}
