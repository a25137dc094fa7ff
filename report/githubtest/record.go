package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Request is one that reached the server.
type Request struct {
	Time      time.Time // when its body had been read
	Method    string
	URL       string // path and query
	Operation string // operationId of GitHub's description, such as "repos/create-commit-status"
	Header    http.Header
	Body      []byte
	Status    int // what it was answered; 0 for no answer (yet)
}

// IsWrite tells requests that would change something from reads.
func (r Request) IsWrite() bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead
}

// Requests lists all requests in the order they came.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Writes lists the requests that would have changed something.
func (s *Server) Writes() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !r.IsWrite() })
}

// Violations lists what broke GitHub's description, requests and answers of
// this server alike. A test should end by finding none.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// violate wants mu held.
func (s *Server) violate(r *http.Request, what string) {
	s.violations = append(s.violations, fmt.Sprintf("%s %s: %s", r.Method, r.URL.Path, strings.TrimSpace(what)))
}
