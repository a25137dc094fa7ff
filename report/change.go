package report

import (
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// Change is what becomes of one plan.
type Change struct {
	Key  spec.Key
	Turn Turn
	// Sibling is the plan that an added one replaces, or that replaces a removed
	// one, for the same pods; zero for none.
	Sibling  spec.Key
	From, To string // the files of a moved one
	// Forecast is what it would do; nil where nothing is to be rolled out.
	Forecast *reconciler.Forecast
	// Unknown says why there is no forecast where there should be one.
	Unknown string
	// Lasts is how long it would take, and Basis what that is taken from.
	Lasts time.Duration
	Basis string
}

// Turn is what a pull request does to a plan.
type Turn int

// The turns of a plan.
const (
	Changed Turn = iota
	Added
	Removed
	Moved // to another file, and nothing else
)

// words say what cannot be seen from a forecast.
func (c Change) words() string {
	switch {
	case c.Turn == Added && c.Sibling != (spec.Key{}):
		return "New, for the pods that were those of " + code(c.Sibling.String()) + "."
	case c.Turn == Added:
		return "New."
	case c.Turn == Removed && c.Sibling != (spec.Key{}):
		return "Renamed: " + code(c.Sibling.String()) + " takes its pods over. Its record goes, and with it what was completed last."
	case c.Turn == Removed && c.Forecast != nil:
		return "Removed before it was completed: what it has patched since goes back in place to what it ran before, then it stops being managed."
	case c.Turn == Removed:
		return "Removed: it stops being managed. Pods that only drain are given back, patched ones are finished, and all stay on the images that they run."
	case c.Turn == Moved:
		return "Moved from " + code(c.From) + " to " + code(c.To) + "; nothing else changes, and nothing is rolled out."
	}
	return ""
}
