package githubtest

import (
	"fmt"
	"net/http"
	"time"
)

// The pace that GitHub asks for, for each token.
const (
	writeGap     = time.Second
	hourlyWrites = 500
)

// keepsPace says how a write goes against GitHub's limits, "" where it does not.
// It wants mu held.
func (s *Server) keepsPace(r *http.Request, now time.Time) string {
	if !s.options.Paced || !(Request{Method: r.Method}).IsWrite() {
		return ""
	}
	token := r.Header.Get("Authorization")
	writes := s.paces[token]
	for len(writes) > 0 && now.Sub(writes[0]) >= time.Hour {
		writes = writes[1:]
	}
	s.paces[token] = append(writes, now)
	if n := len(writes); n > 0 && now.Sub(writes[n-1]) < writeGap {
		return fmt.Sprintf("it is a write %s after the one before", now.Sub(writes[n-1]))
	}
	if len(writes) >= hourlyWrites {
		return fmt.Sprintf("it is write %d within an hour", len(writes)+1)
	}
	return ""
}
