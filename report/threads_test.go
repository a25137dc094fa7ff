package report

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/patchwave/patchwave/report/githubtest"
)

// comment is wanted on pull request 1.
func commentOn(number int, stage, preview string) Comment {
	return Comment{Repository: plans, Number: number, Marker: "prod/games", Stage: stage, Calm: 3 * time.Minute, Preview: preview}
}

func (s *stage) say(then time.Duration, comments ...Comment) {
	s.sink.Want("test", Wanted{Comments: comments})
	s.pass(then)
}

func (s *stage) pull() int {
	return s.server.Open(plans, githubtest.Pull{Base: "main", Head: shaA})
}

// bodies are what the comments of a pull request say now, without their first lines.
func (s *stage) bodies(number int) string {
	var all []string
	for _, comment := range s.server.Comments(plans, number) {
		_, body, _ := strings.Cut(comment.Body, "\n")
		all = append(all, strings.TrimSpace(body))
	}
	return strings.Join(all, ", ")
}

func (s *stage) said(number int, want string) {
	s.t.Helper()
	if got := s.bodies(number); got != want {
		s.t.Errorf("the comments say %q, want %q", got, want)
	}
}

func TestCommentIsEditedAndCalm(t *testing.T) {
	onStage(t, func(s *stage) {
		number := s.pull()
		s.say(time.Minute, commentOn(number, "a", "one"))
		s.said(number, "one")
		s.say(time.Minute, commentOn(number, "a", "two"))
		s.said(number, "one")
		s.say(90*time.Second, commentOn(number, "a", "three"))
		s.said(number, "three")
		s.say(time.Second, commentOn(number, "b", "four"))
		s.said(number, "four")
		if got := s.server.Comments(plans, number)[0].Past; len(got) != 2 {
			t.Errorf("it was edited %d times", len(got))
		}
	})
}

func TestCommentsAreNotRepeated(t *testing.T) {
	for name, fault := range map[string]githubtest.Fault{
		"502 after": {Status: 502, After: true}, "answer lost": {After: true}, "502": {Status: 502}, "limited": {Status: 429},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				number := s.pull()
				s.server.Inject(fault)
				s.say(5*time.Minute, commentOn(number, "a", "one"))
				s.said(number, "one")
			})
		})
	}
}

func TestWhereNothingIsToBeSaid(t *testing.T) {
	onStage(t, func(s *stage) {
		number := s.pull()
		quiet := commentOn(number, "a", "changes no plan")
		quiet.OnlyShown = true
		s.say(time.Minute, quiet)
		s.said(number, "")
		s.say(time.Minute, commentOn(number, "b", "changes one"))
		quiet.Stage = "c"
		s.say(time.Minute, quiet)
		s.said(number, "changes no plan")
	})
}

func TestFinishedRolloutsAreLeftAlone(t *testing.T) {
	onStage(t, func(s *stage) {
		number := s.pull()
		s.server.Change(number, func(p *githubtest.Pull) { p.Merged = shaB })
		after := Comment{Repository: plans, Commit: shaB, Branch: "main", Marker: "prod/games", Stage: "b ended", Rollout: "all is done"}
		s.say(time.Minute, after)
		s.said(number, strings.TrimSpace(divider)+"\nall is done")
		after.Rollout, after.OnlyUnfinished = "it was done, once", true
		s.say(time.Hour, after)
		s.said(number, strings.TrimSpace(divider)+"\nall is done")
	})
}

func TestPullRequestsAreLookedForAndFound(t *testing.T) {
	onStage(t, func(s *stage) {
		stranger := s.server.Open(plans, githubtest.Pull{Base: "other", Head: shaC, Merged: shaB})
		late := s.pull()
		after := Comment{Repository: plans, Commit: shaB, Branch: "main", Marker: "prod/games", Stage: "b ended", Rollout: "done"}
		s.say(10*time.Minute, after)
		asked := len(s.server.Requests())
		if asked > 6 {
			t.Errorf("asked %d times for a pull request that is not there", asked)
		}
		s.server.Change(late, func(p *githubtest.Pull) { p.Merged = shaB })
		s.pass(time.Hour)
		s.said(late, strings.TrimSpace(divider)+"\ndone")
		s.said(stranger, "")
	})
}

