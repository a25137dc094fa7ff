package spec

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/patchwave/patchwave/schema"
)

// later is a field, or a value of it, that the language has and this version of
// patchwave does not act on yet. It is refused: to pass over it in silence would
// be to break a promise the plan makes to its reader.
type later struct {
	pointer string               // with * for every item of a list
	refuses func(value any) bool // nil: whatever the value
	advice  string               // what to do instead; empty: remove it
}

var planLater = []later{
	{pointer: "/spec/hooks"},
	{pointer: "/spec/windows"},
	{pointer: "/spec/freezes"},
	{pointer: "/spec/drift"},
	{pointer: "/spec/dependsOn"},
	{"/spec/template", oneOf("Align"), "write Leave or leave the field out"},
	{"/spec/target/kind", oneOf("StatefulSet", "DaemonSet", "ReplicaSet"), "Deployment and Pod are"},
}

// notSupported finds what a document asks for too early.
func notSupported(document any, table []later) (found []schema.Violation) {
	for _, entry := range table {
		visit(document, "", schema.Tokens(entry.pointer), func(pointer string, value any) {
			if entry.refuse(value) {
				found = append(found, entry.violation(pointer, value))
			}
		})
	}
	return found
}

// refuse lets empty lists pass: they ask for nothing.
func (l later) refuse(value any) bool {
	if list, ok := value.([]any); ok && len(list) == 0 {
		return false
	}
	return l.refuses == nil || l.refuses(value)
}

func (l later) violation(pointer string, value any) schema.Violation {
	field, advice := schema.Field(pointer), l.advice
	if l.refuses != nil {
		field += fmt.Sprintf(": %v", value)
	}
	if advice == "" {
		advice = "remove it"
	}
	message := field + " is not supported yet by this version of patchwave; " + advice
	return schema.Violation{Pointer: pointer, Message: message, AtKey: l.refuses == nil}
}

// visit calls back for every value that is there.
func visit(value any, pointer string, path []string, found func(pointer string, value any)) {
	if len(path) == 0 {
		found(pointer, value)
		return
	}
	switch node := value.(type) {
	case map[string]any:
		if next, there := node[path[0]]; there {
			visit(next, schema.Join(pointer, path[0]), path[1:], found)
		}
	case []any:
		for i := range node {
			if path[0] == "*" {
				visit(node[i], schema.Join(pointer, strconv.Itoa(i)), path[1:], found)
			}
		}
	}
}

func oneOf(values ...string) func(any) bool {
	return func(value any) bool {
		for _, refused := range values {
			if value == refused {
				return true
			}
		}
		return false
	}
}

// dropEmpty takes away the empty lists that refuse let pass: the types need not
// know their fields.
func dropEmpty(document any, table []later) any {
	for _, entry := range table {
		if _, ok := schema.At(document, entry.pointer).([]any); ok {
			document = without(document, schema.Tokens(entry.pointer))
		}
	}
	return document
}

// without copies the mappings on the way to a key, and leaves the key out.
func without(value any, path []string) any {
	mapping := maps.Clone(value.(map[string]any))
	if len(path) == 1 {
		delete(mapping, path[0])
	} else {
		mapping[path[0]] = without(mapping[path[0]], path[1:])
	}
	return mapping
}
