package githubtest

import (
	"net/http"
	"strings"
)

// whoAmI is GET /user. An App is no user.
func (s *Server) whoAmI(c *call) answer {
	name := s.user(c)
	if strings.HasSuffix(name, "[bot]") {
		return problem(http.StatusForbidden, "Resource not accessible by integration")
	}
	return answer{status: http.StatusOK, body: s.api.of("private-user", object{"login": name, "user_view_type": "private"})}
}

// user is whose the request's token is: "patchwave-bot" of the configured one.
func (s *Server) user(c *call) string {
	_, token, _ := strings.Cut(c.request.Header.Get("Authorization"), " ")
	if _, issued := s.issued[token]; issued {
		return appSlug + "[bot]"
	}
	if name, known := s.options.Users[token]; known {
		return name
	}
	return "patchwave-bot"
}
