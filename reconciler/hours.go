package reconciler

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/calendar"
)

// hours are when pods may be started: where plan and operator agree. Those of a
// deleted plan went with it.
func (p Plan) hours() calendar.Hours {
	if p.Withdrawn {
		return p.Operator
	}
	return p.Spec.Hours().And(p.Operator)
}

// frozen holds everything back, what is put back as well.
func (s scene) frozen() Objection {
	hours := s.plan.hours()
	freeze, frozen := hours.Frozen(s.now)
	if !frozen || s.progress.begun() {
		return Objection{}
	}
	message := freeze.String()
	if span, _ := hours.Opening(freeze.To); span.From.After(freeze.To) {
		message += "; " + nextOpening(hours, span)
	}
	return Objection{Reason: Frozen, Message: message, Until: freeze.To}
}

// closed holds pods back outside the windows, but for those that go back to what
// was completed.
func (s scene) closed() Objection {
	hours, attempt := s.plan.hours(), s.recorded.Attempt
	goesBack := attempt.Result != Completed && s.returns()
	if s.progress.begun() || goesBack || hours.Open(s.now) {
		return Objection{}
	}
	message := "outside " + s.plan.whoseWindows()
	span, looked := hours.Opening(s.now)
	if span.From.IsZero() {
		return Objection{Reason: WindowClosed, Message: message + "; no opening is in sight", Until: looked}
	}
	return Objection{Reason: WindowClosed, Message: message + "; " + nextOpening(hours, span), Until: span.From}
}

// whoseWindows says where to look for them.
func (p Plan) whoseWindows() string {
	operators := slices.ContainsFunc(p.Operator.Windows, func(list []calendar.Window) bool { return len(list) > 0 })
	switch {
	case !operators:
		return "its windows"
	case len(p.Spec.Windows) == 0:
		return "the operator's windows"
	}
	return "its windows or the operator's"
}

func nextOpening(hours calendar.Hours, span calendar.Span) string {
	return "the next opening is at " + span.From.In(hours.Zone()).Format(time.RFC3339)
}

// closes is when what is left to do may no more be started; zero for never, or
// where that is so already.
func (p Plan) closes(progress progress, now time.Time) time.Time {
	if hours := p.hours(); !progress.begun() && hours.Open(now) {
		span, _ := hours.Opening(now)
		return span.To
	}
	return time.Time{}
}
