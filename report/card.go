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

// pick returns a status to write: a final one where there is one, since merges
// wait for these.
func (c *card) pick(now time.Time) *CommitStatus {
	var pick *CommitStatus
	for _, status := range append(slices.Clone(c.wanted), c.swept()...) {
		if c.settled(status, now) {
			continue
		}
		if status.State != Pending {
			return &status
		}
		if pick == nil {
			pick = &status
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

// settled tells whether nothing is to be done about a status now.
func (c *card) settled(status CommitStatus, now time.Time) bool {
	aside := c.aside[status.key()]
	refused := now.Before(aside.until) && aside.of.looksLike(status)
	return refused || c.shown != nil && status.metBy(c.shown[status.key()])
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
		delete(c.aside, key)
		c.shown[key] = shownStatus{*s.write, c.shown[key].writes + 1}
	}
}

// setAside gives up for a while on a status, or, where not even reading is allowed,
// on all of the commit.
func (c *card) setAside(s step, now time.Time) (times int) {
	refused := c.wanted
	if s.write != nil {
		refused = []CommitStatus{*s.write}
	}
	for _, status := range refused {
		times = c.aside[status.key()].times + 1
		c.aside[status.key()] = refusal{status, times, now.Add(untilNextTry(times))}
	}
	return times
}
