package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Pull is a pull request.
type Pull struct {
	Number  int
	Base    string // the branch that it goes to
	Head    string // the SHA of its newest commit
	Body    string
	Fork    bool // that commit lives in another repository
	Closed  bool
	Merged  string   // the SHA of the commit on Base that merged it; "" for none
	Commits []string // on Base, that it brought there; the last one is Merged

	repository string
}

// Open adds a pull request to a repository, owner/name, and returns its number.
func (s *Server) Open(repository string, pull Pull) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastPull++
	pull.Number, pull.repository = s.lastPull, strings.ToLower(repository)
	s.pulls = append(s.pulls, &pull)
	return pull.Number
}

// Change changes a pull request: its head moves, it is closed, or merged.
func (s *Server) Change(number int, change func(*Pull)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pull := range s.pulls {
		if pull.Number == number {
			change(pull)
		}
	}
}

// listPulls is GET /repos/{owner}/{repo}/pulls.
func (s *Server) listPulls(c *call) answer {
	query := c.request.URL.Query()
	var list []*Pull
	for _, pull := range s.pulls {
		state := "open"
		if pull.Closed || pull.Merged != "" {
			state = "closed"
		}
		wanted := query.Get("state")
		if pull.repository == c.repository() && (wanted == "all" || wanted == state) && (query.Get("base") == "" || query.Get("base") == pull.Base) {
			list = append(list, pull)
		}
	}
	if query.Get("direction") == "desc" {
		slices.Reverse(list)
	}
	return s.pullPage(c, list)
}

// pullsOf is GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls.
func (s *Server) pullsOf(c *call) answer {
	list := slices.DeleteFunc(slices.Clone(s.pulls), func(pull *Pull) bool {
		sha := c.vars["commit_sha"]
		return pull.repository != c.repository() || pull.Head != sha && pull.Merged != sha && !slices.Contains(pull.Commits, sha)
	})
	return s.pullPage(c, list)
}

func (s *Server) pullPage(c *call, list []*Pull) answer {
	part, header := page(c.request, list)
	body := make([]any, 0, len(part))
	for _, pull := range part {
		body = append(body, s.wirePull(c.request, pull))
	}
	return answer{status: http.StatusOK, body: body, header: header}
}

// wirePull gives a pull request the shape of the API.
func (s *Server) wirePull(r *http.Request, pull *Pull) object {
	repository := s.api.of("repository", object{
		"id": 1, "full_name": pull.repository, "html_url": origin(r) + "/" + pull.repository,
	})
	from := repository
	if pull.Fork {
		from = s.api.of("repository", object{"id": 2, "full_name": "somebody/plans", "fork": true})
	}
	side := func(ref, sha string, of object) object {
		return object{"label": ref, "ref": ref, "sha": sha, "repo": of, "user": s.api.of("simple-user", nil)}
	}
	fields := object{
		"number": pull.Number, "state": "open", "body": pull.Body, "merged_at": nil, "merge_commit_sha": nil,
		"head": side("topic", pull.Head, from), "base": side(pull.Base, strings.Repeat("0", 40), repository),
		"html_url": fmt.Sprintf("%s/%s/pull/%d", origin(r), pull.repository, pull.Number),
	}
	if pull.Closed || pull.Merged != "" {
		fields["state"] = "closed"
	}
	if pull.Merged != "" {
		fields["merged_at"], fields["merge_commit_sha"] = "2026-01-01T00:00:00Z", pull.Merged
	}
	return s.api.of("pull-request-simple", fields)
}

func (c *call) repository() string { return strings.ToLower(c.vars["owner"] + "/" + c.vars["repo"]) }
