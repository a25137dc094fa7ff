package report

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/report/githubtest"
)

func TestLimitsAreKept(t *testing.T) {
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	const secondary = "You have exceeded a secondary rate limit."
	for name, test := range map[string]struct {
		fault githubtest.Fault
		gaps  string
	}{
		"403 Retry-After":    {githubtest.Fault{Status: 403, Header: header("Retry-After", "17")}, "17"},
		"429 Retry-After":    {githubtest.Fault{Status: 429, Header: header("Retry-After", "90"), Times: 2}, "90 90"},
		"403 alone":          {githubtest.Fault{Status: 403, Message: secondary, Times: 3}, "60 120 240"},
		"429 alone":          {githubtest.Fault{Status: 429, Times: 3}, "60 120 240"},
		"429, no sense":      {githubtest.Fault{Status: 429, Header: header("Retry-After", "soon")}, "60"},
		"429, far too long":  {githubtest.Fault{Status: 429, Header: header("Retry-After", "99999999")}, "3600"},
		"403, reset in past": {githubtest.Fault{Status: 403, Header: header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1")}, "60"},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.server.Inject(test.fault)
				s.want(2*time.Hour, on("prod", Success))
				if got := s.gaps(); got != test.gaps {
					t.Errorf("waited %s s, wanted %s", got, test.gaps)
				}
				s.history("prod", "success")
			})
		})
	}
}

func TestResetIsAwaited(t *testing.T) {
	for _, status := range []int{403, 429} {
		onStage(t, func(s *stage) {
			reset := time.Now().Add(20 * time.Minute).Truncate(time.Second)
			s.server.Inject(githubtest.Fault{Status: status, Header: http.Header{
				"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {fmt.Sprint(reset.Unix())},
			}})
			s.want(time.Hour, on("prod", Success))
			s.history("prod", "success")
			if late := s.server.Writes()[1].Time.Sub(reset); late < 0 || late > 2*time.Second {
				t.Errorf("%d: written %s after the reset", status, late)
			}
		})
	}
}

// The server counts the writes of any hour.
func TestHourlyWritesAreSpread(t *testing.T) {
	onStage(t, func(s *stage) {
		var wanted []CommitStatus
		for i := range 600 {
			wanted = append(wanted, on(fmt.Sprint(i), Success))
		}
		s.want(30*time.Minute, wanted...)
		if got := len(s.server.Statuses(plans, shaA)); got != maxHourly {
			t.Errorf("%d are written in half an hour", got)
		}
		s.pass(3 * time.Hour)
		if got := len(s.server.Statuses(plans, shaA)); got != 600 {
			t.Errorf("%d of 600 are shown", got)
		}
	})
}

func TestHourlyLimitIsOutwaited(t *testing.T) {
	onStage(t, func(s *stage) {
		s.end()
		s.server = githubtest.New(githubtest.Options{Token: token, Limit: 3, Paced: true})
		s.start()
		s.want(2*time.Hour, on("a", Success), on("b", Success), on("c", Success), on("d", Success))
		if got := len(s.server.Statuses(plans, shaA)); got != 4 {
			t.Errorf("%d of 4 are shown", got)
		}
		for _, request := range s.server.Requests() {
			if request.Status == http.StatusForbidden {
				t.Error("asked though nothing remained")
			}
		}
	})
}

func TestBrokenAnswersAreReadAgain(t *testing.T) {
	for name, fault := range map[string]githubtest.Fault{
		"500":                 {Status: 500},
		"502":                 {Status: 502},
		"502 after the write": {Status: 502, After: true},
		"closed":              {},
		"answer lost":         {After: true},
		"hangs":               {Hang: true},
		"hangs after":         {Hang: true, After: true},
		"garbled after":       {Status: 200, After: true, Message: strings.Repeat("x", maxAnswer)},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.server.Inject(fault)
				s.want(5*time.Minute, on("prod", Success))
				s.history("prod", "success")
				want := "read write read write"
				if fault.After {
					want = "read write read"
				}
				if got := s.requests(); got != want {
					t.Errorf("asked %s, wanted %s", got, want)
				}
			})
		})
	}
}

func TestFailingReadsAreRepeated(t *testing.T) {
	onStage(t, func(s *stage) {
		s.server.Inject(githubtest.Fault{Match: isRead, Status: 502, Times: 2})
		s.server.Inject(githubtest.Fault{Match: isRead, Status: 429, Header: http.Header{"Retry-After": {"5"}}})
		s.want(time.Minute, on("prod", Success))
		s.history("prod", "success")
		if got := s.requests(); got != "read read read read write" {
			t.Errorf("asked %s", got)
		}
	})
}

