package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// objection says what is wrong with a part of a field, and what to write in its
// place, where that is known; both are empty where nothing is.
type objection func(all parts, i int, p part) (fault, mend string)

// unreadable are the objections to what names no times at all, ambiguous those to
// what means something else than it says, or something else to other crons.
var (
	unreadable = []objection{outside, standstill, sevenForSunday, overTheEnd}
	ambiguous  = []objection{questionMark, openStep, longStep, starInList, steppedDays}
)

// fault is the first that any part has, and the expression with all of them
// mended, as far as that is known.
func (all parts) fault(objections []objection) (first, mended string) {
	var written []string
	for i := range all {
		var list []string
		for _, p := range all[i] {
			fault, mend := p.fault(all, i, objections)
			if first == "" {
				first = fault
			}
			list = append(list, mend)
		}
		if slices.Contains(list, "*") {
			list = []string{"*"} // it names all
		}
		written = append(written, strings.Join(list, ","))
	}
	return first, strings.Join(written, " ")
}

// fault is the part's own, and the part mended.
func (p part) fault(all parts, i int, objections []objection) (fault, mend string) {
	for _, object := range objections {
		if fault, mend = object(all, i, p); fault != "" {
			return fault, cmp.Or(mend, p.text)
		}
	}
	return "", p.text
}

// outside leaves a Sunday that is 7 to sevenForSunday.
func outside(_ parts, i int, p part) (string, string) {
	f := fields[i]
	for _, n := range []int{p.low, p.high} {
		if n < f.first || n > f.last && !(i == dayOfWeek && n == 7) {
			return fmt.Sprintf("%d is not one of the %s, %d to %d", n, f.counts, f.first, f.last), ""
		}
	}
	return "", ""
}

func standstill(_ parts, _ int, p part) (string, string) {
	if p.step > 0 {
		return "", ""
	}
	return p.text + " has a step of 0", ""
}

func sevenForSunday(_ parts, i int, p part) (string, string) {
	if p.low < 7 && p.high < 7 || i != dayOfWeek {
		return "", ""
	}
	return p.text + " counts Sunday as 7, which is 0 here", fields[i].list(p)
}

// overTheEnd objects to ranges such as FRI-SUN and 22-2.
func overTheEnd(_ parts, i int, p part) (string, string) {
	if p.low <= p.high {
		return "", ""
	}
	return fmt.Sprintf("%s goes over the end of the %s", p.text, fields[i].counts), fields[i].list(p)
}

// list writes out a range that goes over the end of its field.
func (f field) list(p part) string {
	count := f.last - f.first + 1
	length := p.high - p.low
	if length < 0 {
		length += count
	}
	var list []string
	for i := 0; i <= length && i < count; i += p.step {
		list = appended(list, f.first+(p.low-f.first+i)%count)
	}
	return strings.Join(list, ",")
}

// appended is a list with one number more; those that follow each other are a range.
func appended(list []string, n int) []string {
	next := strconv.Itoa(n)
	if len(list) > 0 {
		low, high, ranged := strings.Cut(list[len(list)-1], "-")
		if !ranged {
			high = low
		}
		if high == strconv.Itoa(n-1) {
			return append(list[:len(list)-1], low+"-"+next)
		}
	}
	return append(list, next)
}

// questionMark objects to one that is not a whole field of days.
func questionMark(all parts, i int, p part) (string, string) {
	if p.star != "?" || (i == dayOfMonth || i == dayOfWeek) && len(all[i]) == 1 && p.text == "?" {
		return "", ""
	}
	return p.text + " has a question mark, which other crons know in fields of days alone", "*" + p.text[1:]
}

// openStep objects to 5/15, which is 5 alone to crontab.
func openStep(_ parts, _ int, p part) (string, string) {
	if !p.open {
		return "", ""
	}
	return fmt.Sprintf("%s is %d alone to other crons", p.text, p.low), p.ranged()
}

// ranged writes the part without a star.
func (p part) ranged() string {
	if p.step > p.high-p.low {
		return strconv.Itoa(p.low)
	}
	return fmt.Sprintf("%d-%d/%d", p.low, p.high, p.step)
}

// longStep objects to a step that never leads to a second number: a window by
// */90 would open every hour, and not every 90 minutes.
func longStep(_ parts, i int, p part) (string, string) {
	if p.step == 1 || p.step <= p.high-p.low {
		return "", ""
	}
	return fmt.Sprintf("the step of %s leads past the last of the %s, so that it names %d alone", p.text, fields[i].counts, p.low), strconv.Itoa(p.low)
}

func starInList(all parts, i int, p part) (string, string) {
	if p.star == "" || p.step > 1 || len(all[i]) == 1 {
		return "", ""
	}
	return fmt.Sprintf("%s names all %s, whatever stands beside it", p.text, fields[i].counts), "*"
}

// steppedDays objects to */2 in one field of days while the other is restricted,
// too: here a day of either will do; to crontab, where a field begins with a star,
// it has to be one of both.
func steppedDays(all parts, i int, p part) (string, string) {
	other := map[int]int{dayOfMonth: dayOfWeek, dayOfWeek: dayOfMonth}[i]
	if other == 0 || p.star == "" || p.step == 1 || !all.restricted(other) {
		return "", ""
	}
	return fmt.Sprintf("%s beside %s means a day of either here, and of both to other crons", p.text, fields[other].counts), p.ranged()
}
