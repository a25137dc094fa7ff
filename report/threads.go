package report

import "time"

// threads are the comments that GitHub shall show, and what it is known to show.
// Like the board, they know no clock and send nothing.
type threads struct {
	all  map[topic]*thread
	seen int // topics that ever came, which gives each its age
}

// thread is one comment on its way.
type thread struct {
	age      int
	wanted   Comment
	number   int           // of the pull request; 0 until it was found
	shown    *shownComment // nil until it was read
	failures int           // since something went well
	tries    int           // in a row that were refused, or looked for it in vain
	until    time.Time     // when it is tried again after these, whatever is wanted meanwhile
	// plainUntil is until when the plain form is shown, as GitHub refused the other.
	plainUntil time.Time
}

// say is the next request for a comment: to find the pull request of a commit,
// to read its comments, or to write one.
type say struct {
	topic  topic
	wanted Comment
	number int    // 0: find it
	id     int64  // of the comment to edit; 0: make one
	body   string // "": read
	plain  bool   // body is the form that is sure to be taken
}

func (s say) isWrite() bool { return s.body != "" }

// want replaces all comments that shall be shown; those left out stay as they are.
func (t *threads) want(comments []Comment) {
	before := t.all
	t.all = map[topic]*thread{}
	for _, comment := range comments {
		at := comment.topic()
		known := before[at]
		if known == nil {
			t.seen++
			known = &thread{age: t.seen, number: comment.Number}
		}
		known.wanted = comment
		t.all[at] = known
	}
}

// next is what to do now, if there is anything, and else when there may be. What rests
// is not asked for.
func (t *threads) next(now time.Time, rests rests) (next say, some bool, wake time.Time) {
	var first *thread
	for at, thread := range t.all {
		due, whether, when := thread.due(now)
		due.topic = at
		until := rests.until(due.request(), now)
		switch {
		case !whether:
			wake = earlier(wake, when)
		case !until.IsZero():
			wake = earlier(wake, until)
		case first == nil || thread.before(first):
			first, next, some = thread, due, true
		}
	}
	return next, some, wake
}

func (t *thread) before(other *thread) bool {
	if t.failures != other.failures {
		return t.failures < other.failures
	}
	return t.age < other.age
}

// due is what to do about one comment.
func (t *thread) due(now time.Time) (next say, due bool, wake time.Time) {
	next = say{wanted: t.wanted, number: t.number}
	if now.Before(t.until) {
		return next, false, t.until
	}
	if t.number == 0 || t.shown == nil {
		return next, true, time.Time{}
	}
	next.id, next.body = t.shown.id, t.wanted.body(t.shown.body)
	if next.plain = now.Before(t.plainUntil); next.plain {
		next.body, wake = plainBody(next.body), t.plainUntil
	}
	calm := t.shown.at.Add(t.wanted.Calm)
	sameStage := next.id != 0 && t.wanted.stage(t.shown.body) == t.wanted.Stage
	switch {
	case t.shown.shows(next.body), next.id == 0 && t.wanted.OnlyShown, sameStage && t.wanted.OnlyUnfinished:
		return next, false, wake
	case sameStage && now.Before(calm):
		return next, false, calm
	}
	return next, true, time.Time{}
}

// found is what a request came to: a pull request's number, or a comment.
type found struct {
	number int
	shown  *shownComment
}

// settle notes what a request came to, and returns how often in a row it was
// refused.
func (t *threads) settle(s say, v verdict, got found, now time.Time) (refusals int) {
	thread := t.all[s.topic]
	if thread == nil {
		return 0 // not wanted any more
	}
	switch v {
	case done:
		thread.failures = 0
		thread.note(s, got, now)
	case unfit, refused:
		if v == unfit && !s.plain {
			thread.tries++
			thread.plainUntil = now.Add(untilNextTry(thread.tries))
			return thread.tries
		}
		thread.shown = nil // what was to be edited may be gone
		thread.rest(now)
		return thread.tries
	case doubtful:
		thread.failures++
		thread.shown = nil
	case limited, unauthorized:
	}
	return 0
}

func (t *thread) note(s say, got found, now time.Time) {
	switch {
	case s.number != 0:
		t.shown = got.shown
	case got.number != 0:
		t.number = got.number
	default: // GitHub may know a commit before it knows the pull request
		t.rest(now)
	}
	if s.isWrite() && !s.plain || got.number != 0 {
		t.tries = 0
	}
}

// rest lets a comment be for longer each time.
func (t *thread) rest(now time.Time) {
	t.tries++
	t.until = now.Add(untilNextTry(t.tries))
}

// left counts the comments still to be written, as far as is known.
func (t *threads) left(now time.Time) int {
	count := 0
	for _, thread := range t.all {
		if _, due, _ := thread.due(now); due {
			count++
		}
	}
	return count
}

// earlier is the earlier of two times, the zero time being never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