func TestOutageIsProbedLessAndLess(t *testing.T) {
	onStage(t, func(s *stage) {
		s.server.Inject(githubtest.Fault{Match: isAny, Status: 503, Times: 12})
		s.want(2*time.Hour, on("prod", Pending))
		s.history("prod", "pending")
		var gaps []string
		requests := s.server.Requests()
		for i := range requests[1:] {
			gaps = append(gaps, fmt.Sprint(int(requests[i+1].Time.Sub(requests[i].Time).Seconds())))
		}
		if got := strings.Join(gaps, " "); got != "1 2 4 8 16 32 64 128 256 300 300 300 0" {
			t.Errorf("waited %s s", got)
		}
	})
}

func TestWantDoesNotWait(t *testing.T) {
	onStage(t, func(s *stage) {
		s.server.Inject(githubtest.Fault{Match: isAny, Hang: true, Times: 3})
		began := time.Now()
		for i := range 1000 {
			s.sink.Want("test", Wanted{Statuses: []CommitStatus{on("prod", Pending).saying(fmt.Sprint(i))}})
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("took %s", took)
		}
		s.want(5*time.Minute, on("prod", Success))
		s.history("prod", "success")
	})
}

func TestRefusedStatusIsSetAside(t *testing.T) {
	onStage(t, func(s *stage) {
		long := strings.Repeat("x", 256)
		s.want(time.Minute, on(long, Success), on("prod", Success))
		s.history("prod", "success")
		s.want(time.Minute, on(long, Success), on("prod", Failure))
		s.history("prod", "success failure")
		s.history(long, "")
		if got := strings.Count(s.requests(), "write"); got != 2+6 { // each time in two forms, after 30 s again, and a minute
			t.Errorf("written %d times: the refused one was tried too often", got)
		}
		s.logged("context is too long")
	})
}

// A check that is required has its answer, whatever GitHub does not like about its
// words, and gets them when GitHub takes them.
func TestRefusedWordsAreSaidPlainly(t *testing.T) {
	onStage(t, func(s *stage) {
		worded := on("prod/plan", Failure).saying("unknown field “🎯” (plans/🚀.yaml:7:3): " + strings.Repeat("x", 100))
		s.want(20*time.Second, worded)
		got := s.server.Statuses(plans, shaA)
		if len(got) != 1 || got[0].State != "failure" || got[0].TargetURL != "" || !strings.HasPrefix(got[0].Description, "unknown field (plans/ .yaml:7:3): xxx") {
			t.Fatalf("shows %+v", got)
		}
		s.want(time.Hour, worded)
		s.history("prod/plan", "failure")
		if writes := strings.Count(s.requests(), "write"); writes > 9 {
			t.Errorf("written %d times in an hour", writes)
		}
		s.logged("4-byte Unicode")
		s.end()
		s.start()
		s.want(time.Minute, worded)
		s.history("prod/plan", "failure")
		s.want(time.Minute, worded.saying("unknown field"))
		s.history("prod/plan", "failure failure")
	})
}

// GitHub may not know a commit yet that Git has already.
func TestRefusedOnceIsTriedAgainSoon(t *testing.T) {
	onStage(t, func(s *stage) {
		s.server.Inject(githubtest.Fault{Status: 422, Message: "No commit found for SHA: " + shaA})
		s.want(20*time.Second, on("prod", Success))
		s.history("prod", "success")
		s.pass(20 * time.Second)
		if got := s.server.Statuses(plans, shaA)[0]; got.TargetURL == "" {
			t.Errorf("shows %+v, and not all that is wanted", got)
		}
	})
}

func TestMissingRights(t *testing.T) {
	for status, message := range map[int]string{
		403: "Resource not accessible by personal access token", 404: "Not Found",
	} {
		for _, reads := range []bool{true, false} {
			onStage(t, func(s *stage) {
				s.server.Inject(githubtest.Fault{Status: status, Message: message, Times: 6, Match: func(r githubtest.Request) bool {
					return strings.Contains(r.URL, "acme/closed") && r.IsWrite() != reads
				}})
				closed := on("prod", Success).of("acme/closed")
				s.want(10*time.Minute, closed, on("prod", Success))
				s.history("prod", "success")
				s.logged("give the token `statuses: write` and `pull_requests: write` on acme/closed")
				if got := s.server.History("acme/closed", shaA, "prod"); got != nil {
					t.Errorf("%d, reads %v: wrote %v", status, reads, got)
				}
				s.pass(2 * time.Hour) // in which somebody mends the rights
				if got := s.server.History("acme/closed", shaA, "prod"); len(got) != 1 {
					t.Errorf("%d, reads %v: not tried again", status, reads)
				}
			})
		}
	}
}

