// Package githubtest is a small GitHub for tests and demonstrations: an
// http.Handler that keeps what it is told in memory and checks every request,
// and its own answers, against GitHub's OpenAPI description. What the
// description does not say, such as lengths, limits and rate headers, it does
// as GitHub is known to.
//
// It knows commit statuses, pull requests, their comments, and Apps. Serve it at the root of a host (httptest.NewServer,
// or behind http.StripPrefix for the /api/v3 of GitHub Enterprise), or use
// Transport to reach it without a network.
package githubtest

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"sync"
	"time"
)

//go:generate go run ./trim

// Options set up a Server.
type Options struct {
	// Token is what requests must carry, as "Authorization: Bearer …" or
	// "token …"; others are answered 401. With an empty one nobody gets in.
	Token string
	// Users are more tokens, by whose they are.
	Users map[string]string
	// App may sign in as well; nil: none.
	App *App
	// Limit is how many requests an hour may have; the next are answered 403.
	// Default 5000, as on GitHub.
	Limit int
	// Paced takes it for a violation when writes come faster than GitHub asks for:
	// less than a second after one another, or more than 500 an hour.
	Paced bool
}

// Server is the stand-in for GitHub. Its methods may be used at any time, from
// any goroutine.
type Server struct {
	options Options
	api     *description

	mu         sync.Mutex
	hour       hour
	requests   []Request
	violations []string
	faults     []*Fault
	statuses   map[commit][]Status
	paces      map[string][]time.Time // of the last hour's writes, by token
	pulls      []*Pull
	comments   []*Comment
	issued     map[string]time.Time // when the App's tokens end
	lastID     int64
	lastPull   int
}

// New returns a server that knows nothing yet: it takes every repository and
// every SHA for real.
func New(options Options) *Server {
	if options.Limit == 0 {
		options.Limit = 5000
	}
	if options.App != nil {
		app := *options.App
		app.Lifetime = cmp.Or(app.Lifetime, time.Hour)
		options.App = &app
	}
	return &Server{
		options: options, api: loadDescription(), statuses: map[commit][]Status{},
		paces: map[string][]time.Time{}, issued: map[string]time.Time{},
	}
}

// maxBody bounds what is read of a request, in bytes.
const maxBody = 1 << 20

// ServeHTTP answers as GitHub would, but where a Fault says otherwise.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return // the client has gone, or sends without end
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c := s.receive(r, body)
	fault := s.strike(c.index)
	if fault != nil && !fault.After {
		s.fail(w, c, fault)
		return
	}
	out := s.answer(c)
	if fault != nil {
		s.fail(w, c, fault)
		return
	}
	s.send(w, c, out)
}

// call is a request on its way through the server.
type call struct {
	*matched
	request *http.Request
	body    []byte
	index   int // in Server.requests
}

// receive records the request, and what is wrong with it.
func (s *Server) receive(r *http.Request, body []byte) *call {
	found := s.api.match(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.requests = append(s.requests, Request{
		Time: now, Method: r.Method, URL: r.URL.RequestURI(),
		Operation: found.operation, Header: r.Header.Clone(), Body: body,
	})
	if found.problem != "" {
		s.violate(r, found.problem)
	}
	if wrong := s.keepsPace(r, now); wrong != "" {
		s.violate(r, wrong)
	}
	return &call{matched: found, request: r, body: body, index: len(s.requests) - 1}
}

// answer is who may come in, then what the description says, then the
// operation itself.
func (s *Server) answer(c *call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refusal, ok := s.authorize(c); !ok {
		return refusal
	}
	if s.hour.left(s.options.Limit) == 0 {
		return problem(http.StatusForbidden, "API rate limit exceeded for user ID 1.")
	}
	if c.problem != "" {
		return problem(c.status, c.message)
	}
	operate, known := operations[c.operation]
	if !known {
		s.violate(c.request, c.operation+" is not implemented by githubtest")
		return problem(http.StatusNotImplemented, "Not implemented")
	}
	return operate(s, c)
}

// operations are by operationId of the description; they are called with
// Server.mu held.
var operations = map[string]func(*Server, *call) answer{
	"repos/create-commit-status":         (*Server).createStatus,
	"repos/list-commit-statuses-for-ref": (*Server).listStatuses,

	"pulls/list": (*Server).listPulls,
	"repos/list-pull-requests-associated-with-commit": (*Server).pullsOf,

	"issues/list-comments":  (*Server).listComments,
	"issues/create-comment": (*Server).createComment,
	"issues/update-comment": (*Server).updateComment,

	"users/get-authenticated":               (*Server).whoAmI,
	"apps/get-authenticated":                (*Server).getApp,
	"apps/create-installation-access-token": (*Server).createToken,
}
