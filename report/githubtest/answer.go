package githubtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what an operation gives back; body is encoded as JSON.
type answer struct {
	status int
	body   any
	header http.Header
}

// fieldError is one entry of "errors" in GitHub's 422.
type fieldError struct {
	Resource string `json:"resource"`
	Code     string `json:"code"`
	Field    string `json:"field,omitempty"`
	Message  string `json:"message"`
}

// problem is an answer in the form of GitHub's errors.
func problem(status int, message string, errors ...fieldError) answer {
	body := map[string]any{
		"message": message, "status": strconv.Itoa(status),
		"documentation_url": "https://docs.github.com/rest",
	}
	if len(errors) > 0 {
		body["errors"] = errors
	}
	return answer{status: status, body: body}
}

// authorize compares the token; the answer is the one for those kept out. It
// wants mu held.
func (s *Server) authorize(c *call) (answer, bool) {
	header := c.request.Header.Get("Authorization")
	if header == "" {
		return problem(http.StatusUnauthorized, "Requires authentication"), false
	}
	scheme, token, _ := strings.Cut(header, " ")
	if byApp[c.operation] {
		wrong := s.options.App.verify(token, time.Now())
		return problem(http.StatusUnauthorized, wrong), wrong == ""
	}
	known := strings.EqualFold(scheme, "bearer") || strings.EqualFold(scheme, "token")
	configured := s.options.Token != "" && token == s.options.Token
	_, others := s.options.Users[token]
	if !known || !configured && !others && !time.Now().Before(s.issued[token]) {
		return problem(http.StatusUnauthorized, "Bad credentials"), false
	}
	return answer{}, true
}

// send checks and writes an answer. Reads that the client has already cost it
// nothing.
func (s *Server) send(w http.ResponseWriter, c *call, out answer) {
	body := encode(out.body)
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	for key, values := range out.header {
		header[key] = values
	}
	if out.status == http.StatusOK && c.request.Method == http.MethodGet {
		header.Set("ETag", etag(body))
	}
	if header.Get("ETag") != "" && c.request.Header.Get("If-None-Match") == header.Get("ETag") {
		out.status, body = http.StatusNotModified, nil
	}
	s.close(c, out.status, header, body)
	w.WriteHeader(out.status)
	_, _ = w.Write(body) // a client that has gone needs no answer
}

// close keeps the books of a call: its status, its cost, and whether the answer
// is one that GitHub could have given.
func (s *Server) close(c *call, status int, header http.Header, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status != http.StatusNotModified {
		s.hour.take()
	}
	s.hour.headers(header, s.options.Limit)
	s.requests[c.index].Status = status
	if wrong := c.checkResponse(c.request, status, header, body); wrong != "" {
		s.violate(c.request, "our answer: "+wrong)
	}
}

func encode(body any) []byte {
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(body); err != nil {
		panic("githubtest: encoding an answer: " + err.Error())
	}
	return out.Bytes()
}

func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:]) + `"`
}

// hour counts the requests of an hour, which begins with its first.
type hour struct {
	ends time.Time
	used int
}

func (h *hour) left(limit int) int {
	if time.Now().After(h.ends) {
		return limit
	}
	return max(0, limit-h.used)
}

func (h *hour) take() {
	if now := time.Now(); now.After(h.ends) {
		// Whole seconds, since that is what the header can say.
		*h = hour{ends: now.Add(time.Hour).Truncate(time.Second)}
	}
	h.used++
}

func (h *hour) headers(header http.Header, limit int) {
	header.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(h.left(limit)))
	header.Set("X-RateLimit-Used", strconv.Itoa(h.used))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(h.ends.Unix(), 10))
	header.Set("X-RateLimit-Resource", "core")
}
