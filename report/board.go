package report

import (
	"slices"
	"time"
)

// board is what GitHub shall show, and what it is known to show. It decides
// what to do next; it knows no clock and sends nothing.
type board struct {
	commits map[commit]*card
	seen    int // commits that ever came, which gives each its age
}

// step is the next request: to write a status, or to read what a commit shows.
type step struct {
	commit commit
	write  *form // nil: read
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
			if _, due := card.due(status, time.Time{}); due && !followed[status.place()] { // what was refused is let go
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

// next is what to do now, if there is anything, and else when there may be. Older
// commits go first, but one that keeps failing lets the others pass; what rests is
// not asked for.
func (b *board) next(now time.Time, rests rests) (next step, some bool, wake time.Time) {
	var first *card
	for at, card := range b.commits {
		due, whether := card.step(at, now)
		until := rests.until(due.request(), now)
		switch {
		case !whether:
			wake = earlier(wake, card.wake(now))
		case !until.IsZero():
			wake = earlier(wake, until)
		case first == nil || card.before(first):
			first, next, some = card, due, true
		}
	}
	return next, some, wake
}

// settle notes what a step came to; shown is what a read found. It returns how
// often in a row that was refused.
func (b *board) settle(s step, v verdict, shown map[string]shownStatus, now time.Time) (refusals int) {
	card := b.commits[s.commit]
	if card == nil {
		return 0 // not wanted any more
	}
	switch v {
	case done:
		card.failures = 0
		card.note(s, shown)
	case refused, unfit:
		return card.setAside(s, v, now)
	case doubtful:
		card.failures++
		card.shown = nil // read again before the next write
	case limited, unauthorized: // says nothing about this commit
	}
	return 0
}

// left counts the statuses still to be written, as far as is known.
func (b *board) left(now time.Time) int {
	count := 0
	for _, card := range b.commits {
		for _, status := range card.wanted {
			if _, due := card.due(status, now); due {
				count++
			}
		}
	}
	return count
}
