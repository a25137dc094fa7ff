package report

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var errStoodStill = errors.New("this process does not lead any more")

// What may not be written is kept, and written when it may.
func TestWritesOnlyWhilePermitted(t *testing.T) {
	onStage(t, func(s *stage) {
		var standing atomic.Bool
		s.sink.WriteWhile(func() error {
			if standing.Load() {
				return errStoodStill
			}
			return nil
		})
		s.want(time.Minute, on("prod/games/lobby", Pending))
		s.history("prod/games/lobby", "pending")
		standing.Store(true)
		s.want(time.Minute, on("prod/games/lobby", Success))
		s.history("prod/games/lobby", "pending")
		s.logged(errStoodStill.Error())
		standing.Store(false)
		s.pass(time.Hour)
		s.history("prod/games/lobby", "pending success")
	})
}

// connecting takes its time before it reads what it has to send.
type connecting struct {
	takes  func()
	called bool
	sent   string
}

func (c *connecting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.called = true
	c.takes()
	text, err := io.ReadAll(r.Body)
	c.sent = string(text)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// A process that stood still does not connect, and sends nothing where it stood
// still while it connected.
func TestPermit(t *testing.T) {
	for _, stands := range []string{"never", "before", "meanwhile"} {
		writes := &permit{}
		stop := func(when string) {
			if stands == when {
				writes.may = func() error { return errStoodStill }
			}
		}
		base := &connecting{takes: func() { stop("meanwhile") }}
		g := &guard{base: base, origin: parsed(t, "https://api.github.com/"), tokens: tokenFile(writtenToken(t)), writes: writes}
		r, err := http.NewRequest(http.MethodPost, "https://api.github.com/x", strings.NewReader("text"))
		if err != nil {
			t.Fatal(err)
		}
		stop("before")
		_, err = g.RoundTrip(r)
		if refused := stands != "never"; errors.Is(err, errStoodStill) != refused || (base.sent == "") != refused || base.called != (stands != "before") {
			t.Errorf("stood still %s: called %t, sent %q, %v", stands, base.called, base.sent, err)
		}
	}
}
