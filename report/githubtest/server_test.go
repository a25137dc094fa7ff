package githubtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	sha  = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
	post = "/repos/acme/plans/statuses/" + sha
	list = "/repos/acme/plans/commits/" + sha + "/statuses"
)

func TestDescriptionIsWhole(t *testing.T) {
	document, err := openapi3.NewLoader().LoadFromData(openapi)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	var has []string
	for _, item := range document.Paths.Map() {
		for _, operation := range item.Operations() {
			has = append(has, operation.OperationID)
		}
	}
	for id := range operations {
		if !strings.Contains(strings.Join(has, " "), id) {
			t.Errorf("%s is implemented, but not in the description", id)
		}
	}
}

func TestNewestStatusWins(t *testing.T) {
	server := New(Options{Token: "t"})
	for _, state := range []string{"pending", "success"} {
		answered(t, ask(t, server, "POST", post, status(state, "prod", "")), http.StatusCreated)
	}
	answered(t, ask(t, server, "POST", post, status("failure", "Other", "")), http.StatusCreated)
	answered(t, ask(t, server, "POST", post, status("success", "other", "")), http.StatusCreated)

	if got := shown(server.Statuses("acme/plans", sha)); got != "other=success prod=success" {
		t.Errorf("shows %s", got)
	}
	if got := shown(server.History("acme/plans", sha, "prod")); got != "prod=pending prod=success" {
		t.Errorf("history is %s", got)
	}
	var listed []struct{ Context, State string }
	answered(t, ask(t, server, "GET", list, ""), http.StatusOK).decode(t, &listed)
	if len(listed) != 4 || listed[0].Context != "other" || listed[3].State != "pending" {
		t.Errorf("lists %v, wanted the newest of four first", listed)
	}
	noViolations(t, server)
}

func TestRequestsOutsideTheDescription(t *testing.T) {
	for _, test := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"unknown state", "POST", post, status("done", "prod", ""), 422},
		{"no state", "POST", post, `{"context":"prod"}`, 422},
		{"wrong type", "POST", post, `{"state":"success","context":7}`, 422},
		{"no JSON", "POST", post, `{`, 400},
		{"no such path", "POST", "/repos/acme/plans/status", `{}`, 404},
		{"no such method", "DELETE", post, "", 404},
		{"wrong query", "GET", list + "?per_page=many", "", 400},
		{"not implemented", "GET", "/rate_limit", "", 501},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := New(Options{Token: "t"})
			answered(t, ask(t, server, test.method, test.path, test.body), test.status)
			if len(server.Violations()) == 0 {
				t.Error("no violation was recorded")
			}
			if got := server.Statuses("acme/plans", sha); got != nil {
				t.Errorf("it was carried out: %v", got)
			}
		})
	}
}

func TestRulesBesideTheDescription(t *testing.T) {
	server := New(Options{Token: "t"})
	long := strings.Repeat("ä", 140)
	answered(t, ask(t, server, "POST", post, status("success", "prod", long)), http.StatusCreated)
	refused := answered(t, ask(t, server, "POST", post, status("success", "prod", long+"ä")), 422)
	if !strings.Contains(refused.body, "maximum is 140") {
		t.Errorf("says %s", refused.body)
	}
	for range 999 {
		answered(t, ask(t, server, "POST", post, status("success", "prod", "")), http.StatusCreated)
	}
	refused = answered(t, ask(t, server, "POST", post, status("success", "PROD", "")), 422)
	if !strings.Contains(refused.body, "maximum number of statuses") {
		t.Errorf("says %s", refused.body)
	}
	answered(t, ask(t, server, "POST", post, status("success", "other", "")), http.StatusCreated)
	noViolations(t, server)
}

func TestTokenIsRequired(t *testing.T) {
	for header, want := range map[string]int{
		"": 401, "Bearer other": 401, "t": 401, "Basic t": 401, "Bearer t": 200, "token t": 200,
	} {
		server := New(Options{Token: "t"})
		answered(t, askWith(t, server, "GET", list, "", http.Header{"Authorization": {header}}), want)
		noViolations(t, server)
	}
	answered(t, askWith(t, New(Options{}), "GET", list, "", http.Header{"Authorization": {"Bearer "}}), 401)
}

