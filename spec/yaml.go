package spec

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/patchwave/patchwave/schema"
)

// maxDepth is how deep a document may nest; a plan needs eight levels.
const maxDepth = 32

// convert turns a node into what encoding/json would decode. YAML that means
// more than JSON does, or means something else than it seems to, is refused: a
// plan should read the same to a person and to any program.
func (d *document) convert(node *yaml.Node, pointer string, depth int) any {
	if complaint := objection(node, depth); complaint != "" {
		return d.unreadable(node, pointer, complaint)
	}
	switch node.Kind {
	case yaml.MappingNode:
		return d.mapping(node, pointer, depth)
	case yaml.SequenceNode:
		list := make([]any, len(node.Content))
		for i, item := range node.Content {
			list[i] = d.convert(item, schema.Join(pointer, strconv.Itoa(i)), depth+1)
		}
		return list
	}
	value, s := readScalar(node, pointer)
	if s.other != nil || s.unclear != "" {
		d.scalars = append(d.scalars, s)
	}
	return value
}

// unreadable refuses a value, and keeps the schema from complaining of it again.
func (d *document) unreadable(node *yaml.Node, pointer, complaint string) any {
	d.unknown[pointer] = true
	d.refuse(d.position(node), "%s", fieldFirst(pointer, complaint))
	return nil
}

// objection says why a node is refused whatever it holds; "" where it is not.
func objection(node *yaml.Node, depth int) string {
	switch {
	case node.Kind == yaml.AliasNode:
		return fmt.Sprintf("aliases are not read; write out what *%s stands for", short(node.Value))
	case node.Anchor != "":
		return fmt.Sprintf("anchors are not read; take &%s away and write out what refers to it", short(node.Anchor))
	case node.Style&yaml.TaggedStyle != 0:
		return fmt.Sprintf("tags are not read; take %s away", short(node.Tag))
	case isFlowMapping(node) && len(node.Content) > 0 && isFlowMapping(node.Content[0]):
		return "{{ is no value" + schema.NotRendered
	case depth > maxDepth:
		return fmt.Sprintf("nested deeper than %d levels", maxDepth)
	}
	return ""
}

func isFlowMapping(node *yaml.Node) bool {
	return node.Kind == yaml.MappingNode && node.Style == yaml.FlowStyle
}

// mapping reads the pairs of a mapping; of equal keys the first stands.
func (d *document) mapping(node *yaml.Node, pointer string, depth int) map[string]any {
	values := make(map[string]any, len(node.Content)/2)
	lines := make(map[string]int, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		complaint := keyObjection(key, depth)
		if line, twice := lines[key.Value]; complaint == "" && twice {
			complaint = fmt.Sprintf("key %q is there twice, first on line %d", short(key.Value), line)
		}
		if complaint != "" {
			d.refuse(d.position(key), "%s", fieldFirst(pointer, complaint))
			continue
		}
		lines[key.Value] = d.before + key.Line
		if s := readKey(key, schema.Join(pointer, key.Value)); s.unclear != "" {
			d.scalars = append(d.scalars, s)
		}
		values[key.Value] = d.convert(value, schema.Join(pointer, key.Value), depth+1)
	}
	return values
}

func keyObjection(key *yaml.Node, depth int) string {
	if complaint := objection(key, depth); complaint != "" {
		return complaint
	}
	switch {
	case key.Kind != yaml.ScalarNode:
		return "a key must be text, not a list or a mapping"
	case key.ShortTag() == "!!merge":
		return "merge keys are not read; write out what << brings in"
	}
	return ""
}

// fieldFirst puts the field before what is wrong with it.
func fieldFirst(pointer, complaint string) string {
	if field := schema.Field(pointer); field != "" {
		return field + ": " + complaint
	}
	return complaint
}

// child is the value that a key or an index leads to, and its key; a list's
// items are their own. Both are nil where there is none.
func child(node *yaml.Node, token string) (key, value *yaml.Node) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == token {
				return node.Content[i], node.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if at, err := strconv.Atoi(token); err == nil && at >= 0 && at < len(node.Content) {
			return node.Content[at], node.Content[at]
		}
	}
	return nil, nil
}
