package spec

import (
	"encoding/json"
	"regexp"
	"strconv"
	"time"

	"github.com/patchwave/patchwave/schema"
)

// each visits the mappings of a list in a decoded document.
func each(document any, list string, visit func(pointer string, item map[string]any)) {
	items, _ := schema.At(document, list).([]any)
	for i, item := range items {
		if mapping, ok := item.(map[string]any); ok {
			visit(schema.Join(list, strconv.Itoa(i)), mapping)
		}
	}
}

// amountOf reads an amount; not ok where the schema refuses it.
func amountOf(value any) (amount Amount, ok bool) {
	text, err := json.Marshal(value)
	if err != nil || value == nil {
		return Amount{}, false
	}
	err = amount.UnmarshalJSON(text)
	return amount, err == nil && amount.count >= 0 && !(amount.percent && amount.count > 100)
}

// unsigned is what the schema passes as a duration.
var unsigned = regexp.MustCompile(`^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`)

// countable refuses a duration that is too long to count with.
func countable(pointer string, value any) []schema.Violation {
	text, _ := value.(string)
	if _, err := time.ParseDuration(text); err == nil || !unsigned.MatchString(text) {
		return nil
	}
	return []schema.Violation{wrong(pointer, "%q cannot be counted with; 290 years are the most", short(text))}
}
