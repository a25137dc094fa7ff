package report

import (
	"fmt"
	"time"
)

// rests are the kinds of requests that GitHub does not answer as it should, and the
// single ones: each is left alone for longer and longer, and the others go on.
type rests map[string]rest

// rest is since when and until when one is left alone.
type rest struct {
	failures int // in a row
	until    time.Time
}

const (
	// mostRest is how long a request is left alone at most.
	mostRest = 5 * time.Minute
	// mostRestOfKind is the same for all of its kind: one that always fails holds up
	// others for no longer.
	mostRestOfKind = time.Minute
)

// request names a request by its kind, such as the comments read in one repository,
// and by what it is about.
type request struct{ kind, about string }

func (s step) request() request {
	kind := "read statuses of "
	if s.write != nil {
		kind = "write statuses of "
	}
	return request{kind + s.commit.repository, s.commit.sha}
}

func (s say) request() request {
	kind := "read comments of "
	switch {
	case s.number == 0:
		kind = "find pull requests of "
	case s.isWrite():
		kind = "write comments of "
	}
	return request{kind + s.wanted.Repository, fmt.Sprint(s.topic)}
}

// single is the key of one request among those of its kind.
func (r request) single() string { return r.kind + ": " + r.about }

// until is when a request may be sent, zero for now.
func (r rests) until(q request, now time.Time) time.Time {
	until := r[q.kind].until
	if single := r[q.single()].until; single.After(until) {
		until = single
	}
	if !until.After(now) {
		return time.Time{}
	}
	return until
}

// note keeps what a request came to, and says how long it rests by now. Limits and
// tokens say nothing of the request.
func (r rests) note(q request, v verdict, now time.Time) time.Duration {
	switch v {
	case doubtful:
		r.fail(q.kind, mostRestOfKind, now)
		r.fail(q.single(), mostRest, now)
	case done, refused, unfit:
		delete(r, q.kind)
		delete(r, q.single())
	case limited, unauthorized:
	}
	r.forget(now)
	return max(0, r[q.single()].until.Sub(now))
}

func (r rests) fail(key string, most time.Duration, now time.Time) {
	failures := r[key].failures + 1
	r[key] = rest{failures, now.Add(grow(time.Second, failures, most))}
}

// forget lets go of what was left alone long ago, and is not asked for any more.
func (r rests) forget(now time.Time) {
	for key, rest := range r {
		if now.Sub(rest.until) > time.Hour {
			delete(r, key)
		}
	}
}
