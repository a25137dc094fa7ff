#!/usr/bin/env bash
# github.com/getkin/kin-openapi v0.133.0, openapi3filter.ValidateRequest.
#
# One would guess: validating a request looks at it, and the handler behind reads the body that the client sent.
# What happens: the body is decoded, the description's defaults are written into it, and the request gets a new
#   body with another length: fields that nobody sent. Options.SkipSettingDefaults turns that off.
# Why it matters here: a stand-in server that checks requests against GitHub's own description would answer, and
#   record, what patchwave never wrote, so a test could pass for a field that is not sent.
# Source: openapi3filter, type Options (SkipSettingDefaults is false by default).
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

const description = `
openapi: 3.0.3
info: {title: statuses, version: "1"}
servers: [{url: /}]
paths:
  /status:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                state: {type: string}
                context: {type: string, default: default}
      responses: {"200": {description: ok}}
`

func bodyAfter(options *openapi3filter.Options) string {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(description))
	if err != nil {
		panic(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	request, _ := http.NewRequest(http.MethodPost, "/status", strings.NewReader(`{"state":"success"}`))
	request.Header.Set("Content-Type", "application/json")
	route, params, err := router.FindRoute(request)
	if err != nil {
		panic(err)
	}
	input := &openapi3filter.RequestValidationInput{Request: request, Route: route, PathParams: params, Options: options}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		panic(err)
	}
	body, _ := io.ReadAll(request.Body)
	return string(body)
}

func main() {
	plain := bodyAfter(&openapi3filter.Options{})
	skipping := bodyAfter(&openapi3filter.Options{SkipSettingDefaults: true})
	fmt.Println("sent:                                 ", `{"state":"success"}`)
	fmt.Println("body after validation:                ", plain)
	fmt.Println("body after it with SkipSettingDefaults:", skipping)
	if plain != `{"context":"default","state":"success"}` || skipping != `{"state":"success"}` {
		fmt.Println("CHANGED: this is not what was found")
		os.Exit(1)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get github.com/getkin/kin-openapi@v0.133.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go list -m github.com/getkin/kin-openapi
go run .
