package report

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
)

// verdict says what became of a request, and whether trying again can help.
type verdict int

const (
	done         verdict = iota
	refused              // it was not carried out and never will be
	unfit                // the same, and for what it says: another form may be taken
	limited              // it was not carried out; later it will be
	unauthorized         // the token is not accepted; a renewed one may be
	doubtful             // no answer, or a broken one: it may have been carried out
)

// outcome is a verdict with its reason.
type outcome struct {
	verdict verdict
	told    time.Duration // limited: what GitHub asks to wait, 0 if it did not say
	err     error
}

// failed tells whether GitHub is better left alone for a while.
func (o outcome) failed() bool { return o.verdict != done && !o.denied() }

// concernsAll reports whether other requests would fare no better: those that are not
// answered rest by themselves.
func (o outcome) concernsAll() bool { return o.verdict == limited || o.verdict == unauthorized }

// denied reports whether GitHub has answered, and does not take it.
func (o outcome) denied() bool { return o.verdict == refused || o.verdict == unfit }

// judge reads go-github's errors. That library knows limits on 403 only, and
// makes up an answer of its own while it believes in one.
func judge(response *github.Response, err error) outcome {
	if err == nil {
		return outcome{}
	}
	if told, isLimit := limit(response, err); isLimit {
		return outcome{verdict: limited, told: told, err: err}
	}
	return outcome{verdict: byStatus(response), err: err}
}

// judgeRead knows that an answer which is too large once is so each time, and that
// a read has no other form.
func judgeRead(response *github.Response, err error) outcome {
	result := judge(response, err)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge || result.verdict == unfit {
		result.verdict = refused
	}
	return result
}

func byStatus(response *github.Response) verdict {
	if response == nil || response.Response == nil {
		return doubtful
	}
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized:
		return unauthorized
	case status == http.StatusUnprocessableEntity:
		return unfit
	case status < 300, status == http.StatusRequestTimeout, status >= 500:
		return doubtful // below 300: carried out, with an answer that cannot be read
	}
	return refused
}

// limit tells a limit from a lack of rights, which is 403 as well.
func limit(response *github.Response, err error) (time.Duration, bool) {
	if primary, ok := errors.AsType[*github.RateLimitError](err); ok {
		return untilReset(primary.Rate), true
	}
	if secondary, ok := errors.AsType[*github.AbuseRateLimitError](err); ok {
		return secondary.GetRetryAfter(), true
	}
	if response == nil || response.Response == nil {
		return 0, false
	}
	told := toldToWait(response)
	switch response.StatusCode {
	case http.StatusTooManyRequests:
		return told, true
	case http.StatusForbidden:
		return told, told > 0 || speaksOfLimit(err)
	}
	return 0, false
}

// toldToWait prefers Retry-After; the reset counts only when nothing remains.
func toldToWait(response *github.Response) time.Duration {
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if response.Header.Get("X-RateLimit-Remaining") == "0" {
		return untilReset(response.Rate)
	}
	return 0
}

// untilReset adds the second that the header's whole seconds may hide.
func untilReset(rate github.Rate) time.Duration {
	return time.Until(rate.Reset.Time) + time.Second
}

// speaksOfLimit knows the words of limits that come without a header.
func speaksOfLimit(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "rate limit") || strings.Contains(text, "abuse") ||
		strings.Contains(text, "try again later")
}

// wait is how long to leave GitHub alone after an outcome that was the
// failures-th in a row to fail, from 1.
func (o outcome) wait(failures int) time.Duration {
	switch {
	case o.verdict == limited && o.told > 0:
		return min(o.told, time.Hour) // no limit of GitHub's lasts longer
	case o.verdict == limited:
		return grow(time.Minute, failures, 15*time.Minute)
	case o.verdict == unauthorized:
		return time.Minute
	}
	return grow(time.Second, failures, 5*time.Minute)
}

// grow doubles from one failure to the next.
func grow(first time.Duration, failures int, most time.Duration) time.Duration {
	return min(first<<min(max(failures-1, 0), 20), most)
}

// untilNextTry is how long after the times-th try in a row that was refused, or in
// vain, the next one comes.
func untilNextTry(times int) time.Duration { return grow(30*time.Second, times, time.Hour) }

// worthTelling tells whether to log a refusal: the first in a row, and then one an
// hour.
func worthTelling(times int) bool { return times == 1 || untilNextTry(times) == time.Hour }

// hint says what a person can do about it.
func (o outcome) hint(repository string) string {
	answer, _ := errors.AsType[*github.ErrorResponse](o.err)
	switch {
	case o.verdict == unauthorized:
		return "renew the token: GitHub does not accept it"
	case answer == nil || answer.Response == nil:
		return ""
	}
	switch status := answer.Response.StatusCode; {
	case status == http.StatusForbidden && strings.HasSuffix(answer.Response.Request.URL.Path, "/user"):
		return "sign in by `app`: an installation's token in tokenFile cannot tell whose it is"
	case status == http.StatusForbidden, status == http.StatusNotFound:
		return "give the token `statuses: write` and `pull_requests: write` on " + repository + ", and look whether it and the commit exist"
	case status < 400:
		return "name the repository as it is called now: GitHub has moved " + repository
	}
	return ""
}

// advice is what went wrong, with the hint.
func (o outcome) advice(repository string) string {
	text := brief(o.err)
	if hint := o.hint(repository); hint != "" {
		text += " (" + hint + ")"
	}
	return text
}
