package calendar

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/bits"
	"slices"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is an expression of five fields: minute, hour, day of month, month and
// day of week. Where both kinds of days are restricted either will do, as crontab
// has it. The zero value names no time.
//
// robfig/cron reads it and nothing more: that library's own Next skips times on
// the days clocks change, and repeats others.
type Cron struct {
	text   string
	fields cron.SpecSchedule
	period time.Duration
}

const (
	star    = 1 << 63 // robfig/cron's mark of a field that restricts nothing
	day     = 24 * time.Hour
	longest = 8*366 + 1 // days between two 29ths of February, at most
)

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// ParseCron reads an expression. One that never comes, such as "0 0 30 2 *", is an
// error, and so is one that means something else than it says, such as
// "*/90 * * * *", or something else to crontab: the error says what to write.
func ParseCron(text string) (Cron, error) {
	c, all, err := readCron(text)
	if err != nil {
		return Cron{}, err
	}
	if fault, mended := all.fault(ambiguous); fault != "" {
		return Cron{}, fmt.Errorf("is ambiguous: %s%s", fault, advice(mended))
	}
	return c, nil
}

// readCron reads an expression, ambiguous or not.
func readCron(text string) (c Cron, all parts, err error) {
	if all, err = readParts(text); err != nil {
		return c, all, fmt.Errorf("is not a cron expression: %w", err)
	}
	if fault, mended := all.fault(unreadable); fault != "" {
		return c, all, fmt.Errorf("is not a cron expression: %s%s", fault, advice(mended))
	}
	parsed, err := parser.Parse(text)
	if err != nil {
		return c, all, fmt.Errorf("is not a cron expression: %w", err)
	}
	c = Cron{text: text, fields: *parsed.(*cron.SpecSchedule)}
	if c.after(time.Time{}).IsZero() {
		return Cron{}, all, errors.New("names a day that no year has")
	}
	c.period = c.shortest()
	return c, all, nil
}

// advice is what to write: the expression mended until it has no fault any more;
// nothing where one has no mend.
func advice(text string) string {
	for range slices.Concat(unreadable, ambiguous) {
		all, err := readParts(text)
		if err != nil {
			break
		}
		fault, mended := all.fault(slices.Concat(unreadable, ambiguous))
		if fault == "" {
			return fmt.Sprintf("; write %q", text)
		}
		text = mended
	}
	return ""
}

// String is the expression as it was written.
func (c Cron) String() string { return c.text }

// MarshalText writes the expression.
func (c Cron) MarshalText() ([]byte, error) { return []byte(c.text), nil }

// UnmarshalText reads what ParseCron does, and what is ambiguous as well: a record
// may hold it.
func (c *Cron) UnmarshalText(text []byte) (err error) {
	if *c, _, err = readCron(string(text)); err != nil {
		err = fmt.Errorf("%q %w", text, err)
	}
	return err
}

// Next is the first start after t by the clocks of a zone; zero for never. A
// start that does not exist that day comes at the first moment after, and one
// that comes twice comes once.
func (c Cron) Next(t time.Time, zone *time.Location) time.Time {
	for wall := c.after(clock(t, zone)); !wall.IsZero(); wall = c.after(wall) {
		if at := moment(wall, zone); at.After(t) {
			return at
		}
	}
	return time.Time{}
}

// after is the first time on the wall that the expression names after another;
// zero for never.
func (c Cron) after(wall time.Time) time.Time {
	from := wall.Truncate(time.Minute).Add(time.Minute)
	date := from.Truncate(day)
	for range longest {
		if at, ok := c.within(date, from.Sub(date)); ok {
			return at
		}
		if date = date.Add(day); c.fields.Month&(1<<date.Month()) == 0 {
			date = time.Date(date.Year(), date.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		}
		from = date
	}
	return time.Time{}
}

// within is the first time of a date that is not earlier than so long after its
// midnight.
func (c Cron) within(date time.Time, since time.Duration) (time.Time, bool) {
	hour, minute := int(since.Hours()), int(since.Minutes())%60
	for c.on(date) {
		first := next(c.fields.Hour, hour)
		if first > hour {
			hour, minute = first, 0
		}
		switch at := next(c.fields.Minute, minute); {
		case hour > 23:
			return time.Time{}, false
		case at < 60:
			return date.Add(time.Duration(hour)*time.Hour + time.Duration(at)*time.Minute), true
		}
		hour, minute = hour+1, 0
	}
	return time.Time{}, false
}

// next is the first number of a field from another on; more than 59 for none.
func next(field uint64, from int) int {
	return from + bits.TrailingZeros64((field&^star)>>from)
}

// on reports whether the expression names a date.
func (c Cron) on(date time.Time) bool {
	has := func(field uint64, n int) bool { return field&(1<<n) != 0 }
	ofMonth, ofWeek := has(c.fields.Dom, date.Day()), has(c.fields.Dow, int(date.Weekday()))
	if (c.fields.Dom|c.fields.Dow)&star != 0 {
		return ofMonth && ofWeek && has(c.fields.Month, int(date.Month()))
	}
	return (ofMonth || ofWeek) && has(c.fields.Month, int(date.Month()))
}

// Period is the shortest time between two starts, by the clock on the wall.
func (c Cron) Period() time.Duration { return c.period }

func (c Cron) shortest() time.Duration {
	date := c.after(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).Truncate(day)
	first, _ := c.within(date, 0)
	last, least := first, longest*day
	for at, ok := first, true; ok; at, ok = c.within(date, last.Add(time.Minute).Sub(date)) {
		if at.After(last) {
			least = min(least, at.Sub(last))
		}
		last = at
	}
	return min(least, c.apart()*day-last.Sub(first))
}

// apart is how many days two dates of the expression are apart at least.
func (c Cron) apart() time.Duration {
	date := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	since, least := longest, longest
	for i := 0; i < 28*366 && least > 1; i++ { // after 28 years dates fall on the same days of the week
		if c.on(date) {
			least, since = min(least, since), 0
		}
		date, since = date.Add(day), since+1
	}
	return time.Duration(least)
}

const mostJitter = 5 * time.Minute

// Jitter is how long after its starts somebody should begin, so that many with
// the same expression do not at once: for each name always the same, in whole
// seconds, less than a fifth of the period and than 5 minutes.
func (c Cron) Jitter(name string) time.Duration {
	hash := fnv.New64a()
	hash.Write([]byte(name))
	span := min(c.Period()/5, mostJitter)
	return time.Duration(hash.Sum64()%uint64(span/time.Second)) * time.Second
}
