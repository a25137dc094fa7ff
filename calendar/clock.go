package calendar

import (
	"fmt"
	"regexp"
	"time"
	_ "time/tzdata" // for machines without zones of their own
)

// strange are names that Go finds, of zones that are others on another machine, or
// count leap seconds.
var strange = regexp.MustCompile(`^(Local|localtime|posixrules|Factory|(posix|right)/.*)$`)

// Zone finds a time zone by its IANA name; UTC by none.
func Zone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || strange.MatchString(name) {
		return nil, fmt.Errorf("%q is no time zone that is known; write an IANA name such as Europe/Paris", name)
	}
	return zone, nil
}

// clock is what the clock on a zone's walls shows, as if it were a time of UTC.
func clock(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// moment is the first at which the clock on a zone's walls shows the time or a
// later one: the first of two, and where the clock leaves the time out, when it
// does so.
func moment(wall time.Time, zone *time.Location) time.Time {
	for t := wall.Add(-day); ; { // no zone is a day ahead
		_, offset := t.In(zone).Zone()
		from, to := t.In(zone).ZoneBounds()
		if !to.IsZero() && !to.After(t) { // Go takes every year after its tables for one of 365 days
			to = t.Add(day)
		}
		at := wall.Add(-time.Duration(offset) * time.Second)
		if at.Before(from) {
			at = from.UTC()
		}
		if to.IsZero() || at.Before(to) {
			return at
		}
		t = to
	}
}
