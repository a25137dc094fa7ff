package spec

import (
	"maps"
	"strconv"

	"github.com/patchwave/patchwave/schema"
)

// planLater are the fields that the language has and this version of patchwave
// does not act on yet, as pointers with * for every item of a list. They are
// refused: to pass over one in silence would be to break a promise the plan makes
// to its reader.
var planLater = []string{"/spec/hooks", "/spec/dependsOn"}

// notSupported finds what a document asks for too early.
func notSupported(document any, table []string) (found []schema.Violation) {
	for _, pointer := range table {
		visit(document, "", schema.Tokens(pointer), func(at string, value any) {
			if asks(value) {
				found = append(found, violation(at))
			}
		})
	}
	return found
}

// asks lets empty lists pass: they ask for nothing.
func asks(value any) bool {
	list, ok := value.([]any)
	return !ok || len(list) > 0
}

func violation(pointer string) schema.Violation {
	message := schema.Field(pointer) + " is not supported yet by this version of patchwave; remove it"
	return schema.Violation{Pointer: pointer, Message: message, AtKey: true}
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

// dropEmpty takes away the empty lists that pass: the types need not
// know their fields.
func dropEmpty(document any, table []string) any {
	for _, pointer := range table {
		if _, ok := schema.At(document, pointer).([]any); ok {
			document = without(document, schema.Tokens(pointer))
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
