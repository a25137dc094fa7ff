package spec

import (
	"regexp"
	"strings"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/schema"
)

// timing checks the windows and freezes that stand in a document at a pointer:
// "/spec" in a plan, "" in a configuration.
func timing(at string) func(document any) []schema.Violation {
	return func(document any) (found []schema.Violation) {
		each(document, at+"/windows", func(pointer string, window map[string]any) {
			found = append(found, windowOpens(pointer, window)...)
		})
		each(document, at+"/freezes", func(pointer string, freeze map[string]any) {
			found = append(found, freezeStands(pointer, freeze)...)
		})
		return found
	}
}

// windowOpens refuses windows that never open, and those that would open again
// before they close.
func windowOpens(pointer string, window map[string]any) []schema.Violation {
	start, found := cronAt(schema.Join(pointer, "start"), window["start"])
	name, _ := window["timeZone"].(string)
	if _, err := calendar.Zone(name); err != nil {
		found = append(found, wrong(schema.Join(pointer, "timeZone"), "%v", err))
	}
	pointer = schema.Join(pointer, "duration")
	text, _ := window["duration"].(string)
	duration, err := time.ParseDuration(text)
	switch {
	case err != nil || !unsigned.MatchString(text): // or the schema has said so
		return append(found, countable(pointer, text)...)
	case duration == 0:
		return append(found, wrong(pointer, "%s is no time at all", text))
	case duration < time.Minute:
		return append(found, wrong(pointer, "%s is less than a minute", text))
	case start.String() != "" && duration > start.Period():
		return append(found, wrong(pointer, "%s is longer than the %s between two starts of %q", text, start.Period(), start))
	}
	return found
}

// freezeStands refuses freezes that end before they begin.
func freezeStands(pointer string, freeze map[string]any) []schema.Violation {
	from, begins, found := instantAt(schema.Join(pointer, "from"), freeze["from"])
	to, ends, more := instantAt(schema.Join(pointer, "to"), freeze["to"])
	found = append(found, more...)
	if begins && ends && !to.After(from) {
		found = append(found, wrong(schema.Join(pointer, "to"), "is not after from, %s; the freeze would never stand", freeze["from"]))
	}
	return found
}

func driftSchedule(plan any) []schema.Violation {
	const pointer = "/spec/drift/schedule"
	_, found := cronAt(pointer, schema.At(plan, pointer))
	return found
}

// cronAt reads an expression; one that the schema refuses is passed over.
func cronAt(pointer string, value any) (calendar.Cron, []schema.Violation) {
	text, ok := value.(string)
	if !ok || strings.Contains(text, "=") || len(strings.Fields(text)) != 5 {
		return calendar.Cron{}, nil
	}
	expression, err := calendar.ParseCron(text)
	if err != nil {
		return calendar.Cron{}, []schema.Violation{wrong(pointer, "%q %v", short(text), err)}
	}
	return expression, nil
}

func suspendEnds(plan any) []schema.Violation {
	const pointer = "/spec/suspend/until"
	_, _, found := instantAt(pointer, schema.At(plan, pointer))
	return found
}

// instant is what the schema passes as a date and time.
var instant = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$`)

// instantAt refuses what looks like a date and is none: the 30th of February. It
// is not known where the schema says what is wrong.
func instantAt(pointer string, value any) (at time.Time, known bool, found []schema.Violation) {
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err == nil || !instant.MatchString(text) {
		return at, err == nil, nil
	}
	return time.Time{}, false, []schema.Violation{wrong(pointer, "%q is no moment in time", short(text))}
}
