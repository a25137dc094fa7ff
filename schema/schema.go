// Package schema holds the JSON Schemas of the plan and of the operator's
// configuration, and says in words what a document has wrong. It knows the
// shape of the language only; what fields mean together is spec's business.
package schema

import (
	"bytes"
	_ "embed" // for the two schemas
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

//go:embed plan.json
var planText []byte

//go:embed config.json
var configText []byte

// Violation is one thing that a document has wrong.
type Violation struct {
	// Pointer is the JSON pointer (RFC 6901) of what is wrong. For a missing
	// field it is where the field should be, so it may lead nowhere.
	Pointer string
	// Message is a sentence for a person: the field, what is wrong with it, and
	// what would be right.
	Message string
	// AtKey says that the key Pointer ends in is at fault, not its value.
	AtKey bool
	// Wants says what is wanted where a value of another type stands; it is empty
	// where the type is right.
	Wants string
}

// Plan returns the JSON Schema (draft 2020-12) of a plan. The text is the
// caller's to keep.
func Plan() []byte { return bytes.Clone(planText) }

// Config returns the JSON Schema (draft 2020-12) of the configuration. The
// text is the caller's to keep.
func Config() []byte { return bytes.Clone(configText) }

// Validate returns everything that the schema finds wrong with a plan, sorted
// by pointer; nil when it is sound. The document is made of what encoding/json
// decodes into an any: maps, slices, strings, booleans, nil and finite numbers.
func Validate(document any) []Violation { return planSchema().validate(document) }

// ValidateConfig is Validate for the operator's configuration.
func ValidateConfig(document any) []Violation { return configSchema().validate(document) }

var (
	planSchema   = sync.OnceValue(func() *checker { return newChecker("plan.json", planText) })
	configSchema = sync.OnceValue(func() *checker { return newChecker("config.json", configText) })
)

// checker is a compiled schema beside its own text, which the messages quote.
type checker struct {
	compiled *jsonschema.Schema
	text     any
}

// newChecker panics where the embedded schema is broken: a test would have
// found that.
func newChecker(name string, text []byte) *checker {
	compiler := jsonschema.NewCompiler()
	compiler.LoadURL = refuseToLoad
	if err := compiler.AddResource(name, bytes.NewReader(text)); err != nil {
		panic(err)
	}
	return &checker{compiled: compiler.MustCompile(name), text: decode(text)}
}

// refuseToLoad keeps the library from its default, which is to follow
// references into the file system.
func refuseToLoad(url string) (io.ReadCloser, error) {
	return nil, fmt.Errorf("loading %q: a schema may refer to itself only", url)
}

func (c *checker) validate(document any) []Violation {
	err := c.compiled.Validate(document)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return []Violation{{Message: err.Error()}}
	}
	found := c.explain(invalid, document)
	slices.SortFunc(found, func(a, b Violation) int {
		return strings.Compare(a.Pointer+"\x00"+a.Message, b.Pointer+"\x00"+b.Message)
	})
	return found
}

// explain turns the leaves of the library's tree of errors into sentences.
func (c *checker) explain(invalid *jsonschema.ValidationError, document any) []Violation {
	if len(invalid.Causes) == 0 {
		return c.faultOf(invalid, document).violations()
	}
	var found []Violation
	for _, cause := range invalid.Causes {
		found = append(found, c.explain(cause, document)...)
	}
	return found
}
