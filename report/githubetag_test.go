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

// library has pages of any size, each with its ETag.
type library struct{ asked []int } // statuses, in order

func (l *library) RoundTrip(r *http.Request) (*http.Response, error) {
	var page, size int
	if _, err := fmt.Sscanf(r.URL.RawQuery, "page=%d&size=%d", &page, &size); err != nil {
		return nil, err
	}
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {fmt.Sprint(page)}}}
	if r.Header.Get("If-None-Match") == fmt.Sprint(page) {
		response.StatusCode, size = http.StatusNotModified, 0
	}
	response.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", size)))
	l.asked = append(l.asked, response.StatusCode)
	return response, nil
}

func TestAnswersAreForgotten(t *testing.T) {
	pages := &library{}
	e := &etags{base: pages, known: map[string]remembered{}}
	ask := func(page, size, want int) {
		t.Helper()
		request, _ := http.NewRequest(http.MethodGet, fmt.Sprintf("https://github.test/?page=%d&size=%d", page, size), nil)
		response, err := e.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(response.Body); err != nil || len(body) != size || response.StatusCode != http.StatusOK {
			t.Fatalf("page %d is %d, with %d bytes, %v", page, response.StatusCode, len(body), err)
		}
		if got := pages.asked[len(pages.asked)-1]; got != want {
			t.Errorf("page %d is answered %d, want %d", page, got, want)
		}
	}
	const large = maxWorth - 1024
	for page := range 32 { // as much as is kept
		ask(page, large, 200)
	}
	ask(0, large, 304)
	ask(100, large, 200)      // takes the place of
	ask(1, large, 200)        // the page that was asked for longest ago
	ask(0, large, 304)        // and not of the one that came first
	ask(101, maxWorth+1, 200) // is too large
	ask(101, maxWorth+1, 200) // to be kept
	ask(0, large, 304)        // and takes no place
	if e.size > maxRemembered || len(e.known) != len(e.order) || len(e.known) != 32 {
		t.Errorf("%d answers of %d bytes are kept, in an order of %d", len(e.known), e.size, len(e.order))
	}
}

// limitedPage is a page that never changes, under a limit that does.
type limitedPage struct{ left int }

func (l *limitedPage) RoundTrip(r *http.Request) (*http.Response, error) {
	l.left--
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {"1"}, "X-Ratelimit-Remaining": {fmt.Sprint(l.left)}}}
	if r.Header.Get("If-None-Match") == "1" {
		response.StatusCode = http.StatusNotModified
	}
	response.Body = io.NopCloser(strings.NewReader("page"))
	return response, nil
}

// An answer from memory has the limits of now: those of then may have nothing left.
func TestRememberedAnswersHaveTheLimitsOfNow(t *testing.T) {
	e := &etags{base: &limitedPage{left: 9}, known: map[string]remembered{}}
	for _, want := range []string{"8", "7", "6"} {
		request, _ := http.NewRequest(http.MethodGet, "https://github.test/", nil)
		response, err := e.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if got := response.Header.Get("X-RateLimit-Remaining"); got != want || string(body) != "page" || err != nil {
			t.Errorf("%s requests are left, want %s; %q, %v", got, want, body, err)
		}
	}
}
