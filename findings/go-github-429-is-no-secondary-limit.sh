#!/usr/bin/env bash
# github.com/google/go-github/v60 v60.0.0: a secondary rate limit that is answered with 429.
#
# One would guess: GitHub documents that it answers such a limit with 403 or 429, so both come back as
#   *AbuseRateLimitError with the Retry-After in it, and until then the client refuses further calls itself.
# What happens: that is so for 403 alone. A 429 with the same headers and body is a plain *ErrorResponse, its
#   Retry-After is not kept, and the next call goes out at once.
# Why it matters here: a writer of commit statuses that trusts the types goes on asking a GitHub that has asked it to
#   wait, and is locked out for longer.
# Source: go-github v60 github/github.go, CheckResponse; GitHub's REST documentation, "Rate limits for the REST API".
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"

	"github.com/google/go-github/v60/github"
)

// ask calls twice and returns the kind of the first error, and how many calls reached the server.
func ask(code int) (kind string, reached int) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached++
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(code)
		fmt.Fprint(w, `{"message":"You have exceeded a secondary rate limit","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`)
	}))
	defer server.Close()
	client := github.NewClient(nil)
	client.BaseURL, _ = url.Parse(server.URL + "/")
	for range 2 {
		_, _, err := client.Repositories.Get(context.Background(), "o", "r")
		if kind == "" {
			kind = fmt.Sprintf("%T", err)
		}
	}
	return kind, reached
}

func main() {
	kind403, reached403 := ask(http.StatusForbidden)
	kind429, reached429 := ask(http.StatusTooManyRequests)
	fmt.Printf("403: %s, %d of 2 calls reached the server\n", kind403, reached403)
	fmt.Printf("429: %s, %d of 2 calls reached the server\n", kind429, reached429)
	if kind403 != "*github.AbuseRateLimitError" || reached403 != 1 || kind429 != "*github.ErrorResponse" || reached429 != 2 {
		fmt.Println("CHANGED: this is not what was found")
		os.Exit(1)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get github.com/google/go-github/v60@v60.0.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go list -m github.com/google/go-github/v60
go run .
