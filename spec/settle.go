package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/patchwave/patchwave/schema"
)

// check adds all that is wrong with a document, as find sees it. Scalars that do
// not fit are tried as what else they may have been meant to be, so that what is
// advised is known to fit.
func (d *document) check(find func(value any) []schema.Violation) {
	found := find(d.value)
	before := byPlace(found)
	again := false
	for _, s := range d.scalars {
		if s.mistaken(before[s.place()]) {
			d.value = replaced(d.value, schema.Tokens(s.pointer), s.other)
			again = true
		}
	}
	after := before
	if again {
		found = find(d.value)
		after = byPlace(found)
	}
	settled := map[place]bool{}
	for _, s := range d.scalars {
		if s.unclear != "" || s.mistaken(before[s.place()]) {
			settled[s.place()] = true
			d.refuse(d.position(s.node), "%s", s.complaint(before[s.place()], after[s.place()]))
		}
	}
	d.refuseAll(slices.DeleteFunc(found, func(v schema.Violation) bool { return settled[place{v.Pointer, v.AtKey}] }))
}

// mistaken reports whether a value may have been meant to be another: it does not
// fit, and not because it is too small or too large.
func (s scalar) mistaken(violations []schema.Violation) bool {
	asWritten := s.unclear == "" && s.node.Style == 0
	return s.other != nil && !s.isKey && len(violations) > 0 && (violations[0].Wants != "" || !asWritten)
}

// place is a key or a value of a document.
type place struct {
	pointer string
	isKey   bool
}

func (s scalar) place() place { return place{s.pointer, s.isKey} }

func byPlace(violations []schema.Violation) map[place][]schema.Violation {
	all := map[place][]schema.Violation{}
	for _, v := range violations {
		at := place{v.Pointer, v.AtKey}
		all[at] = append(all[at], v)
	}
	return all
}

// complaint is what to say of a scalar that is refused, given what is wrong with
// it as it is read, and as what else it may be.
func (s scalar) complaint(before, after []schema.Violation) string {
	text := short(s.node.Value)
	switch {
	case len(before) == 0 && s.isKey:
		return fieldFirst(schema.Parent(s.pointer), fmt.Sprintf("key %s is read as %s by some programs; write %q", text, s.unclear, text))
	case s.isKey:
		return before[0].Message
	case len(before) == 0:
		return fieldFirst(s.pointer, fmt.Sprintf("%s is read as %s by some programs; write %q", text, s.unclear, text))
	case s.other != nil && len(after) == 0 && s.unclear == "a number":
		return fieldFirst(s.pointer, fmt.Sprintf("%s is not written in plain decimal digits; write %v", text, s.other))
	case s.other != nil && len(after) == 0 && s.unclear != "":
		return fieldFirst(s.pointer, fmt.Sprintf("%s is read as text by some programs; write %v", text, s.other))
	case s.other != nil && len(after) == 0:
		return before[0].Message + "; write " + inYAML(s.other)
	case s.other != nil && after[0].Wants == "" && s.unclear == "a number" && !decimal.MatchString(s.node.Value):
		return fieldFirst(s.pointer, text+" is not written in plain decimal digits, and: ") + strings.TrimPrefix(after[0].Message, fieldFirst(s.pointer, ""))
	case s.other != nil && after[0].Wants == "":
		return after[0].Message
	case s.unclear == "a number" && strings.Contains(before[0].Wants, "number"):
		return fieldFirst(s.pointer, fmt.Sprintf("%s is not %s in plain decimal digits", text, before[0].Wants))
	}
	return before[0].Message
}

// inYAML is a value as YAML, in a way that no program reads otherwise.
func inYAML(value any) string {
	if text, ok := value.(string); ok {
		return strconv.Quote(text)
	}
	return fmt.Sprint(value)
}

// replaced puts a value into a document, in the place of what a pointer leads to.
func replaced(document any, tokens []string, value any) any {
	if len(tokens) == 0 {
		return value
	}
	switch node := document.(type) {
	case map[string]any:
		node[tokens[0]] = replaced(node[tokens[0]], tokens[1:], value)
	case []any:
		if i, err := strconv.Atoi(tokens[0]); err == nil && i >= 0 && i < len(node) {
			node[i] = replaced(node[i], tokens[1:], value)
		}
	}
	return document
}
