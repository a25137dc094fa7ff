package schema

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// longUnits are weeks and days, and what may follow in units of a duration.
var longUnits = regexp.MustCompile(`^(?:([0-9.]+) ?[wW])? ?(?:([0-9.]+) ?[dD])? ?([0-9.]+[a-zµ].*)?$`)

// InHours reads a text that counts in weeks or days, which durations do not, such as
// "1w" or "2d12h", and says which of them it has and what to write instead: "168h",
// "60h". That is "" where the text cannot be counted with, and both are where it has
// neither weeks nor days.
func InHours(text string) (unit, duration string) {
	found := longUnits.FindStringSubmatch(text)
	switch {
	case found == nil || found[1] == "" && found[2] == "":
		return "", ""
	case found[1] != "":
		unit = "weeks"
	default:
		unit = "days"
	}
	var all time.Duration
	for i, factor := range []float64{7 * 24, 24, 1} {
		part, ok := found[i+1], true
		if part == "" {
			continue
		}
		if i < 2 {
			part, ok = hours(part, factor)
		}
		lasts, err := time.ParseDuration(part)
		if all += lasts; err != nil || !ok || all < 0 {
			return unit, ""
		}
	}
	return unit, brief(all)
}

// hours is so many times a number of hours, as a duration is written.
func hours(number string, times float64) (string, bool) {
	count, err := strconv.ParseFloat(number, 64)
	return strconv.FormatFloat(count*times, 'f', -1, 64) + "h", err == nil
}

// brief is a duration without the units of which it has none.
func brief(lasts time.Duration) string {
	text := lasts.String()
	for _, none := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, none) {
			text = strings.TrimSuffix(text, none[1:])
		}
	}
	return text
}

// seconds is a duration, be it in weeks or days, as whole seconds.
func seconds(text string) (string, bool) {
	if _, duration := InHours(text); duration != "" {
		text = duration
	}
	lasts, err := time.ParseDuration(text)
	if err != nil || lasts < 0 || lasts%time.Second != 0 {
		return "", false
	}
	return fmt.Sprint(int64(lasts / time.Second)), true
}

// asSeconds is what to write for a duration that stands where whole seconds are
// wanted; "" where that is not so, or more than the field may have.
func (f fault) asSeconds() string {
	tokens := Tokens(f.pointer)
	text, isText := f.value.(string)
	if !isText || len(tokens) == 0 || !strings.HasSuffix(tokens[len(tokens)-1], "Seconds") {
		return ""
	}
	count, ok := seconds(text)
	if number, err := strconv.Atoi(count); !ok || err != nil || !f.takes(float64(number)) {
		return ""
	}
	return count
}

// takes reports whether a number lies within the bounds that the field has.
func (f fault) takes(number float64) bool {
	least, hasLeast := f.schema["minimum"].(float64)
	most, hasMost := f.schema["maximum"].(float64)
	return !(hasLeast && number < least) && !(hasMost && number > most)
}

// inDuration is what a mistake in a duration is called, and what to write for it.
func inDuration(text string) (wrong, instead string) {
	unit, duration := InHours(text)
	switch unit {
	case "weeks":
		return "%q has weeks, which are 168h each", duration
	case "days":
		return "%q has days, which are 24h each", duration
	}
	return "", ""
}