func TestPages(t *testing.T) {
	server := New(Options{Token: "t"})
	for i := range 65 {
		answered(t, ask(t, server, "POST", post, status("success", fmt.Sprint(i), "")), http.StatusCreated)
	}
	for query, want := range map[string]struct {
		count int
		rels  string
	}{
		"":                    {30, "next last"},
		"?page=2":             {30, "prev next last first"},
		"?page=3":             {5, "prev first"},
		"?page=9":             {0, "prev first"},
		"?per_page=100":       {65, ""},
		"?per_page=60&page=2": {5, "prev first"},
	} {
		var listed []any
		got := answered(t, ask(t, server, "GET", list+query, ""), http.StatusOK)
		got.decode(t, &listed)
		link := got.header.Get("Link")
		for rel := range strings.FieldsSeq(want.rels) {
			if !strings.Contains(link, `rel="`+rel+`"`) {
				t.Errorf("%q: no %s in Link: %s", query, rel, link)
			}
		}
		if rels := strings.Count(link, "rel="); len(listed) != want.count || rels != len(strings.Fields(want.rels)) {
			t.Errorf("%q: %d statuses and Link %q", query, len(listed), link)
		}
	}
	noViolations(t, server)
}

func TestUnchangedReadIsFree(t *testing.T) {
	server := New(Options{Token: "t"})
	first := answered(t, ask(t, server, "GET", list, ""), http.StatusOK)
	again := http.Header{"Authorization": {"Bearer t"}, "If-None-Match": {first.header.Get("ETag")}}
	same := answered(t, askWith(t, server, "GET", list, "", again), http.StatusNotModified)
	if same.body != "" || same.header.Get("X-RateLimit-Remaining") != "4999" {
		t.Errorf("304 with %q, %s left", same.body, same.header.Get("X-RateLimit-Remaining"))
	}
	answered(t, ask(t, server, "POST", post, status("success", "prod", "")), http.StatusCreated)
	answered(t, askWith(t, server, "GET", list, "", again), http.StatusOK)
	noViolations(t, server)
}

func TestPaceIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := New(Options{Token: "t", Paced: true})
		for i := range 500 {
			ask(t, server, "POST", post, status("success", fmt.Sprint(i), ""))
			ask(t, server, "GET", list, "")
			time.Sleep(time.Second)
		}
		noViolations(t, server)
		ask(t, server, "POST", post, status("success", "one too many", ""))
		time.Sleep(time.Hour)
		ask(t, server, "POST", post, status("success", "a", ""))
		time.Sleep(999 * time.Millisecond)
		ask(t, server, "POST", post, status("success", "b", ""))
		if got := server.Violations(); len(got) != 2 || !strings.Contains(got[0], "write 501 within an hour") || !strings.Contains(got[1], "999ms after") {
			t.Errorf("violations are %q", got)
		}
	})
}

func TestLimitPassesWithItsHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := New(Options{Token: "t", Limit: 2})
		answered(t, ask(t, server, "GET", list, ""), http.StatusOK)
		answered(t, ask(t, server, "GET", list, ""), http.StatusOK)
		out := answered(t, ask(t, server, "GET", list, ""), http.StatusForbidden)
		if out.header.Get("X-RateLimit-Remaining") != "0" {
			t.Errorf("headers are %v", out.header)
		}
		time.Sleep(time.Hour + time.Second)
		answered(t, ask(t, server, "GET", list, ""), http.StatusOK)
		noViolations(t, server)
	})
}

func TestFaults(t *testing.T) {
	server := New(Options{Token: "t"})
	server.Inject(Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}, Message: "slow down", Times: 2})
	server.Inject(Fault{Status: 502, After: true})
	answered(t, ask(t, server, "GET", list, ""), http.StatusOK)
	for range 2 {
		out := answered(t, ask(t, server, "POST", post, status("pending", "prod", "")), 429)
		if out.header.Get("Retry-After") != "7" || !strings.Contains(out.body, "slow down") {
			t.Errorf("answered %v %s", out.header, out.body)
		}
	}
	answered(t, ask(t, server, "POST", post, status("failure", "prod", "")), 502)
	answered(t, ask(t, server, "POST", post, status("success", "prod", "")), http.StatusCreated)
	if got := shown(server.History("acme/plans", sha, "prod")); got != "prod=failure prod=success" {
		t.Errorf("carried out %s", got)
	}
	noViolations(t, server)
}

