package githubtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Comment is a comment on a pull request.
type Comment struct {
	ID        int64
	User      string
	Body      string
	CreatedAt time.Time
	UpdatedAt time.Time
	// Past are the bodies that it had before, the oldest first.
	Past []string

	repository string
	number     int
}

// maxComment is GitHub's limit in characters.
const maxComment = 65_536

// Comments lists the comments of a pull request, the oldest first.
func (s *Server) Comments(repository string, number int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Comment
	for _, comment := range s.comments {
		if comment.repository == repository && comment.number == number {
			list = append(list, *comment)
		}
	}
	return list
}

// Say adds a comment of somebody's.
func (s *Server) Say(repository string, number int, user, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say(repository, number, user, body)
}

// Edit has somebody edit a comment.
func (s *Server) Edit(id int64, edit func(body string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, comment := range s.comments {
		if comment.ID == id {
			comment.Body = edit(comment.Body)
		}
	}
}

// Unsay deletes a comment.
func (s *Server) Unsay(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.comments = slices.DeleteFunc(s.comments, func(comment *Comment) bool { return comment.ID == id })
}

func (s *Server) say(repository string, number int, user, body string) *Comment {
	s.lastID++
	now := time.Now().UTC()
	comment := &Comment{ID: s.lastID, User: user, Body: body, CreatedAt: now, UpdatedAt: now, repository: repository, number: number}
	s.comments = append(s.comments, comment)
	return comment
}

// listComments is GET /repos/{owner}/{repo}/issues/{issue_number}/comments.
func (s *Server) listComments(c *call) answer {
	list := slices.DeleteFunc(slices.Clone(s.comments), func(comment *Comment) bool {
		return comment.repository != c.repository() || strconv.Itoa(comment.number) != c.vars["issue_number"]
	})
	part, header := page(c.request, list)
	body := make([]any, 0, len(part))
	for _, comment := range part {
		body = append(body, s.wireComment(c.request, comment))
	}
	return answer{status: http.StatusOK, body: body, header: header}
}

// createComment is POST /repos/{owner}/{repo}/issues/{issue_number}/comments.
func (s *Server) createComment(c *call) answer {
	body, refusal := bodyOf(c)
	if refusal != nil {
		return *refusal
	}
	number, _ := strconv.Atoi(c.vars["issue_number"])
	if !slices.ContainsFunc(s.pulls, func(pull *Pull) bool { return pull.repository == c.repository() && pull.Number == number }) {
		return problem(http.StatusNotFound, "Not Found")
	}
	comment := s.say(c.repository(), number, s.user(c), body)
	return answer{status: http.StatusCreated, body: s.wireComment(c.request, comment), header: http.Header{"Location": {origin(c.request)}}}
}

// updateComment is PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}.
func (s *Server) updateComment(c *call) answer {
	body, refusal := bodyOf(c)
	if refusal != nil {
		return *refusal
	}
	for _, comment := range s.comments {
		if comment.repository != c.repository() || strconv.FormatInt(comment.ID, 10) != c.vars["comment_id"] {
			continue
		}
		if comment.User != s.user(c) {
			return problem(http.StatusForbidden, "Resource not accessible by personal access token")
		}
		comment.Past = append(comment.Past, comment.Body)
		comment.Body, comment.UpdatedAt = body, time.Now().UTC()
		return answer{status: http.StatusOK, body: s.wireComment(c.request, comment)}
	}
	return problem(http.StatusNotFound, "Not Found")
}

// bodyOf knows the limit that GitHub's description does not carry.
func bodyOf(c *call) (string, *answer) {
	in := struct{ Body string }{}
	if err := json.Unmarshal(c.body, &in); err != nil {
		refusal := problem(http.StatusBadRequest, "Problems parsing JSON")
		return "", &refusal
	}
	if wrong := refuseBody(in.Body); wrong != "" {
		refusal := problem(http.StatusUnprocessableEntity, "Validation Failed", fieldError{
			Resource: "IssueComment", Code: "unprocessable", Field: "data", Message: wrong,
		})
		return "", &refusal
	}
	return in.Body, nil
}

// refuseBody is what GitHub says of a body, "" where it takes it.
func refuseBody(body string) string {
	switch {
	case strings.TrimSpace(body) == "":
		return "Body cannot be blank"
	case utf8.RuneCountInString(body) > maxComment:
		return fmt.Sprintf("Body is too long (maximum is %d characters)", maxComment)
	}
	return ""
}

func (s *Server) wireComment(r *http.Request, comment *Comment) object {
	return s.api.of("issue-comment", object{
		"id": comment.ID, "body": comment.Body, "user": s.api.of("simple-user", object{"login": comment.User}),
		"created_at": comment.CreatedAt.Format(time.RFC3339), "updated_at": comment.UpdatedAt.Format(time.RFC3339),
		"html_url": fmt.Sprintf("%s/%s/pull/%d#issuecomment-%d", origin(r), comment.repository, comment.number, comment.ID),
	})
}
