package report

import (
	"errors"
	"time"
)

// retold is after how long a trouble that lasts is worth another line.
const retold = time.Hour

// Trouble is something that goes on failing. It is told of once, again when it fails
// in another way, and once an hour. Ways are told apart by their kind and never by
// their words: these may hold a port, a time, or names in any order.
type Trouble struct {
	kind string
	told time.Time // zero while nothing fails
}

// Worth reports whether an error is worth telling now.
func (t *Trouble) Worth(err error, now time.Time) bool {
	if t.Same(err) && now.Sub(t.told) < retold {
		return false
	}
	t.kind, t.told = kindOf(err), now
	return true
}

// Same reports whether it failed in the same way before.
func (t *Trouble) Same(err error) bool { return !t.told.IsZero() && t.kind == kindOf(err) }

// Ends notes that it works, and reports whether it failed before.
func (t *Trouble) Ends() bool {
	failed := !t.told.IsZero()
	*t = Trouble{}
	return failed
}

// kindOf is what an error says of its kind; errors that say nothing are of one kind.
func kindOf(err error) string {
	if kind, ok := errors.AsType[interface {
		error
		Kind() string
	}](err); ok {
		return kind.Kind()
	}
	return ""
}
