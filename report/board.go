package report

import (
	"slices"
	"strings"
	"time"
)

// board is what GitHub shall show, and what it is known to show. It decides
// what to do next; it knows no clock and sends nothing.
type board struct {
	commits map[commit]*card
	seen    int // commits that ever came, which gives each its age
}

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

// step is the next request: to write a status, or to read what a commit shows.
type step struct {
	commit commit
	write  *CommitStatus // nil: read
}

// want replaces all that shall be shown, but for last words that are still to
// be said. Commits that are not wanted any more are forgotten; new ones are
// younger than those known.
func (b *board) want(statuses []CommitStatus) {
	statuses = append(slices.Clone(statuses), b.lastWords(statuses)...)
	before := b.commits
	b.commits = map[commit]*card{}
	for _, status := range statuses {
		at := status.commit()
		if b.commits[at] == nil {
			b.commits[at] = b.renew(before[at])
		}
		b.commits[at].want(status)
	}
}

// lastWords end what newer statuses do not follow: what it speaks of may be gone
// by now, but a commit must not be left without its answer. A final status that
// is not written yet is one, and a pending one gets one.
func (b *board) lastWords(newer []CommitStatus) []CommitStatus {
	followed := map[place]bool{}
	for _, status := range newer {
		followed[status.place()] = true
	}
	var words []CommitStatus
	for _, card := range b.commits {
		for _, status := range card.wanted {
			if status.State == Pending {
				status.State, status.Description = Error, "superseded"
				status.OnlyShown, status.OnlyUnfinished = true, true
			}
			if !followed[status.place()] && !card.settled(status, time.Time{}) { // what was refused is let go
				words = append(words, status)
			}
		}
	}
	return words
}

// renew clears what is wanted of a card, or makes one.
func (b *board) renew(known *card) *card {
	if known == nil {
		b.seen++
		return &card{age: b.seen, aside: map[string]refusal{}, places: map[string]int{}}
	}
	known.wanted, known.places = nil, map[string]int{}
	return known
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

// next is what to do now, if there is anything, and else when there may be. Older
// commits go first, but one that keeps failing lets the others pass.
func (b *board) next(now time.Time) (next step, some bool, wake time.Time) {
	var at commit
	var first *card
	for candidate, card := range b.commits {
		if card.pick(now) == nil {
			wake = earlier(wake, card.wake(now))
		} else if first == nil || card.before(first) {
			at, first = candidate, card
		}
	}
	switch {
	case first == nil:
		return step{}, false, wake
	case first.shown == nil:
		return step{commit: at}, true, wake
	}
	return step{commit: at, write: first.pick(now)}, true, wake
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

// settle notes what a step came to; shown is what a read found.
func (b *board) settle(s step, v verdict, shown map[string]shownStatus, now time.Time) {
	card := b.commits[s.commit]
	if card == nil {
		return // not wanted any more
	}
	switch v {
	case done:
		card.failures = 0
		card.note(s, shown)
	case refused:
		card.setAside(s, now)
	case doubtful:
		card.failures++
		card.shown = nil // read again before the next write
	case limited, unauthorized: // says nothing about this commit
	}
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
func (c *card) setAside(s step, now time.Time) {
	refused := c.wanted
	if s.write != nil {
		refused = []CommitStatus{*s.write}
	}
	for _, status := range refused {
		times := c.aside[status.key()].times + 1
		c.aside[status.key()] = refusal{status, times, now.Add(untilNextTry(times))}
	}
}

// left counts the statuses still to be written, as far as is known.
func (b *board) left(now time.Time) int {
	count := 0
	for _, card := range b.commits {
		for _, status := range card.wanted {
			if !card.settled(status, now) {
				count++
			}
		}
	}
	return count
}