func TestRefusedCommentsAreSetAside(t *testing.T) {
	onStage(t, func(s *stage) {
		s.say(10*time.Minute, commentOn(99, "a", "one"), commentOn(s.pull(), "a", "one"))
		s.said(1, "one")
		writes := 0
		for _, request := range s.server.Writes() {
			if strings.Contains(request.URL, "/99/") {
				writes++
			}
		}
		if writes != 5 { // after 30 s, 1, 2 and 4 minutes again
			t.Errorf("written %d times where there is no pull request", writes)
		}
		s.logged("GitHub refuses a comment")
	})
}

// An installation's token works for statuses alone when it lies in a file.
func TestAnAppsTokenInAFile(t *testing.T) {
	onStage(t, func(s *stage) {
		s.end()
		s.server = githubtest.New(githubtest.Options{Users: map[string]string{token: "patchwave-app[bot]"}, Paced: true})
		s.start()
		s.say(time.Minute, commentOn(s.pull(), "a", "one"))
		s.said(1, "")
		s.logged("sign in by `app`: an installation's token in tokenFile cannot tell whose it is")
	})
}

// A comment that is refused is not sent again each time it changes.
func TestRefusedCommentsStayCalm(t *testing.T) {
	onStage(t, func(s *stage) {
		number := s.pull()
		s.server.Inject(githubtest.Fault{Status: 403, Message: "Unable to create comment because issue is locked", Times: 5})
		for i := range 15 * 60 {
			s.say(time.Second, commentOn(number, fmt.Sprint(i), fmt.Sprint(i)))
		}
		if got := len(s.server.Writes()); got != 5 {
			t.Errorf("written %d times while it was refused", got)
		}
		if got := strings.Count(s.log.String(), "GitHub refuses a comment"); got != 1 {
			t.Errorf("told %d times", got)
		}
		s.pass(time.Minute)
		s.said(number, "899")
		s.say(time.Second, commentOn(number, "b", "again"))
		s.said(number, "again")
	})
}

// A comment whose words GitHub refuses is said in others, and in these again when it
// takes them.
func TestRefusedCommentsAreSaidPlainly(t *testing.T) {
	onStage(t, func(s *stage) {
		number := s.pull()
		s.server.Inject(githubtest.Fault{Status: 422, Message: "Validation Failed", Times: 3, Match: func(r githubtest.Request) bool {
			return r.IsWrite() && strings.Contains(string(r.Body), "🚀")
		}})
		s.say(20*time.Second, commentOn(number, "a", "one 🚀"))
		s.said(number, "one ?")
		s.say(20*time.Second, commentOn(number, "a", "another 🚀"))
		s.said(number, "one ?")
		s.say(20*time.Minute, commentOn(number, "a", "another 🚀"))
		s.said(number, "another 🚀")
		if got := s.server.Comments(plans, number); len(got) != 1 {
			t.Errorf("%d comments", len(got))
		}
		if got := len(s.server.Writes()); got != 6 { // each of three wordings plainly, or refused, and the last taken
			t.Errorf("written %d times", got)
		}
		s.logged("GitHub refuses a comment as it is worded")
	})
}

// A comment in the middle of hundreds is found, and not written again.
func TestCommentIsFoundAmongMany(t *testing.T) {
	onStage(t, func(s *stage) {
		number := s.pull()
		for i := range 250 {
			s.server.Say(plans, number, "ada", fmt.Sprint(i))
		}
		s.say(time.Minute, commentOn(number, "a", "one"))
		s.end()
		s.start()
		s.say(time.Minute, commentOn(number, "a", "one"))
		if got := len(s.server.Comments(plans, number)); got != 251 {
			t.Errorf("there are %d comments", got)
		}
	})
}

