package githubtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Status is a commit status as it was written.
type Status struct {
	ID          int64
	Context     string
	State       string
	Description string
	TargetURL   string
	CreatedAt   time.Time
}

type commit struct{ repository, sha string }

// Limits of GitHub's that its description does not carry.
const (
	maxHistory     = 1000 // statuses per SHA and context
	maxDescription = 140  // characters
	maxContext     = 255  // characters
)

var webPage = regexp.MustCompile(`^https?://`)

// Statuses lists the newest status of each context of a commit, by context.
// The repository is written owner/name.
func (s *Server) Statuses(repository, sha string) []Status {
	newest := map[string]Status{}
	for _, status := range s.written(repository, sha) {
		newest[strings.ToLower(status.Context)] = status
	}
	var list []Status
	for _, status := range newest {
		list = append(list, status)
	}
	slices.SortFunc(list, func(a, b Status) int { return strings.Compare(a.Context, b.Context) })
	return list
}

// History lists all statuses of one context of a commit, oldest first.
func (s *Server) History(repository, sha, context string) []Status {
	return slices.DeleteFunc(s.written(repository, sha), func(status Status) bool {
		return !strings.EqualFold(status.Context, context)
	})
}

func (s *Server) written(repository, sha string) []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.statuses[commit{strings.ToLower(repository), sha}])
}

func (c *call) commit(ref string) commit {
	repository := c.vars["owner"] + "/" + c.vars["repo"]
	return commit{strings.ToLower(repository), c.vars[ref]}
}

// createStatus is POST /repos/{owner}/{repo}/statuses/{sha}.
func (s *Server) createStatus(c *call) answer {
	in := struct {
		State       string
		Context     *string
		Description string
		TargetURL   string `json:"target_url"`
	}{}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return problem(http.StatusBadRequest, "Problems parsing JSON")
	}
	status := Status{State: in.State, Context: "default", Description: in.Description, TargetURL: in.TargetURL}
	if in.Context != nil {
		status.Context = *in.Context
	}
	at := c.commit("sha")
	if wrong := s.refuse(at, status); wrong != nil {
		return problem(http.StatusUnprocessableEntity, "Validation Failed", *wrong)
	}
	s.lastID++
	status.ID, status.CreatedAt = s.lastID, time.Now().UTC()
	s.statuses[at] = append(s.statuses[at], status)
	return answer{status: http.StatusCreated, body: wire(c.request, at, status)}
}

// refuse knows the rules that GitHub's description does not carry.
func (s *Server) refuse(at commit, status Status) *fieldError {
	wrong := fieldError{Resource: "Status", Code: "custom"}
	same := 0
	for _, earlier := range s.statuses[at] {
		if strings.EqualFold(earlier.Context, status.Context) {
			same++
		}
	}
	long := func(field string, most int) *fieldError {
		wrong.Field, wrong.Message = field, fmt.Sprintf("%s is too long (maximum is %d characters)", field, most)
		return &wrong
	}
	switch {
	case utf8.RuneCountInString(status.Context) > maxContext:
		return long("context", maxContext)
	case utf8.RuneCountInString(status.Description) > maxDescription:
		return long("description", maxDescription)
	case strings.ContainsFunc(status.Description, func(r rune) bool { return r > 0xFFFF }):
		wrong.Field, wrong.Message = "description", "description doesn't accept 4-byte Unicode"
	case status.TargetURL != "" && !webPage.MatchString(status.TargetURL):
		wrong.Field, wrong.Message = "target_url", "target_url must use http(s) scheme"
	case same >= maxHistory:
		wrong.Message = "This SHA and context has reached the maximum number of statuses."
	default:
		return nil
	}
	return &wrong
}

// listStatuses is GET /repos/{owner}/{repo}/commits/{ref}/statuses: newest
// first, the overtaken ones included.
func (s *Server) listStatuses(c *call) answer {
	at := c.commit("ref")
	list := slices.Clone(s.statuses[at])
	slices.Reverse(list)
	part, header := page(c.request, list)
	body := make([]any, 0, len(part))
	for _, status := range part {
		body = append(body, wire(c.request, at, status))
	}
	return answer{status: http.StatusOK, body: body, header: header}
}

// wire gives a status the shape of the API. Nobody is its creator, which the
// API allows.
func wire(r *http.Request, at commit, status Status) any {
	when := status.CreatedAt.Format(time.RFC3339)
	return map[string]any{
		"url":     fmt.Sprintf("%s/repos/%s/statuses/%s", origin(r), at.repository, at.sha),
		"id":      status.ID,
		"node_id": base64.StdEncoding.EncodeToString(fmt.Append(nil, "Status", status.ID)),
		"state":   status.State, "context": status.Context,
		"description": orNull(status.Description), "target_url": orNull(status.TargetURL),
		"created_at": when, "updated_at": when,
		"avatar_url": nil, "creator": nil,
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
