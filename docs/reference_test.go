package docs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/patchwave/patchwave/golden"
	"github.com/patchwave/patchwave/schema"
)

// The references are made of the schemas' descriptions: run with -update to write them.
func TestReferences(t *testing.T) {
	for name, row := range map[string]struct {
		title, intro string
		schema       []byte
	}{
		"plan.md": {"The fields of a plan", "[The plan](../plan.md) explains how they work together.\n\n" +
			"`hooks` and `dependsOn` are checked, and then refused as not supported yet.", schema.Plan()},
		"configuration.md": {"The fields of the configuration", "[Configuration](../configuration.md) explains how they work together, " +
			"and says which are checked, and then refused as not supported yet.", schema.Config()},
	} {
		golden.Compare(t, "reference", name, reference(t, row.title, row.intro, row.schema))
	}
}

func reference(t *testing.T, title, intro string, text []byte) string {
	t.Helper()
	var document yaml.Node // JSON is YAML, and a node keeps the order
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	p := &fields{schema: document.Content[0], places: map[*yaml.Node]string{}}
	fmt.Fprintf(&p.text, "# %s\n\n%s\n\n%s\n", title, p.get(p.schema, "description").Value, intro)
	p.mapping("", p.schema)
	p.text.WriteString("\nMade of the JSON Schema; do not edit.\n")
	return p.text.String()
}

// fields writes one page.
type fields struct {
	schema *yaml.Node
	places map[*yaml.Node]string // where the fields of each mapping are listed
	text   strings.Builder
}

// mapping writes the fields of a mapping, then those of what is in it.
func (p *fields) mapping(path string, at *yaml.Node) {
	if path != "" {
		fmt.Fprintf(&p.text, "\n## `%s`\n\n%s\n", path, cell(p.get(at, "description").Value))
	}
	required := map[string]bool{}
	for _, name := range p.get(at, "required").Content {
		required[name.Value] = true
	}
	p.text.WriteString("\n| field | value | meaning |\n|---|---|---|\n")
	all := p.get(at, "properties").Content
	for i := 0; i < len(all); i += 2 {
		name := "`" + all[i].Value + "`"
		if required[all[i].Value] {
			name += ", required"
		}
		inner := join(path, all[i].Value)
		fmt.Fprintf(&p.text, "| %s | %s | %s |\n", name, cell(p.value(inner, all[i+1])), cell(p.get(all[i+1], "description").Value))
	}
	for i := 0; i < len(all); i += 2 {
		if inner, mapping := p.inside(join(path, all[i].Value), all[i+1]); p.places[p.get(mapping, "properties")] == inner {
			p.mapping(inner, mapping)
		}
	}
}

// place is where the fields of a mapping are listed: where it is met first.
func (p *fields) place(path string, at *yaml.Node) string {
	properties := p.get(at, "properties")
	if p.places[properties] == "" {
		p.places[properties] = path
	}
	return p.places[properties]
}

// inside gives the items of a list, and their place; anything else as it is.
func (p *fields) inside(path string, at *yaml.Node) (string, *yaml.Node) {
	if items := p.get(at, "items"); items.Kind != 0 {
		return path + "[]", items
	}
	return path, at
}

// value says what may stand there.
func (p *fields) value(path string, at *yaml.Node) string {
	title, kind := p.get(at, "title").Value, p.get(at, "type").Value
	switch {
	case p.get(at, "const").Kind != 0:
		return "`" + p.get(at, "const").Value + "`"
	case p.get(at, "enum").Kind != 0:
		return oneOf(p.get(at, "enum").Content)
	case p.get(at, "properties").Kind != 0:
		return fmt.Sprintf("[a mapping](#%s)", slug(p.place(path, at)))
	case kind == "array":
		inner, items := p.inside(path, at)
		return "a list: " + p.value(inner, items)
	case kind == "object":
		return "labels: " + p.value(path, p.get(at, "additionalProperties"))
	case title != "":
		return title
	case kind == "boolean":
		return "`true` or `false`"
	case kind == "integer":
		return "a whole number, " + p.bounds(at)
	}
	return "text, at most " + p.get(at, "maxLength").Value + " characters"
}

// bounds leaves out those that only keep a number within 32 bits.
func (p *fields) bounds(at *yaml.Node) string {
	least, most := p.get(at, "minimum").Value, p.get(at, "maximum").Value
	if most == "" || most == strconv.Itoa(math.MaxInt32) {
		return "at least " + least
	}
	return least + " to " + most
}

var nothing = &yaml.Node{}

// get is a keyword's value, of the definition where the schema refers to one and
// has none of its own; an empty node where there is none.
func (p *fields) get(at *yaml.Node, keyword string) *yaml.Node {
	if found := under(at, keyword); found != nothing {
		return found
	}
	if name, ok := strings.CutPrefix(under(at, "$ref").Value, "#/$defs/"); ok {
		return p.get(under(under(p.schema, "$defs"), name), keyword)
	}
	return nothing
}

func under(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nothing
}

func oneOf(values []*yaml.Node) string {
	var all []string
	for _, value := range values {
		all = append(all, "`"+value.Value+"`")
	}
	if len(all) == 1 {
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

// cell is text that ends no cell of a table.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text) }
