package schema

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// mistake is a usual way to get a value wrong, and the words for it.
type mistake struct {
	pattern *regexp.Regexp
	message string // with %s for the value as it was written
	advice  string // empty: what is wanted
}

// mistakes by the definition that the value failed; the first match is told,
// and what would be right follows.
var mistakes = map[string][]mistake{
	"amount":         amountMistakes,
	"positiveAmount": amountMistakes,
	"duration": {
		{regexp.MustCompile(`^[0-9.]+$`), "%q has no unit", ""},
		{regexp.MustCompile(`^-`), "%q is negative", ""},
	},
	"label":     {{regexp.MustCompile(`[A-Z]`), "%q has capital letters", ""}},
	"subdomain": {{regexp.MustCompile(`[A-Z]`), "%q has capital letters", ""}},
}

var amountMistakes = []mistake{
	{regexp.MustCompile(`^0+%$`), "%s is less than 1%%", ""},
	{regexp.MustCompile(`^0[0-9]+%$`), "%s begins with a zero", ""},
	{regexp.MustCompile(`^[0-9]{1,20}%$`), "%s is more than 100%%", ""},
	{regexp.MustCompile(`^-[0-9.]{1,20}%$`), "%s is negative", ""},
	{regexp.MustCompile(`^[0-9]{0,20}\.[0-9]{1,20}%$`), "%s is not a whole percentage", ""},
}

// noMatch says how a value misses its pattern. Patterns are for machines: the
// message has the schema's title in their place.
func noMatch(f fault) string {
	given, _ := f.value.(string)
	if IsTemplate(given) {
		return show(given) + " is no value" + NotRendered
	}
	if wrong, instead := inDuration(given); f.define == "duration" && wrong != "" {
		return fmt.Sprintf(wrong, short(given)) + "; write " + cmp.Or(instead, f.wanted())
	}
	for _, known := range mistakes[f.define] {
		if known.pattern.MatchString(given) {
			return fmt.Sprintf(known.message, short(given)) + "; " + cmp.Or(known.advice, "write "+f.wanted())
		}
	}
	if title, ok := f.schema["title"].(string); ok {
		return show(given) + " is not " + title
	}
	return show(given) + " does not match " + strings.TrimSpace(fmt.Sprint(f.limit))
}

// NotRendered is what a message says of a value for which IsTemplate holds.
const NotRendered = "; templates are not rendered, write out what this one stands for"

// IsTemplate reports whether a value is of a template, as Helm, a shell or a
// pipeline would render it.
func IsTemplate(value any) bool {
	text, _ := value.(string)
	return template.MatchString(text)
}

var template = regexp.MustCompile(`\{\{.*\}\}|\$\{.*\}|\$\(.*\)`)

// short cuts a value that a message quotes by itself.
func short(value string) string {
	const most = 60
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return value
}
