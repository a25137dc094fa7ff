package report

import (
	"slices"
	"strings"
	"time"
)

// card is one commit's place on the board. Its maps are by key of a context.
type card struct {
	age      int // smaller is older
	wanted   []CommitStatus
	places   map[string]int         // in wanted, by key
	shown    map[string]shownStatus // nil until it was read
	aside    map[string]refusal
	failures int // since something went well
}

// refusal is a status that GitHub does not take. While it is wanted like this it is
// tried again less and less often: GitHub may not know the commit yet, and rights
// may change.
type refusal struct {
	of    CommitStatus
	times int // in a row
	until time.Time
	// plainly says to show its plain form meanwhile: its words may be what was refused.
	plainly bool
}

// want adds a status; of two for one context the later stands.
func (c *card) want(status CommitStatus) {
	key := status.key()
	if i, twice := c.places[key]; twice {
		c.wanted[i] = status
		return
	}
	c.places[key] = len(c.wanted)
	c.wanted = append(c.wanted, status)
}

func (c *card) before(other *card) bool {
	if c.failures != other.failures {
		return c.failures < other.failures
	}
	return c.age < other.age
}

// step is the next request for the card's commit, if there is any: what is shown is
// read before anything is written.
func (c *card) step(at commit, now time.Time) (next step, some bool) {
	write := c.pick(now)
	if c.shown == nil {
		return step{commit: at}, write != nil
	}
	return step{commit: at, write: write}, write != nil
}

// pick returns a status to write: a final one where there is one, since merges
// wait for these.
func (c *card) pick(now time.Time) *form {
	var pick *form
	for _, status := range append(slices.Clone(c.wanted), c.swept()...) {
		next, due := c.due(status, now)
		switch {
		case !due:
		case next.State != Pending:
			return &next
		case pick == nil:
			pick = &next
		}
	}
	return pick
}

// swept are statuses for what is shown pending, and is nobody's any more.
func (c *card) swept() []CommitStatus {
	var swept []CommitStatus
	for _, broom := range c.wanted {
		if !strings.HasSuffix(broom.Context, "/") {
			continue
		}
		for key, shown := range c.shown {
			if _, wanted := c.places[key]; !wanted && strings.HasPrefix(key, broom.key()) && shown.State == Pending {
				status := broom
				status.Context = shown.Context
				swept = append(swept, status)
			}
		}
	}
	return swept
}

// due reports whether a status is to be written now, and in which form.
func (c *card) due(status CommitStatus, now time.Time) (next form, due bool) {
	next = form{CommitStatus: status}
	if aside := c.aside[status.key()]; now.Before(aside.until) && aside.of.looksLike(status) {
		if !aside.plainly {
			return next, false
		}
		next = status.plainly()
	}
	return next, c.shown == nil || !next.metBy(c.shown[status.key()])
}

// wake is when the first refusal has stood for long enough.
func (c *card) wake(now time.Time) (wake time.Time) {
	for _, aside := range c.aside {
		if now.Before(aside.until) {
			wake = earlier(wake, aside.until)
		}
	}
	return wake
}

func (c *card) note(s step, shown map[string]shownStatus) {
	switch {
	case s.write == nil:
		c.shown = shown
	case c.shown != nil:
		key := s.write.key()
		if !s.write.plain {
			delete(c.aside, key)
		}
		c.shown[key] = shownStatus{s.write.CommitStatus, c.shown[key].writes + 1}
	}
}

// setAside gives up for a while on a status, or at first on its form, or, where not
// even reading is allowed, on all of the commit. It returns how often in a row that
// was refused.
func (c *card) setAside(s step, v verdict, now time.Time) (times int) {
	switch {
	case s.write == nil:
		for _, status := range c.wanted {
			times = c.refuse(status, false, now)
		}
		return times
	case s.write.plain:
		aside := c.aside[s.write.key()]
		aside.plainly = false
		c.aside[s.write.key()] = aside
		return aside.times
	}
	return c.refuse(s.write.CommitStatus, v == unfit, now)
}

func (c *card) refuse(status CommitStatus, plainly bool, now time.Time) (times int) {
	times = c.aside[status.key()].times + 1
	c.aside[status.key()] = refusal{status, times, now.Add(untilNextTry(times)), plainly}
	return times
}
