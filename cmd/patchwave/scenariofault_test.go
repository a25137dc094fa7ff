package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report/githubtest"
)

// plainScene plays a scenario without a golden file.
func plainScene(t *testing.T, scenario func(s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		const secret = "ghp_very-secret"
		s := newScene(t, githubtest.New(githubtest.Options{Token: secret, Paced: true}), "prod", secret)
		s.start()
		scenario(s)
		s.stop()
		if broken := s.hub.Violations(); len(broken) > 0 {
			t.Errorf("GitHub's description was broken:\n%s", strings.Join(broken, "\n"))
		}
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("a secret was logged:\n%s", s.log)
		}
	})
}

// upgrade opens a pull request, merges it, and waits, looking on every second.
// between runs before the merge.
func (s *scene) upgrade(after time.Duration, between, each func()) (merged string, took time.Duration) {
	v2 := tree{"lobby.yaml": lobbyPlan("v2")}
	number := s.open(v2)
	s.passing(time.Minute, each)
	between()
	merged = s.merge(number, v2)
	s.passing(after, each)
	attempt := s.world.Records()[0].Status.Attempt
	if attempt.Result != reconciler.Completed {
		s.Errorf("the roll-out is %s", attempt.Result)
	}
	return merged, attempt.EndedAt.Sub(attempt.StartedAt)
}

func (s *scene) passing(total time.Duration, each func()) {
	for range int(total / time.Second) {
		s.pass(time.Second)
		each()
	}
}

// shows expects the whole story of a completed roll-out, told once.
func (s *scene) shows(merged string) {
	s.Helper()
	for _, context := range []string{"prod", "prod/games/lobby"} {
		var states []string
		for _, status := range s.hub.History(plansRepository, merged, context) {
			states = append(states, status.State)
		}
		if got := strings.Join(states, " "); got != "pending success" && got != "success" {
			s.Errorf("%s was written %q", context, got)
		}
	}
	comments := s.hub.Comments(plansRepository, 1)
	if len(comments) != 1 {
		s.Fatalf("there are %d comments", len(comments))
	}
	body := comments[0].Body
	for _, part := range []string{"what merging this would do", "#### `games/lobby`: completed", "| forecast | 4 of 4 pods |", "| happened | 4 of 4 pods | 4 |"} {
		if strings.Count(body, part) != 1 {
			s.Errorf("the comment does not say %q once:\n%s", part, body)
		}
	}
}

// A process that is killed at any write, carried out or not, repeats nothing
// and loses nothing.
func TestKilledAtAnyWrite(t *testing.T) {
	for k := 1; k <= 10; k++ {
		for _, carriedOut := range []bool{false, true} {
			t.Run(fmt.Sprintf("write %d, carried out %t", k, carriedOut), func(t *testing.T) {
				plainScene(t, func(s *scene) {
					writes := 0
					s.hub.Inject(githubtest.Fault{After: carriedOut, Match: func(r githubtest.Request) bool {
						if r.IsWrite() {
							writes++
						}
						if writes == k && r.IsWrite() {
							s.dead.Store(true)
						}
						return writes == k && r.IsWrite()
					}})
					s.begin()
					s.revive()
					merged, _ := s.upgrade(5*time.Minute, func() {}, s.revive)
					s.shows(merged)
					if s.deaths != 1 {
						t.Errorf("the process was killed %d times", s.deaths)
					}
				})
			})
		}
	}
}

// revive begins another process where the last was killed.
func (s *scene) revive() {
	if s.dead.Load() {
		s.deaths++
		s.stop()
		s.start()
	}
}

func isAny(githubtest.Request) bool { return true }

