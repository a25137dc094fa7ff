package report

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/patchwave/patchwave/report/githubtest"
)

func TestUnchangedReadsCostNothing(t *testing.T) {
	onStage(t, func(s *stage) {
		s.want(time.Minute, on("prod", Success))
		for range 3 { // doubt has the commit read again
			s.server.Inject(githubtest.Fault{Status: 500, Times: 2})
			s.want(10*time.Minute, on("prod", Failure))
			s.server.Inject(githubtest.Fault{Status: 500, Times: 2})
			s.want(10*time.Minute, on("prod", Success))
		}
		free := 0
		for _, request := range s.server.Requests() {
			if request.Status == http.StatusNotModified {
				free++
			}
		}
		if free != 6 {
			t.Errorf("%d reads were free, wanted each after a second refusal: %s", free, s.requests())
		}
		s.history("prod", "success failure success failure success failure success")
	})
}

func TestOldAnswersAreForgotten(t *testing.T) {
	server := githubtest.New(githubtest.Options{Token: token})
	e := &etags{base: server.Transport(), known: map[string]remembered{}}
	ask := func(page int) {
		url := fmt.Sprintf("https://github.test/repos/acme/plans/commits/%s/statuses?page=%d", shaA, page)
		request, _ := http.NewRequest(http.MethodGet, url, nil)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := e.RoundTrip(request)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatal(response, err)
		}
		if body, err := io.ReadAll(response.Body); err != nil || string(body) != "[]\n" {
			t.Fatalf("page %d is %q, %v", page, body, err)
		}
	}
	for page := range maxRemembered + 2 {
		ask(page + 1)
	}
	ask(maxRemembered + 2)
	if len(e.known) != maxRemembered || len(e.longest) != maxRemembered {
		t.Errorf("%d answers are remembered", len(e.known))
	}
	all := server.Requests()
	if last := all[len(all)-1]; last.Status != http.StatusNotModified {
		t.Errorf("the newest was asked for anew: %d", last.Status)
	}
}
