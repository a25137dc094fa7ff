package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/patchwave/patchwave/schema"
)

// document is one YAML document of a file, read as far as it can be read, with
// all that is wrong with it.
type document struct {
	file     string
	before   int             // lines of the file above it
	root     *yaml.Node      // nil where it is no YAML
	value    any             // as encoding/json would decode it
	unknown  map[string]bool // pointers whose value was refused, and is nil
	scalars  []scalar        // that may have been meant otherwise than they are read
	key      Key             // zero where it cannot be read
	broken   bool            // a syntax error ended it: the value is not all
	problems []Problem
}

// marker begins or ends a document; YAML allows neither anywhere else.
var marker = regexp.MustCompile(`(?m)^(---|\.\.\.)([ \t\r]|$)`)

// splitDocuments reads a file's documents. They are parsed one by one, so that
// a syntax error in one does not hide the others. Empty ones are left out.
func splitDocuments(file string, text []byte) ([]*document, []Problem) {
	if problem, ok := checkText(file, text); !ok {
		return nil, []Problem{problem}
	}
	var documents []*document
	before, from := 0, 0
	for _, cut := range append(marker.FindAllIndex(text, -1), []int{len(text)}) {
		part := text[from:cut[0]]
		if d := newDocument(file, before, withoutEndMarker(part)); d != nil {
			documents = append(documents, d)
		}
		before, from = before+bytes.Count(part, []byte("\n")), cut[0]
	}
	return documents, nil
}

// withoutEndMarker blanks the "..." a part may begin with: it closes the
// document above, and YAML does not take it as the beginning of another.
func withoutEndMarker(part []byte) []byte {
	if rest, found := bytes.CutPrefix(part, []byte("...")); found {
		return append([]byte("   "), rest...)
	}
	return part
}

// newDocument returns nil where there is nothing but comments.
func newDocument(file string, before int, text []byte) *document {
	d := &document{file: file, before: before, unknown: map[string]bool{}}
	root, err := parse(text)
	if err != nil {
		d.refuseSyntax(text, err)
		return d
	}
	if root == nil {
		return nil
	}
	d.read(root)
	return d
}

// read takes over what was parsed.
func (d *document) read(root *yaml.Node) {
	d.root = root
	d.value = d.convert(root, "", 0)
	namespace, _ := schema.At(d.value, "/metadata/namespace").(string)
	name, _ := schema.At(d.value, "/metadata/name").(string)
	if namespace != "" && name != "" && !d.unclear("/metadata/namespace") && !d.unclear("/metadata/name") {
		d.key = Key{namespace, name}
	}
}

// unclear reports whether other programs read a value otherwise.
func (d *document) unclear(pointer string) bool {
	return slices.ContainsFunc(d.scalars, func(s scalar) bool { return s.pointer == pointer && s.unclear != "" })
}

var errSecondDocument = errors.New("yaml: a second document begins without a line of ---")

// parse reads exactly one document; nil where there is none.
func parse(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, errSecondDocument
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return content(&first), nil
}

// content is what a document holds; nil where that is nothing.
func content(node *yaml.Node) *yaml.Node {
	if len(node.Content) == 0 || node.Content[0].ShortTag() == "!!null" {
		return nil
	}
	return node.Content[0]
}

func (d *document) refuse(at Position, format string, args ...any) {
	d.problems = append(d.problems, Problem{Position: at, Message: fmt.Sprintf(format, args...)})
}

// refuseAll locates violations, leaving out those of values refused before.
func (d *document) refuseAll(violations []schema.Violation) {
	for _, v := range violations {
		if !d.refusedBefore(v.Pointer) {
			d.refuse(d.locate(v.Pointer, v.AtKey), "%s", v.Message)
		}
	}
}

func (d *document) refusedBefore(pointer string) bool {
	if len(d.unknown) == 0 {
		return false
	}
	at := ""
	for _, token := range schema.Tokens(pointer) {
		if at = schema.Join(at, token); d.unknown[at] {
			return true
		}
	}
	return d.unknown[""]
}

// start is the place of the first thing in the document.
func (d *document) start() Position {
	if d.root == nil {
		return Position{d.file, d.before + 1, 1}
	}
	return d.position(d.root)
}

// namedAt is the place of the plan's name.
func (d *document) namedAt() Position { return d.locate("/metadata/name", false) }

func (d *document) position(node *yaml.Node) Position {
	return Position{d.file, d.before + node.Line, node.Column}
}

// locate follows a JSON pointer as far as it leads: to the value it names, to
// that value's key, or, where it leads nowhere, to the key of the last thing
// that is there.
func (d *document) locate(pointer string, atKey bool) Position {
	if d.root == nil {
		return d.start()
	}
	key, value := d.root, d.root
	for _, token := range schema.Tokens(pointer) {
		nextKey, next := child(value, token)
		if next == nil {
			return d.position(key)
		}
		key, value = nextKey, next
	}
	if atKey {
		return d.position(key)
	}
	return d.position(value)
}
