package report

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"
)

func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		status  int
		message string
		header  http.Header
		want    verdict
	}{
		{401, "Bad credentials", nil, unauthorized},
		{403, "Resource not accessible by integration", nil, refused},
		{403, "Resource not accessible by integration", http.Header{"X-Ratelimit-Remaining": {"12"}}, refused},
		{403, "You have exceeded a secondary rate limit", nil, limited},
		{403, "You have triggered an abuse detection mechanism", nil, limited},
		{403, "Maximum number of login attempts exceeded. Please try again later.", nil, limited},
		{403, "", http.Header{"Retry-After": {"1"}}, limited},
		{403, "", http.Header{"X-Ratelimit-Remaining": {"0"}}, limited},
		{429, "", nil, limited},
		{404, "Not Found", nil, refused},
		{409, "Git Repository is empty.", nil, refused},
		{422, "Validation Failed", nil, unfit},
		{301, "Moved Permanently", nil, refused},
		{202, "", nil, doubtful},
		{408, "", nil, doubtful},
		{500, "", nil, doubtful},
		{502, "<html>", nil, doubtful},
		{504, "", nil, doubtful},
	} {
		response := &http.Response{
			StatusCode: test.status, Header: test.header, Body: io.NopCloser(strings.NewReader(`{"message":"` + test.message + `"}`)),
			Request: &http.Request{URL: parsed(t, "https://api.github.com/")},
		}
		got := judge(&github.Response{Response: response}, github.CheckResponse(response))
		if got.verdict != test.want {
			t.Errorf("%d %q %v is %v, wanted %v", test.status, test.message, test.header, got.verdict, test.want)
		}
	}
	if got := judge(nil, errors.New("connection refused")); got.verdict != doubtful {
		t.Errorf("no answer is %v", got.verdict)
	}
	if got := judge(&github.Response{}, nil); got.verdict != done {
		t.Errorf("no error is %v", got.verdict)
	}
}

func TestWaitsAreBounded(t *testing.T) {
	for _, test := range []struct {
		outcome  outcome
		failures int
		want     time.Duration
	}{
		{outcome{verdict: limited, told: 7 * time.Second}, 9, 7 * time.Second},
		{outcome{verdict: limited, told: 1000 * time.Hour}, 1, time.Hour},
		{outcome{verdict: limited, told: -time.Hour}, 2, 2 * time.Minute},
		{outcome{verdict: limited}, 1, time.Minute},
		{outcome{verdict: limited}, 1 << 40, 15 * time.Minute},
		{outcome{verdict: unauthorized}, 5, time.Minute},
		{outcome{verdict: doubtful}, 1, time.Second},
		{outcome{verdict: doubtful}, 4, 8 * time.Second},
		{outcome{verdict: doubtful}, 1 << 40, 5 * time.Minute},
	} {
		if got := test.outcome.wait(test.failures); got != test.want {
			t.Errorf("%+v after %d failures waits %s, wanted %s", test.outcome, test.failures, got, test.want)
		}
	}
}

func TestRefusalsAreToldOnceAndThenHourly(t *testing.T) {
	for times, want := range map[int]bool{0: false, 1: true, 2: false, 7: false, 8: true, 9: true} {
		if got := worthTelling(times); got != want {
			t.Errorf("the %d. is told: %t", times, got)
		}
	}
}

func TestLogLinesAreShort(t *testing.T) {
	got := brief(errors.New(strings.Repeat("ä", 5000)))
	if n := len([]rune(got)); n != 401 {
		t.Errorf("%d characters", n)
	}
}