// Texts as long as GitHub takes them, of characters that JSON escapes, are read.
func TestLongTextsAreRead(t *testing.T) {
	onStage(t, func(s *stage) {
		long := strings.Repeat("<", maxComment)
		for range 25 {
			s.server.Open(plans, githubtest.Pull{Base: "main", Head: shaA, Body: long})
			s.server.Say(plans, 1, "ada", long)
		}
		s.say(time.Minute, commentOn(1, "a", "one"))
		if pulls, err := s.sink.Pulls(s.t.Context(), plans, "main"); err != nil || len(pulls) != 25 {
			t.Errorf("%d pull requests, %v", len(pulls), err)
		}
		if got := len(s.server.Comments(plans, 1)); got != 26 {
			t.Errorf("there are %d comments", got)
		}
	})
}

// A browser ends lines otherwise: the roll-out is told once all the same.
func TestEditedInABrowser(t *testing.T) {
	onStage(t, func(s *stage) {
		number := s.pull()
		s.server.Change(number, func(p *githubtest.Pull) { p.Merged = shaB })
		s.say(time.Minute, commentOn(number, "a", "it would be done"))
		after := Comment{Repository: plans, Commit: shaB, Branch: "main", Marker: "prod/games", Stage: "b ended", Rollout: "it is being done"}
		s.say(time.Minute, after)
		s.server.Edit(s.server.Comments(plans, number)[0].ID, func(body string) string { return strings.ReplaceAll(body, "\n", "\r\n") })
		s.end()
		s.start()
		after.Rollout = "it was done"
		s.say(time.Minute, after)
		s.said(number, "it would be done\n"+divider+"it was done")
	})
}

// A comment whose time is yet to come is edited all the same.
func TestCommentFromTheFuture(t *testing.T) {
	ahead := github.Timestamp{Time: time.Now().Add(time.Hour)}
	if got := asShown(&github.IssueComment{UpdatedAt: &ahead}).at; got.After(time.Now()) {
		t.Errorf("it was written at %s", got)
	}
}

// A commit may be held by several pull requests that were merged: meant is the one
// that brought it.
func TestOtherHoldersOfACommit(t *testing.T) {
	onStage(t, func(s *stage) {
		var numbers []int
		for _, merged := range []string{shaC, shaB, shaD} {
			numbers = append(numbers, s.server.Open(plans, githubtest.Pull{Base: "main", Head: shaA, Merged: merged, Commits: []string{shaB}}))
		}
		s.say(time.Minute, Comment{Repository: plans, Commit: shaB, Branch: "main", Marker: "prod/games", Stage: "b ended", Rollout: "done"})
		s.said(numbers[0], "")
		s.said(numbers[1], strings.TrimSpace(divider)+"\ndone")
		s.said(numbers[2], "")
	})
}

// A commit that somebody wrote into a record leads to no other path of the API.
func TestSenselessCommitsHaveNoPullRequest(t *testing.T) {
	onStage(t, func(s *stage) {
		s.say(time.Minute, Comment{Repository: plans, Commit: "../../../user", Branch: "main", Marker: "prod/games", Stage: "b ended", Rollout: "done"})
		if got := s.requests(); got != "" {
			t.Errorf("asked %s", got)
		}
		s.logged("it is not that of a commit")
	})
}

func TestForecastBesideWhatHappened(t *testing.T) {
	rollout := "| forecast | " + forecastOf("games/lobby") + " |\n| happened | 4 of 4 pods |"
	for preview, want := range map[string]string{
		"": "no preview was made | | ", "nothing of it": "the preview had none | | ", forecastBegins + "games/lobby: 4 of 4 pods | 4 | about 2m" + forecastEnds + "\n": "4 of 4 pods | 4 | about 2m",
	} {
		if got := compared(rollout, preview); got != "| forecast | "+want+" |\n| happened | 4 of 4 pods |" {
			t.Errorf("after %q: %s", preview, got)
		}
	}
}

