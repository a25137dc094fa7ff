package schema

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// fault is one leaf of the library's errors, with what a message needs at hand.
type fault struct {
	pointer string         // of what is wrong
	value   any            // what stands there
	atKey   bool           // a key is wrong, not its value
	keyword string         // of the schema, such as "minimum"
	limit   any            // the keyword's value
	schema  map[string]any // that the keyword stands in
	define  string         // the name under $defs, where the schema has one
	raw     string         // the library's own words
}

func (c *checker) faultOf(leaf *jsonschema.ValidationError, document any) fault {
	at := libraryTokens(leaf.InstanceLocation)
	keyword := libraryTokens(leaf.AbsoluteKeywordLocation)
	f := fault{pointer: Join("", at...), value: lookup(document, at), raw: leaf.Message}
	if len(keyword) == 0 {
		return f
	}
	f.keyword = keyword[len(keyword)-1]
	f.limit = lookup(c.text, keyword)
	f.schema, _ = lookup(c.text, keyword[:len(keyword)-1]).(map[string]any)
	if len(keyword) == 3 && keyword[0] == "$defs" {
		f.define = keyword[1]
	}
	if strings.Contains(leaf.KeywordLocation, "/propertyNames/") {
		f.atKey, f.value = true, at[len(at)-1]
	}
	return f
}

// rules say each keyword's violation in words; the message follows the field.
var rules = map[string]func(fault) string{
	"type":      wrongType,
	"const":     func(f fault) string { return fmt.Sprintf("is %s, but must be %s", show(f.value), show(f.limit)) },
	"enum":      notOneOf,
	"pattern":   noMatch,
	"minimum":   func(f fault) string { return fmt.Sprintf("%s is less than %s", show(f.value), show(f.limit)) },
	"maximum":   func(f fault) string { return fmt.Sprintf("%s is more than %s", show(f.value), show(f.limit)) },
	"minLength": func(fault) string { return "is empty" },
	"maxLength": tooLong,
	"minItems":  func(fault) string { return "is empty; at least one item is needed" },
	"maxItems":  func(f fault) string { return fmt.Sprintf("has more than %s items", show(f.limit)) },
}

func (f fault) violations() []Violation {
	switch f.keyword {
	case "required":
		return f.missing()
	case "additionalProperties":
		return f.unknown()
	}
	message := f.raw
	if rule, known := rules[f.keyword]; known {
		message = rule(f)
	}
	violation := f.violation(f.pointer, message, f.atKey)
	if f.keyword == "type" {
		violation.Wants = f.wantedName()
	}
	return []Violation{violation}
}

func (f fault) violation(pointer, message string, atKey bool) Violation {
	return Violation{Pointer: pointer, Message: sentence(f.pointer, message), AtKey: atKey}
}

// missing is one violation for each required key that is not there.
func (f fault) missing() []Violation {
	present, _ := f.value.(map[string]any)
	required, _ := f.limit.([]any)
	var found []Violation
	for _, key := range required {
		if _, there := present[key.(string)]; !there {
			found = append(found, f.violation(Join(f.pointer, key.(string)), fmt.Sprintf("missing field %q", key), false))
		}
	}
	return found
}

// unknown is one violation for each key that the schema does not name.
func (f fault) unknown() []Violation {
	present, _ := f.value.(map[string]any)
	properties, _ := f.schema["properties"].(map[string]any)
	if labels := labelsOf(present, properties); labels != nil {
		meant := f.inPlace(map[string]any{"matchLabels": labels})
		return []Violation{f.violation(f.pointer, "labels stand in matchLabels; write "+meant, false)}
	}
	var found []Violation
	for key := range present {
		if _, known := properties[key]; !known {
			message := "unknown field " + show(key) + f.suggested(key)
			found = append(found, f.violation(Join(f.pointer, key), message, true))
		}
	}
	return found
}

// sentence puts the field before what is wrong with it.
func sentence(pointer, message string) string {
	if pointer == "" {
		return message
	}
	return Field(pointer) + ": " + message
}

// nouns name the types of JSON Schema; wanted says what a field should hold.
var nouns = map[string]string{
	"string": "text", "integer": "a whole number", "number": "a number",
	"boolean": "true or false", "array": "a list", "object": "a mapping of fields", "null": "nothing",
}

func (f fault) wanted() string {
	if title, ok := f.schema["title"].(string); ok {
		return title
	}
	if name, ok := f.schema["type"].(string); ok {
		return nouns[name]
	}
	return "something else"
}

// wantedName is wanted without the rules that follow a colon.
func (f fault) wantedName() string {
	name, _, _ := strings.Cut(f.wanted(), ": ")
	return name
}

func wrongType(f fault) string {
	if f.value == nil {
		return "has no value; write " + f.wantedName() + f.suchAs()
	}
	message := fmt.Sprintf("%s, but %s is wanted", kindOf(f.value), f.wantedName())
	if IsTemplate(f.value) {
		return message + NotRendered
	}
	if meant := f.wrapped(); meant != nil {
		return message + "; write " + f.inPlace(meant)
	}
	if meant := f.asSeconds(); meant != "" {
		return message + "; write " + meant
	}
	return message + f.suchAs()
}

func kindOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "is a mapping"
	case []any:
		return "is a list"
	case string:
		return show(value) + " is text"
	case bool:
		return show(value) + " is a boolean"
	}
	return show(value) + " is a number"
}

func notOneOf(f fault) string {
	values, _ := f.limit.([]any)
	var allowed []string
	for _, value := range values {
		allowed = append(allowed, fmt.Sprint(value))
	}
	if len(allowed) == 1 {
		return fmt.Sprintf("%s is not allowed; write %s, the only value", show(f.value), allowed[0])
	}
	given, _ := f.value.(string)
	return fmt.Sprintf("%s is not one of %s%s", show(f.value), strings.Join(allowed, ", "), didYouMean(given, allowed))
}

func tooLong(f fault) string {
	given, _ := f.value.(string)
	return fmt.Sprintf("has %d characters, but %s are the most", utf8.RuneCountInString(given), show(f.limit))
}

// show writes a value as a message quotes it: one line, never long.
func show(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(short(v))
	case float64:
		if math.Abs(v) >= 1e15 { // all of its digits say no more
			return strconv.FormatFloat(v, 'g', 6, 64)
		}
		return short(strconv.FormatFloat(v, 'f', -1, 64))
	}
	return fmt.Sprint(value)
}