func TestFaultsHoldUpNoRollOut(t *testing.T) {
	zero := http.Header{"X-Ratelimit-Remaining": {"0"}}
	for name, fault := range map[string]githubtest.Fault{
		"403 with Retry-After":  {Match: isAny, Status: 403, Header: http.Header{"Retry-After": {"30"}}, Times: 3},
		"403 without":           {Match: isAny, Status: 403, Message: "You have exceeded a secondary rate limit.", Times: 2},
		"429 with Retry-After":  {Match: isAny, Status: 429, Header: http.Header{"Retry-After": {"45"}}, Times: 2},
		"429 without":           {Match: isAny, Status: 429, Times: 2},
		"422":                   {Status: 422, Message: "Validation Failed"},
		"500":                   {Match: isAny, Status: 500, Times: 6},
		"502 after the write":   {Status: 502, After: true, Times: 4},
		"answers lost":          {After: true, Times: 4},
		"time-outs":             {Match: isAny, Hang: true, Times: 3},
		"token refused":         {Match: isAny, Status: 401, Message: "Bad credentials", Times: 3},
		"nothing left, an hour": {Match: isAny, Status: 403, Header: zero, Message: "API rate limit exceeded", Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			plainScene(t, func(s *scene) {
				s.begin()
				merged, took := s.upgrade(3*time.Hour, func() {
					if fault.Header.Get("X-RateLimit-Remaining") == "0" {
						fault.Header.Set("X-RateLimit-Reset", fmt.Sprint(time.Now().Add(time.Hour).Unix()))
					}
					s.hub.Inject(fault)
				}, func() {})
				s.shows(merged)
				if undisturbed := 96 * time.Second; took != undisturbed {
					t.Errorf("the roll-out took %s, without the fault %s", took, undisturbed)
				}
			})
		})
	}
}

// A right that is missing is told once an hour, with what to do, and not at every poll.
func TestMissingRightIsToldOnce(t *testing.T) {
	plainScene(t, func(s *scene) {
		s.hub.Inject(githubtest.Fault{
			Match: func(r githubtest.Request) bool { return r.Operation == "pulls/list" }, Status: 403,
			Message: "Resource not accessible by personal access token", Times: 1000,
		})
		s.begin()
		s.pass(58 * time.Minute)
		told := strings.Count(s.log.String(), "cannot look at pull requests")
		if told != 1 || !strings.Contains(s.log.String(), "(give the token `statuses: write` and `pull_requests: write` on acme/plans") {
			t.Errorf("told %d times:\n%s", told, s.log)
		}
		s.pass(time.Hour)
		if told := strings.Count(s.log.String(), "cannot look at pull requests"); told != 2 {
			t.Errorf("told %d times in two hours:\n%s", told, s.log)
		}
	})
}

// leftAlone expects that what fails is asked for ever less often, and that nothing else
// waits for it.
func (s *scene) leftAlone(operation string) {
	asked := 0
	for _, request := range s.hub.Requests() {
		if request.Operation == operation && request.Status >= 500 {
			asked++
		}
	}
	if asked > 40 {
		s.Errorf("%s was asked for %d times in vain within half an hour", operation, asked)
	}
	if asked > 0 && strings.Contains(s.log.String(), "GitHub is left alone") {
		s.Errorf("all of GitHub was left alone:\n%s", s.log)
	}
}

// One part of GitHub that fails for an hour keeps back nothing but what needs it.
func TestPartsOfGitHubFailApart(t *testing.T) {
	for _, operation := range []string{"pulls/list", "issues/list-comments", "repos/list-pull-requests-associated-with-commit", "users/get-authenticated"} {
		for _, status := range []int{404, 500, 502, 503} {
			t.Run(fmt.Sprint(operation, " ", status), func(t *testing.T) {
				plainScene(t, func(s *scene) {
					s.begin()
					s.hub.Inject(githubtest.Fault{Match: func(r githubtest.Request) bool { return r.Operation == operation }, Status: status, Times: 1_000_000})
					s.open(tree{"lobby.yaml": lobbyPlan("v9")})
					s.pass(30 * time.Minute)
					pushed := s.commit(s.tip().with(tree{"lobby.yaml": lobbyPlan("v2")}))
					s.push(pushed)
					s.pass(30 * time.Second)
					if told := s.hub.Statuses(plansRepository, pushed); len(told) != 2 {
						t.Errorf("after half a minute the commit has %d statuses, want two", len(told))
					}
					s.pass(3 * time.Minute)
					for _, told := range s.hub.Statuses(plansRepository, pushed) {
						if told.State != "success" {
							t.Errorf("%s is %s in the end: %s", told.Context, told.State, told.Description)
						}
					}
					s.leftAlone(operation)
				})
			})
		}
	}
}