func TestFaultsWithoutAnAnswer(t *testing.T) {
	server := New(Options{Token: "t"})
	remote := httptest.NewServer(server)
	defer remote.Close()
	for name, client := range map[string]*http.Client{
		"network": remote.Client(), "memory": {Transport: server.Transport()},
	} {
		for _, fault := range []Fault{{}, {After: true}, {Hang: true}} {
			patience, cancel := context.WithCancel(context.Background())
			fault.Match = func(r Request) bool {
				if fault.Hang {
					cancel() // the request has arrived, and the client gives up
				}
				return r.IsWrite()
			}
			server.Inject(fault)
			request, _ := http.NewRequestWithContext(patience, "POST", remote.URL+post, strings.NewReader(status("success", name, "")))
			request.Header.Set("Authorization", "Bearer t")
			request.Header.Set("Content-Type", "application/json")
			if response, err := client.Do(request); err == nil {
				t.Errorf("%s, hang %v, after %v: answered %s", name, fault.Hang, fault.After, response.Status)
			}
			cancel()
		}
		if got := len(server.History("acme/plans", sha, name)); got != 1 {
			t.Errorf("%s: %d were carried out, wanted the one whose answer was lost", name, got)
		}
	}
	noViolations(t, server)
}

func TestRequestsAreRecorded(t *testing.T) {
	server := New(Options{Token: "t"})
	server.Inject(Fault{})
	_, err := (&http.Client{Transport: server.Transport()}).Post("http://github.test"+post, "application/json", strings.NewReader("{}"))
	if err == nil {
		t.Error("a closed connection gave an answer")
	}
	ask(t, server, "GET", list+"?page=1", "")
	all, writes := server.Requests(), server.Writes()
	if len(all) != 2 || len(writes) != 1 || writes[0].Status != 0 || string(writes[0].Body) != "{}" {
		t.Fatalf("recorded %v, of these writes %v", all, writes)
	}
	if got := all[1]; got.Status != 200 || got.URL != list+"?page=1" ||
		got.Operation != "repos/list-commit-statuses-for-ref" || got.Time.IsZero() {
		t.Errorf("recorded %v", got)
	}
}

func TestOwnAnswersAreChecked(t *testing.T) {
	server := New(Options{Token: "t"})
	right := operations["repos/list-commit-statuses-for-ref"]
	defer func() { operations["repos/list-commit-statuses-for-ref"] = right }()
	operations["repos/list-commit-statuses-for-ref"] = func(*Server, *call) answer {
		return answer{status: http.StatusOK, body: []any{map[string]any{"state": 1}}}
	}
	ask(t, server, "GET", list, "")
	if got := server.Violations(); len(got) != 1 || !strings.Contains(got[0], "our answer") {
		t.Errorf("violations are %q", got)
	}
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), into); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, server *Server, method, path, body string) reply {
	t.Helper()
	return askWith(t, server, method, path, body, http.Header{"Authorization": {"Bearer t"}})
}

func askWith(t *testing.T, server *Server, method, path, body string, header http.Header) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://github.test"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := server.Transport().RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(text)}
}

func answered(t *testing.T, got reply, status int) reply {
	t.Helper()
	if got.status != status {
		t.Fatalf("answered %d %s, wanted %d", got.status, got.body, status)
	}
	return got
}

func status(state, context, description string) string {
	text, _ := json.Marshal(map[string]string{"state": state, "context": context, "description": description})
	return string(text)
}

func shown(list []Status) string {
	var words []string
	for _, status := range list {
		words = append(words, status.Context+"="+status.State)
	}
	return strings.Join(words, " ")
}

func noViolations(t *testing.T, server *Server) {
	t.Helper()
	if broken := server.Violations(); len(broken) > 0 {
		t.Errorf("GitHub's description was broken:\n%s", strings.Join(broken, "\n"))
	}
}