// A name that is no UTF-8 is shown as GitHub keeps it, and not written again.
func TestNamesThatAreNoText(t *testing.T) {
	onStage(t, func(s *stage) {
		number := s.pull()
		for range 2 {
			const name = "caf\xe9.yaml"
			s.sink.Want("test", Wanted{
				Statuses: []CommitStatus{on("prod", Success).saying(OneLine(name))},
				Comments: []Comment{commentOn(number, "a", Proposal{Both: []string{name}}.Markdown())},
			})
			s.pass(10 * time.Minute)
			s.end()
			s.start()
		}
		if got := len(s.server.Writes()); got != 2 {
			t.Errorf("%d writes for a status and a comment", got)
		}
	})
}

// An answer that is too large will be so each time: it holds up nothing else.
func TestTooLargeAnswersAreSetAside(t *testing.T) {
	for _, header := range []http.Header{nil, {"Etag": {`"x"`}}} {
		onStage(t, func(s *stage) {
			huge := func(r githubtest.Request) bool { return isRead(r) && strings.Contains(r.URL, shaB) }
			s.server.Inject(githubtest.Fault{Match: huge, Status: 200, Header: header, Message: strings.Repeat("x", maxAnswer), Times: 10})
			s.want(20*time.Second, on("prod", Success).at(shaB), on("prod", Success))
			s.history("prod", "success")
			if got := s.requests(); got != "read read write" {
				t.Errorf("asked %s", got)
			}
			s.logged("GitHub refuses a commit status")
		})
	}
}

// Of very many the newest are followed, and that is said once.
func TestTooManyPullRequests(t *testing.T) {
	onStage(t, func(s *stage) {
		for i := range maxPulls + 5 {
			s.server.Open(plans, githubtest.Pull{Base: "main", Head: fmt.Sprintf("%040x", i)})
		}
		for range 2 {
			pulls, err := s.sink.Pulls(s.t.Context(), plans, "main")
			if err != nil || len(pulls) != maxPulls || pulls[0].Number != 6 || pulls[maxPulls-1].Number != maxPulls+5 {
				t.Fatalf("%d pull requests, %v", len(pulls), err)
			}
		}
		if got := strings.Count(s.log.String(), "there are too many open pull requests"); got != 1 {
			t.Errorf("said %d times:\n%s", got, s.log)
		}
	})
}

func TestOpenPullRequests(t *testing.T) {
	onStage(t, func(s *stage) {
		for i := range 150 {
			s.server.Open(plans, githubtest.Pull{Base: "main", Head: fmt.Sprintf("%040x", i), Fork: i == 1, Closed: i == 2})
		}
		s.server.Open(plans, githubtest.Pull{Base: "other", Head: shaA})
		s.server.Open("acme/other", githubtest.Pull{Base: "main", Head: shaA})
		for range 2 {
			pulls, err := s.sink.Pulls(s.t.Context(), plans, "main")
			if err != nil || len(pulls) != 149 {
				t.Fatalf("%d pull requests, %v", len(pulls), err)
			}
			if first, second := pulls[0], pulls[1]; first.Number != 1 || first.Fork || !second.Fork || pulls[2].Fork || first.Head != fmt.Sprintf("%040x", 0) || first.Page == "" {
				t.Errorf("the first two are %+v, %+v", first, second)
			}
		}
		if all := s.server.Requests(); len(all) != 16 || all[8].Status != 304 || all[15].Status != 304 {
			t.Errorf("asked %d times", len(all))
		}
		if _, err := s.sink.Pulls(s.t.Context(), "acme/../x", "main"); err == nil {
			t.Error("a path is taken for a repository")
		}
	})
}
