package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/report/githubtest"
)

func TestRests(t *testing.T) {
	now := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	one, other, elsewhere := request{"read", "1"}, request{"read", "2"}, request{"write", "1"}
	waits := func(r rests, q request) time.Duration {
		until := r.until(q, now)
		if until.IsZero() {
			return 0
		}
		return until.Sub(now)
	}
	r := rests{}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		want *= time.Second
		if got := r.note(one, doubtful, now); got != want || waits(r, one) != want || waits(r, other) != min(want, time.Minute) || waits(r, elsewhere) != 0 {
			t.Errorf("after %d failures it rests for %s, its kind for %s, others for %s", i+1, waits(r, one), waits(r, other), waits(r, elsewhere))
		}
		r.note(elsewhere, done, now)
		r.note(one, limited, now) // says nothing of it
	}
	for _, answer := range []verdict{done, refused, unfit} {
		r.note(one, doubtful, now)
		r.note(other, answer, now)
		if waits(r, other) != 0 || waits(r, one) == 0 {
			t.Errorf("answered by %d, it rests for %s, and the one that was not for %s", answer, waits(r, other), waits(r, one))
		}
	}
	now = now.Add(2 * time.Hour)
	if r.note(elsewhere, done, now); len(r) != 0 {
		t.Errorf("after two hours are left: %v", r)
	}
	if waits(nil, one) != 0 {
		t.Error("something rests though nothing was noted")
	}
}

// What GitHub does not answer is asked for less and less often, however much else it
// answers, and however many of its kind there are.
func TestUnansweredRests(t *testing.T) {
	for name, pulls := range map[string]int{"one pull request": 1, "many": 50} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.server.Inject(githubtest.Fault{Status: 502, Times: 1_000_000, Match: func(r githubtest.Request) bool { return strings.Contains(r.URL, "/comments") }})
				wanted := Wanted{}
				for i := range pulls {
					wanted.Comments = append(wanted.Comments, Comment{Repository: plans, Number: i + 1, Marker: "prod/games", Stage: "a", Preview: "text"})
				}
				for i := range 360 {
					wanted.Statuses = []CommitStatus{on("prod", Success).at(fmt.Sprintf("%040x", i)).saying(fmt.Sprint(i))}
					s.sink.Want("test", wanted)
					s.pass(5 * time.Second)
				}
				asked, written := 0, 0
				for _, request := range s.server.Requests() {
					if request.Status == 502 {
						asked++
					}
					if request.IsWrite() {
						written++
					}
				}
				if asked < 5 || asked > 50 || written != 360 {
					t.Errorf("asked %d times in vain within half an hour, and %d statuses of 360 are written", asked, written)
				}
			})
		})
	}
}

// A record waits for what GitHub does not answer.
func TestUnansweredIsNotHeard(t *testing.T) {
	onStage(t, func(s *stage) {
		s.server.Inject(githubtest.Fault{Match: isAny, Status: 503, Times: 12})
		s.want(20*time.Minute, on("prod", Success))
		if s.sink.Heard() {
			t.Error("taken for heard while GitHub answers nothing")
		}
		s.pass(time.Hour)
		if !s.sink.Heard() {
			t.Error("not heard")
		}
	})
}
