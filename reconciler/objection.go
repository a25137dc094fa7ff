package reconciler

import "time"

// Objection is why no pod is started; the zero value is no objection. Until is
// when it ends by itself, if it does.
type Objection struct {
	Reason, Message string
	Until           time.Time
	// Stalled objections end only when somebody changes something.
	Stalled bool
	// GivesBack is an objection to going on with pods that only drain, too.
	GivesBack bool
	// Wave is the one, from 1, whose approval is awaited.
	Wave int
}

func (o Objection) stands() bool { return o.Reason != "" }

// and is an objection with another one beside it: what somebody has to mend is told
// of, whatever else there is to say, and before all that passes.
func (o Objection) and(other Objection) Objection {
	until := Earlier(o.Until, other.Until)
	switch {
	case !o.stands():
		o = other
	case other.Stalled && !o.Stalled:
		o.Reason, o.Message, o.Stalled = other.Reason, other.Message, true
	case other.Stalled && o.Message != other.Message:
		o.Message += "; " + other.Message
	}
	o.Until = until
	return o
}

// allows keeps the pods that may go on where they are under way already.
func (o Objection) allows(pods []*subject) []*subject {
	if o.GivesBack {
		return nil
	}
	return pods
}

// stalled is an objection that lasts until somebody changes something.
func stalled(reason, message string) Objection {
	if message == "" {
		return Objection{}
	}
	return Objection{Reason: reason, Message: message, Stalled: true}
}
