package spec

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Amount is a number of pods, or a percentage of the matched pods. The zero
// value is no pods.
type Amount struct {
	count   int
	percent bool
}

// Count is an absolute number of pods.
func Count(pods int) Amount { return Amount{count: pods} }

// Percent is a percentage of the matched pods, 0 to 100.
func Percent(percent int) Amount { return Amount{count: percent, percent: true} }

// Of is the amount out of so many matched pods: rounded down, but no amount
// above zero is rounded to none, and never more than there are.
func (a Amount) Of(matched int) int {
	if !a.percent {
		return min(a.count, matched)
	}
	if a.count == 0 || matched == 0 {
		return 0
	}
	return max(1, matched*a.count/100)
}

// String writes the amount as in a plan: "3" or "25%".
func (a Amount) String() string {
	if a.percent {
		return strconv.Itoa(a.count) + "%"
	}
	return strconv.Itoa(a.count)
}

// MarshalJSON writes a number, or a string that ends in "%".
func (a Amount) MarshalJSON() ([]byte, error) {
	if a.percent {
		return json.Marshal(a.String())
	}
	return json.Marshal(a.count)
}

// UnmarshalJSON reads what MarshalJSON writes; the range is the schema's to check.
func (a *Amount) UnmarshalJSON(text []byte) error {
	digits, percent := strings.CutSuffix(strings.Trim(string(text), `"`), "%")
	count, err := strconv.Atoi(digits)
	if err != nil {
		return fmt.Errorf("reading %s as a number of pods or a percentage: %w", text, err)
	}
	*a = Amount{count: count, percent: percent}
	return nil
}

// Duration is a time.Duration written as Go does: "90s", "1h30m".
type Duration time.Duration

// String writes the duration as Go does.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalJSON writes the duration as a string.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads a string that time.ParseDuration accepts.
func (d *Duration) UnmarshalJSON(text []byte) error {
	var written string
	if err := json.Unmarshal(text, &written); err != nil {
		return fmt.Errorf("reading %s as a duration: %w", text, err)
	}
	parsed, err := time.ParseDuration(written)
	*d = Duration(parsed)
	return err
}
