package report

import (
	"slices"
	"strings"
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
	places   map[string]int          // in wanted, by key
	shown    map[string]shownStatus  // nil until it was read
	aside    map[string]CommitStatus // refused: not tried again while wanted like this
	failures int                     // since something went well
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
			if !followed[status.place()] && !card.settled(status) {
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
		return &card{age: b.seen, aside: map[string]CommitStatus{}, places: map[string]int{}}
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

// next is what to do now, if there is anything. Older commits go first, but one
// that keeps failing lets the others pass.
func (b *board) next() (step, bool) {
	var at commit
	var first *card
	for candidate, card := range b.commits {
		if card.differs() && (first == nil || card.before(first)) {
			at, first = candidate, card
		}
	}
	if first == nil {
		return step{}, false
	}
	if first.shown == nil {
		return step{commit: at}, true
	}
	return step{commit: at, write: first.pick()}, true
}

func (c *card) before(other *card) bool {
	if c.failures != other.failures {
		return c.failures < other.failures
	}
	return c.age < other.age
}

func (c *card) differs() bool { return c.pick() != nil }

// pick returns a status to write: a final one where there is one, since merges
// wait for these.
func (c *card) pick() *CommitStatus {
	var pick *CommitStatus
	for _, status := range append(slices.Clone(c.wanted), c.swept()...) {
		if c.settled(status) {
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

// settled tells whether nothing is to be done about a status.
func (c *card) settled(status CommitStatus) bool {
	aside, isAside := c.aside[status.key()]
	return isAside && aside.looksLike(status) || c.shown != nil && status.metBy(c.shown[status.key()])
}

// settle notes what a step came to; shown is what a read found.
func (b *board) settle(s step, v verdict, shown map[string]shownStatus) {
	card := b.commits[s.commit]
	if card == nil {
		return // not wanted any more
	}
	switch v {
	case done:
		card.failures = 0
		card.note(s, shown)
	case refused:
		card.setAside(s)
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
		c.shown[key] = shownStatus{*s.write, c.shown[key].writes + 1}
	}
}

// setAside gives up on a status, or, where not even reading is allowed, on all
// of the commit.
func (c *card) setAside(s step) {
	if s.write != nil {
		c.aside[s.write.key()] = *s.write
		return
	}
	for _, status := range c.wanted {
		c.aside[status.key()] = status
	}
}

// retry takes up again what was set aside.
func (b *board) retry() {
	for _, card := range b.commits {
		clear(card.aside)
	}
}

// left counts the statuses still to be written, as far as is known.
func (b *board) left() int {
	count := 0
	for _, card := range b.commits {
		for _, status := range card.wanted {
			if !card.settled(status) {
				count++
			}
		}
	}
	return count
}
