package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// suchAs gives the schema's example; nothing where it has none.
func (f fault) suchAs() string {
	if example := f.example(); example != nil {
		return ", such as " + inYAML(example)
	}
	return ""
}

func (f fault) example() any {
	if examples, _ := f.schema["examples"].([]any); len(examples) > 0 {
		return examples[0]
	}
	return nil
}

// wrapped is a value of the type that is wanted with the one that stands there in
// it: {mode: Off} for Off, [games] for games; nil where it fits nowhere.
func (f fault) wrapped() any {
	if f.limit == "object" {
		return f.asField()
	}
	list, _ := f.example().([]any)
	if f.limit != "array" || len(list) == 0 {
		return nil
	}
	item, isMapping := list[0].(map[string]any)
	given, _ := f.value.(map[string]any)
	_, isText := f.value.(string)
	if isMapping && len(given) > 0 && isWithin(given, item) || !isMapping && isText {
		return []any{f.value}
	}
	return nil
}

// asField is a mapping with the value in the field that names it as one of its
// own, and with what else is required as in the example.
func (f fault) asField() any {
	given, _ := f.value.(string)
	properties, _ := f.schema["properties"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		property, _ := properties[key].(map[string]any)
		values, _ := property["enum"].([]any)
		for _, value := range values {
			if text, _ := value.(string); strings.EqualFold(text, given) {
				return f.requiredAnd(key, value)
			}
		}
	}
	return nil
}

func (f fault) requiredAnd(key string, value any) any {
	mapping := map[string]any{}
	example, _ := f.example().(map[string]any)
	required, _ := f.schema["required"].([]any)
	for _, name := range required {
		mapping[name.(string)] = example[name.(string)]
	}
	mapping[key] = value
	return mapping
}

// isWithin reports whether a mapping has no key that the other has not.
func isWithin(mapping, other map[string]any) bool {
	for key := range mapping {
		if _, known := other[key]; !known {
			return false
		}
	}
	return true
}

// inPlace is a value with the key that it stands at; items of lists have none.
func (f fault) inPlace(value any) string {
	tokens := Tokens(f.pointer)
	if len(tokens) == 0 || !identifier.MatchString(tokens[len(tokens)-1]) {
		return inYAML(value)
	}
	return tokens[len(tokens)-1] + ": " + inYAML(value)
}

// plainText is what needs no quotes in YAML, whoever reads it.
var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*[A-Za-z0-9]$`)

// reserved are words that are no text without quotes.
var reserved = []string{"yes", "no", "on", "off", "true", "false", "null"}

// inYAML writes a value as YAML on one line.
func inYAML(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var fields []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, inYAML(key)+": "+inYAML(v[key]))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, inYAML(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case string:
		if plainText.MatchString(v) && !slices.Contains(reserved, strings.ToLower(v)) || v == "Off" {
			return v
		}
		return strconv.Quote(v)
	}
	return fmt.Sprint(value)
}
