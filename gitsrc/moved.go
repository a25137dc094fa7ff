package gitsrc

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// movedFor is how long a place that the server has sent us on to is gone to
// directly: the old one may come to be somebody else's.
const movedFor = time.Hour

// Moved is the URL under which the server has the repository by now, where it sends
// us on from the one configured; "" where it does not.
func (s *Source) Moved() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, remote := s.from.(*mirror)
	if !remote || m.moved == nil {
		return ""
	}
	return m.moved.String()
}

// place is where the repository is asked for.
func (r *remote) place() *url.URL {
	if r.moved != nil {
		return r.moved
	}
	return r.base
}

func isRedirect(response *http.Response) bool {
	return response.StatusCode >= 300 && response.StatusCode < 400 && response.Header.Get("Location") != ""
}

const refsPath = "/info/refs"

// follow finds out by GET where the repository has moved to: a POST that is sent on
// may come back as a GET, and means something else then.
func (r *remote) follow(ctx context.Context) error {
	r.moved = nil
	request, err := r.request(ctx, http.MethodGet, r.base.String()+refsPath+"?service=git-upload-pack", nil)
	if err != nil {
		return err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxProblem)) // what a server says first; then the connection is used again
	place := *response.Request.URL
	path, isRefs := strings.CutSuffix(place.Path, refsPath)
	if response.StatusCode != http.StatusOK || !isRefs {
		return fmt.Errorf("%w, sent on to %q, which answers %q: %w", errAskAgain, place.Redacted(), response.Status, errNotV2)
	}
	place.Path, place.RawPath, place.RawQuery, place.Fragment, place.User = path, "", "", "", nil
	r.moved, r.movedAt = &place, time.Now()
	return nil
}
