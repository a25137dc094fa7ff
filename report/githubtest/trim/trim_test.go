package main

import (
	"encoding/json"
	"strings"
	"testing"
)

const tiny = `{"openapi":"3.0.3","paths":{
  "/a":{"get":{"x-github":{},"schema":{"$ref":"#/components/schemas/one"},
               "examples":{"x":{"$ref":"#/components/examples/e"}}},
        "put":{"schema":{"$ref":"#/components/schemas/other"}}},
  "/b":{"get":{}}},
 "components":{"schemas":{
  "one":{"properties":{"example":{"type":"string"},"next":{"$ref":"#/components/schemas/two"}},"example":"gone"},
  "two":{"properties":{"back":{"$ref":"#/components/schemas/one"}}},
  "other":{}},"examples":{"e":{}}}}`

func TestTrimKeepsWhatIsReferredTo(t *testing.T) {
	keep(t, [2]string{"get", "/a"})
	small, err := trim(parse(t, tiny))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(string(layOut(small)), "\n", "")
	want := `{"components":{"schemas":{` +
		`"one":{"properties":{"example":{"type":"string"},"next":{"$ref":"#/components/schemas/two"}}},` +
		`"two":{"properties":{"back":{"$ref":"#/components/schemas/one"}}}}},` +
		`"info":null,"openapi":"3.0.3","paths":{"/a":{"get":{"schema":{"$ref":"#/components/schemas/one"}}}},"servers":null}`
	if got != want {
		t.Errorf("trimmed to\n%s\nwanted\n%s", got, want)
	}
}

func TestTrimNamesWhatIsMissing(t *testing.T) {
	keep(t, [2]string{"get", "/c"})
	if _, err := trim(parse(t, tiny)); err == nil || !strings.Contains(err.Error(), "get /c") {
		t.Errorf("got %v, wanted an error that names the operation", err)
	}
	keep(t, [2]string{"get", "/a"})
	dangling := strings.Replace(tiny, `"two":{`, `"three":{`, 1)
	if _, err := trim(parse(t, dangling)); err == nil || !strings.Contains(err.Error(), "schemas/two") {
		t.Errorf("got %v, wanted an error that names the component", err)
	}
}

func keep(t *testing.T, kept ...[2]string) {
	before := operations
	operations = kept
	t.Cleanup(func() { operations = before })
}

func parse(t *testing.T, text string) object {
	t.Helper()
	var document object
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return document
}
