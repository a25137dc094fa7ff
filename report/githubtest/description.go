package githubtest

import (
	_ "embed"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

//go:embed openapi.json
var openapi []byte

// description is GitHub's OpenAPI description, ready to be asked.
type description struct {
	router  routers.Router
	schemas openapi3.Schemas
}

// loadDescription parses once for all servers of a process.
var loadDescription = sync.OnceValue(func() *description {
	loader := openapi3.NewLoader()
	document, err := loader.LoadFromData(openapi)
	if err != nil {
		panic("githubtest: openapi.json: " + err.Error())
	}
	document.Servers = nil // any host will do
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		panic("githubtest: openapi.json: " + err.Error())
	}
	return &description{router: router, schemas: document.Components.Schemas}
})

// matched is what the description says of a request.
type matched struct {
	operation string            // its operationId, empty when there is none
	vars      map[string]string // the parameters of its path
	input     *openapi3filter.RequestValidationInput

	problem string // what is wrong, for the test; empty when all is well
	status  int    // with a problem: what to answer,
	message string // and to say
}

var filterOptions = &openapi3filter.Options{
	// GitHub's own defaults would be written into the body that is stored.
	SkipSettingDefaults: true,
	AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc,
}

func (d *description) match(r *http.Request) *matched {
	route, vars, err := d.router.FindRoute(r)
	if err != nil {
		return &matched{problem: err.Error(), status: http.StatusNotFound, message: "Not Found"}
	}
	m := &matched{operation: route.Operation.OperationID, vars: vars}
	m.input = &openapi3filter.RequestValidationInput{
		Request: r, PathParams: vars, Route: route, Options: filterOptions,
	}
	if err := openapi3filter.ValidateRequest(r.Context(), m.input); err != nil {
		m.problem = firstLine(err)
		m.status, m.message = badRequest(err)
	}
	return m
}

// badRequest chooses as GitHub does: 400 for what cannot be parsed, 422 for
// what can but does not fit.
func badRequest(err error) (int, string) {
	if _, ok := errors.AsType[*openapi3filter.ParseError](err); ok {
		return http.StatusBadRequest, "Problems parsing JSON"
	}
	return http.StatusUnprocessableEntity, "Invalid request.\n\n" + firstLine(err)
}

// checkResponse says what is wrong with an answer of ours.
func (m *matched) checkResponse(r *http.Request, status int, header http.Header, body []byte) string {
	if m.input == nil {
		return ""
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: m.input, Status: status, Header: header, Options: filterOptions,
	}
	input.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(r.Context(), input); err != nil {
		return firstLine(err)
	}
	return ""
}

// firstLine leaves out the schema and the value that kin-openapi appends.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
