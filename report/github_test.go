package report

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/report/githubtest"
)

func TestStatusFollowsWhatIsWanted(t *testing.T) {
	onStage(t, func(s *stage) {
		s.want(time.Minute, on("prod", Pending))
		s.want(time.Minute, on("prod", Success))
		s.want(time.Minute, on("prod", Success).saying("all waves done"))
		s.history("prod", "pending success success")
		got := s.server.Statuses(plans, shaA)[0]
		if got.Description != "all waves done" || got.TargetURL != "https://patchwave.example/prod" {
			t.Errorf("shows %+v", got)
		}
		if got := s.requests(); got != "read write write write" {
			t.Errorf("asked %s", got)
		}
	})
}

func TestNothingIsSentTwice(t *testing.T) {
	onStage(t, func(s *stage) {
		wanted := []CommitStatus{on("prod", Success), on("prod/games/lobby", Success), on("bare", Error).saying("")}
		wanted[2].TargetURL = ""
		s.want(time.Minute, wanted...)
		s.want(time.Minute, wanted...)
		s.end()
		s.start()
		s.want(time.Minute, wanted...)
		wanted[0].Context = "PROD"
		s.want(time.Minute, wanted...)
		if got := s.requests(); got != "read write write write read" {
			t.Errorf("asked %s", got)
		}
	})
}

func TestOnlyUnfinishedLeavesFinalStatesAlone(t *testing.T) {
	onStage(t, func(s *stage) {
		s.want(time.Minute, on("failed", Failure), on("stuck", Pending))
		late := []CommitStatus{on("failed", Success), on("stuck", Success), on("never", Error)}
		for i := range late {
			late[i].OnlyUnfinished = true
		}
		s.want(time.Minute, late...)
		s.history("failed", "failure")
		s.history("stuck", "pending success")
		s.history("never", "error")
	})
}

func TestUnwantedStatusesAreEnded(t *testing.T) {
	onStage(t, func(s *stage) {
		s.want(time.Minute, on("prod", Pending), on("done", Success))
		s.want(time.Minute)
		s.history("prod", "pending error")
		s.history("done", "success")
	})
}

func TestStatesWithinTheSpacingCoalesce(t *testing.T) {
	onStage(t, func(s *stage) {
		s.pass(time.Minute)
		s.want(200*time.Millisecond, on("prod", Pending))
		s.want(100*time.Millisecond, on("prod", Pending).saying("wave 2"), on("new", Pending))
		s.want(time.Minute, on("prod", Failure), on("new", Success))
		s.history("prod", "pending failure")
		s.history("new", "success")
	})
}

func TestFirstWriteDoesNotWait(t *testing.T) {
	onStage(t, func(s *stage) {
		s.pass(time.Minute)
		s.want(200*time.Millisecond, on("prod", Pending))
		s.history("prod", "pending")
	})
}

func TestOldestCommitThenFinalStatesFirst(t *testing.T) {
	onStage(t, func(s *stage) {
		s.want(0, on("x", Success).at(shaB))
		s.want(time.Minute, on("a", Pending), on("b", Pending), on("c", Error),
			on("y", Success).at(shaB), on("x", Success).at(shaB))
		var order []string
		for _, request := range s.server.Writes() {
			for _, context := range []string{"a", "b", "c", "x", "y"} {
				if strings.Contains(string(request.Body), `"context":"`+context+`"`) {
					order = append(order, context)
				}
			}
		}
		if got := strings.Join(order, " "); got != "y x c a b" {
			t.Errorf("wrote %s, wanted the older commit's y and x, then the final c", got)
		}
	})
}

func TestRepositoriesAreApart(t *testing.T) {
	onStage(t, func(s *stage) {
		s.want(time.Minute, on("prod", Success), on("prod", Failure).of("acme/other.plans"), on("prod", Pending).of("acme/.github"))
		for repository, want := range map[string]string{plans: "success", "acme/other.plans": "failure", "acme/.github": "pending"} {
			if got := states(s.server.History(repository, shaA, "prod")); got != want {
				t.Errorf("%s shows %q, wanted %q", repository, got, want)
			}
		}
	})
}

func TestAllPagesAreRead(t *testing.T) {
	onStage(t, func(s *stage) {
		s.want(10*time.Second, on("prod", Success))
		s.end()
		writeAsSomebody(t, s.server, 230)
		s.start()
		s.want(time.Minute, on("prod", Success), on("other-7", Success).saying(""), on("more", Pending))
		s.history("prod", "success")
		s.history("other-7", "failure success")
		s.history("more", "pending")
		if got := strings.Count(s.requests()[len("read write")+230*len(" write"):], "read"); got != 3 {
			t.Errorf("231 statuses were read in %d pages of 100", got)
		}
	})
}

// writeAsSomebody leaves statuses of another system on the commit.
func writeAsSomebody(t *testing.T, server *githubtest.Server, count int) {
	t.Helper()
	client := http.Client{Transport: server.Transport()}
	for i := range count {
		body := fmt.Sprintf(`{"state":"failure","context":"other-%d"}`, i)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
			"https://api.github.com/repos/"+plans+"/statuses/"+shaA, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = http.Header{"Authorization": {"token " + token}, "Content-Type": {"application/json"}}
		time.Sleep(time.Second)
		response, err := client.Do(request)
		if err != nil || response.StatusCode != http.StatusCreated {
			t.Fatal(response, err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
	}
}

func TestEndFlushes(t *testing.T) {
	onStage(t, func(s *stage) {
		s.want(0, on("a", Success), on("b", Success), on("c", Success))
		if took := s.end(); took > flushTime {
			t.Errorf("took %s to end", took)
		}
		s.history("c", "success")
	})
}

func TestEndIsBounded(t *testing.T) {
	onStage(t, func(s *stage) {
		var wanted []CommitStatus
		for i := range 30 {
			wanted = append(wanted, on(fmt.Sprint(i), Success))
		}
		s.want(0, wanted...)
		if took := s.end(); took != flushTime {
			t.Errorf("took %s to end", took)
		}
		s.logged("left for the next start")
	})
}

func TestEndDoesNotWaitForAnOutage(t *testing.T) {
	onStage(t, func(s *stage) {
		s.server.Inject(githubtest.Fault{Status: 503, Times: 1000})
		s.want(time.Hour, on("prod", Success))
		if took := s.end(); took != 0 {
			t.Errorf("took %s to end", took)
		}
	})
}

func TestEndCutsOffWhatHangs(t *testing.T) {
	onStage(t, func(s *stage) {
		s.server.Inject(githubtest.Fault{Hang: true})
		s.want(time.Second, on("prod", Success))
		if took := s.end(); took != flushTime {
			t.Errorf("took %s to end", took)
		}
	})
}
