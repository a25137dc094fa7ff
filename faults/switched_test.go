package main

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

const sample = `package room

var most = 3

func few(n int) bool {
	return n < most
}

func count(all []int) {
	for range all {
		most++
	}
}

func first(all []int) int {
search:
	for _, n := range all {
		if n > 0 {
			break search
		}
	}
	return len(all)
}
`

func TestSwitched(t *testing.T) {
	faults := []fault{
		{name: "off by one", old: "n < most", new: "n <= most"},
		{name: "never", old: "return n < most", new: "return false"},
		{name: "counts down", old: "most++", new: "most--"},
		{name: "in a variable", old: "most = 3", new: "most = 4"},
		{name: "in a signature", old: "few(n int)", new: "few(m int)"},
		{name: "beside a label", old: "n > 0", new: "n < 0"},
		{name: "not there", old: "nothing", new: ""},
	}
	text, inside, outside := switched(sample, faults)
	if len(inside) != 3 || len(outside) != 4 || outside[0].name != "in a variable" {
		t.Fatalf("inside %v, outside %v", inside, outside)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "", text, 0); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, want := range []string{
		"{\nif faultSwitchedOn == \"never\" {\n\treturn false\n\n}\n",
		"{\nif faultSwitchedOn == \"counts down\" {\n\tfor range all {\n\t\tmost--\n\t}\n\nreturn\n}\n",
		"\tfor range all {\n\t\tmost++\n\t}\n}", // the sound bodies stay
		"\treturn n < most\n}",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
}
