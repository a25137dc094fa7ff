package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
)

// switchName is the variable in each room that names the fault switched on.
const switchName = "faultSwitchedOn"

// insertion is a text and where in a source it goes.
type insertion struct {
	at   int
	text string
}

// switched returns the source with the faults built in, each as a second body of its
// function that runs instead of the first while the fault is switched on; and which
// faults these are, and which are no change within a function.
func switched(source string, faults []fault) (text string, inside, outside []fault) {
	sound := functions(source)
	var all []insertion
	for _, f := range faults {
		body, ok := f.body(source, sound)
		if !ok {
			outside = append(outside, f)
			continue
		}
		inside, all = append(inside, f), append(all, body)
	}
	slices.SortStableFunc(all, func(a, b insertion) int { return cmp.Compare(b.at, a.at) })
	for _, i := range all {
		source = source[:i.at] + i.text + source[i.at:]
	}
	return source, inside, outside
}

// body is the changed function's, to be put at the beginning of the sound one.
func (f fault) body(source string, sound []function) (insertion, bool) {
	changed, err := f.change(source)
	if err != nil {
		return insertion{}, false
	}
	faulty, shift := functions(changed), len(changed)-len(source)
	if len(faulty) != len(sound) {
		return insertion{}, false
	}
	for i, function := range sound {
		same := function.from == faulty[i].from && function.to+shift == faulty[i].to
		if !same || source[:function.from] != changed[:faulty[i].from] || source[function.to:] != changed[faulty[i].to:] {
			continue
		}
		text := fmt.Sprintf("\nif %s == %q {%s\n", switchName, f.name, changed[faulty[i].from:faulty[i].to])
		if !function.returns {
			text += "return\n"
		}
		return insertion{function.from, text + "}\n"}, !function.labels
	}
	return insertion{}, false
}

// function is where a function's body begins and ends, without its braces.
type function struct {
	from, to int
	returns  bool // something
	labels   bool // has labels, which are there once a function
}

func functions(source string) []function {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var all []function
	for _, declaration := range file.Decls {
		declared, ok := declaration.(*ast.FuncDecl)
		if !ok || declared.Body == nil {
			continue
		}
		found := function{from: int(declared.Body.Lbrace), to: int(declared.Body.Rbrace) - 1, returns: declared.Type.Results != nil}
		ast.Inspect(declared.Body, func(node ast.Node) bool {
			if _, ok := node.(*ast.LabeledStmt); ok {
				found.labels = true
			}
			return true
		})
		all = append(all, found)
	}
	return all
}

func packageName(source string) string {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.PackageClauseOnly)
	if err != nil {
		return ""
	}
	return file.Name.Name
}
