package calendar

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// places are what may stand between the commas of each field.
var places = [...]*regexp.Regexp{
	place(""), place(""), place(""),
	place("|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"),
	place("|sun|mon|tue|wed|thu|fri|sat"),
}

// place is a star, a number or a range, with or without a step.
func place(names string) *regexp.Regexp {
	value := "([0-9]{1,4}" + names + ")"
	return regexp.MustCompile("(?i)^([*?]|" + value + "(-" + value + ")?)(/[0-9]{1,4})?$")
}

// checkFields refuses what the library panics on, as "CRON_TZ=UTC", passes over, as
// an empty place in a list, or complains of in its own words.
func checkFields(fields []string) error {
	if len(fields) != len(places) {
		return fmt.Errorf("it has %d fields, and five are wanted", len(fields))
	}
	for i, field := range fields {
		for part := range strings.SplitSeq(field, ",") {
			switch {
			case part == "":
				return fmt.Errorf("a place is empty in %q", field)
			case !places[i].MatchString(part):
				return fmt.Errorf("%q is no number, range such as 1-5, step such as */15, or name such as mon in its place", part)
			}
		}
	}
	if sunday.MatchString(fields[4]) {
		return errors.New("write 0 for Sunday, not 7")
	}
	return nil
}

// sunday is a field of days of the week that names one as other crons do.
var sunday = regexp.MustCompile(`(^|[,-])0*7($|[,/-])`)