func TestTokenIsRenewed(t *testing.T) {
	onStage(t, func(s *stage) {
		s.setToken("outdated")
		s.want(10*time.Minute, on("prod", Success))
		s.history("prod", "")
		if got := len(s.server.Requests()); got > 11 {
			t.Errorf("asked %d times in ten minutes with a bad token", got)
		}
		s.logged("renew the token")
		if err := os.Remove(s.tokenFile); err != nil {
			t.Fatal(err)
		}
		s.pass(10 * time.Minute)
		s.logged("no such file")
		s.setToken(token)
		s.pass(10 * time.Minute)
		s.history("prod", "success")
		if strings.Contains(s.log.String(), "outdated") {
			t.Error("a token was logged")
		}
	})
}

func TestFailingCommitLetsOthersPass(t *testing.T) {
	onStage(t, func(s *stage) {
		s.server.Inject(githubtest.Fault{Status: 500, Times: 1000, Match: func(r githubtest.Request) bool {
			return strings.Contains(r.URL, shaA)
		}})
		s.want(time.Minute, on("a", Success), on("b", Success).at(shaB), on("c", Success).at(shaB))
		if got := len(s.server.Statuses(plans, shaB)); got != 2 {
			t.Errorf("%d of the 2 statuses behind the failing commit are shown", got)
		}
	})
}

func TestSenselessCommitsAreNotAskedFor(t *testing.T) {
	onStage(t, func(s *stage) {
		s.want(time.Minute,
			on("a", Success).of("acme"), on("a", Success).of("acme/.."), on("a", Success).of("acme/plans/../../user"),
			on("a", Success).at("main"), on("a", Success).at(""), on("prod", Success))
		s.history("prod", "success")
		if got := s.requests(); got != "read write" {
			t.Errorf("asked %s", got)
		}
		s.logged("not of the form owner/name")
	})
}

// TestAnyStorm plays random wants and faults, and expects GitHub to show what
// was wanted last once the faults are over.
func TestAnyStorm(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			onStage(t, func(s *stage) {
				var wanted []CommitStatus
				for range 30 {
					wanted = randomWant(random)
					s.server.Inject(randomFault(random))
					if random.IntN(8) == 0 {
						s.end()
						s.start()
					}
					s.want(time.Duration(random.IntN(5000))*time.Millisecond, wanted...)
				}
				s.pass(12 * time.Hour)
				s.shows(wanted)
			})
		})
	}
}

func randomWant(random *rand.Rand) []CommitStatus {
	var list []CommitStatus
	for _, sha := range []string{shaA, shaB} {
		for _, context := range []string{"prod", "prod/games/lobby", "prod/plan"} {
			state := []State{Pending, Success, Failure, Error}[random.IntN(4)]
			if random.IntN(4) > 0 {
				list = append(list, on(context, state).at(sha).saying(fmt.Sprint(random.IntN(3))))
			}
		}
	}
	return list
}

func randomFault(random *rand.Rand) githubtest.Fault {
	fault := []githubtest.Fault{
		{Status: 500},
		{Status: 502},
		{Status: 429},
		{},
		{Hang: true},
		{Status: 403, Header: http.Header{"Retry-After": {"3"}}},
		{Status: 401},
		{Status: 404},
		{Status: 422},
	}[random.IntN(9)]
	fault.After = random.IntN(2) == 0 && (fault.Status == 0 || fault.Status >= 500)
	fault.Times = 1 + random.IntN(3)
	if random.IntN(3) == 0 {
		fault.Match = isAny
	}
	return fault
}

func (s *stage) shows(wanted []CommitStatus) {
	s.t.Helper()
	for _, status := range wanted {
		history := s.server.History(status.Repository, status.SHA, status.Context)
		if len(history) == 0 || history[len(history)-1].State != string(status.State) ||
			history[len(history)-1].Description != status.Description {
			s.t.Errorf("%s of %.4s does not end as %s: %v\n%s", status.Context, status.SHA, status.State, history, s.log)
		}
	}
}

func isRead(r githubtest.Request) bool { return !r.IsWrite() }

func isAny(githubtest.Request) bool { return true }
