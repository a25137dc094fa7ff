package calendar

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// field is one of the five of an expression: what it counts, and between which
// numbers.
type field struct {
	counts      string
	first, last int
	names       string // of its numbers, three letters each
	place       *regexp.Regexp
}

var fields = [...]field{
	newField("minutes", 0, 59, ""),
	newField("hours", 0, 23, ""),
	newField("days of the month", 1, 31, ""),
	newField("months", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"),
	newField("days of the week", 0, 6, "sunmontuewedthufrisat"),
}

// The indices of the fields in which days are named.
const (
	dayOfMonth = 2
	dayOfWeek  = 4
)

func newField(counts string, first, last int, names string) field {
	value := "([0-9]{1,4}"
	for i := 0; i < len(names); i += 3 {
		value += "|" + names[i:i+3]
	}
	value += ")"
	place := regexp.MustCompile("(?i)^(?:([*?])|" + value + "(?:-" + value + ")?)(?:/([0-9]{1,4}))?$")
	return field{counts, first, last, names, place}
}

// number is what a number or a name stands for.
func (f field) number(text string) int {
	if at := strings.Index(f.names, strings.ToLower(text)); at >= 0 && len(text) == 3 {
		return f.first + at/3
	}
	number, _ := strconv.Atoi(text) // the place has digits only
	return number
}

// part is what stands between two commas: each step-th number from low to high.
type part struct {
	text            string
	star            string // "*", or "?" in its place; low and high are the field's
	low, high, step int
	open            bool // a step from a number on, as in 5/15
}

// part reads one part; what it names may lie outside the field.
func (f field) part(text string) (part, error) {
	if text == "" {
		return part{}, fmt.Errorf("a place is empty in the %s", f.counts)
	}
	found := f.place.FindStringSubmatch(text)
	if found == nil {
		return part{}, fmt.Errorf("%q is no number, range such as 1-5, step such as */15, or name such as mon in its place", text)
	}
	p := part{text: text, star: found[1], low: f.first, high: f.last, step: 1}
	if found[4] != "" {
		p.step, _ = strconv.Atoi(found[4])
	}
	if p.star == "" {
		p.open = found[3] == "" && found[4] != ""
		p.low = f.number(found[2])
		switch {
		case found[3] != "":
			p.high = f.number(found[3])
		case !p.open:
			p.high = p.low
		}
	}
	return p, nil
}

// parts are those of each field, as they are written.
type parts [len(fields)][]part

func readParts(text string) (all parts, err error) {
	written := strings.Fields(text)
	if len(written) != len(fields) {
		return all, fmt.Errorf("it has %d fields, and five are wanted", len(written))
	}
	for i, f := range fields {
		for text := range strings.SplitSeq(written[i], ",") {
			p, err := f.part(text)
			if err != nil {
				return all, err
			}
			all[i] = append(all[i], p)
		}
	}
	return all, nil
}

// restricted reports whether a field leaves anything out.
func (all parts) restricted(i int) bool {
	return !slices.ContainsFunc(all[i], func(p part) bool { return p.star != "" && p.step == 1 })
}
