package reconciler

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// UnseenTime is how long what a record says is taken for true although nobody looks at
// its plan, or its source cannot be read.
const UnseenTime = time.Minute

// The reasons of a condition Ready that is Unknown.
const (
	// SourceUnreadable is a plan whose source cannot be read: what was read last goes on,
	// and Git may say something else by now.
	SourceUnreadable = "SourceUnreadable"
	// SourceRemoved is a plan whose source is not in the configuration: nobody looks at it.
	SourceRemoved = "SourceRemoved"
	// NotLookedAt is a plan that the leader can neither look at nor record.
	NotLookedAt = "NotLookedAt"
)

// Unreadable says since when a source cannot be read, and why; zero where it can.
type Unreadable struct {
	Since time.Time
	Why   string
}

// until is when a trouble that has not lasted yet will have.
func (u Unreadable) until(now time.Time) time.Time {
	if u.Since.IsZero() {
		return time.Time{}
	}
	return ahead(u.Since.Add(UnseenTime), now)
}

// lasts reports whether the source could not be read for a while.
func (u Unreadable) lasts(now time.Time) bool { return !u.Since.IsZero() && u.until(now).IsZero() }

// doubted is a plan's condition Ready with what its source leaves in doubt. A stalled
// plan is not ready, whatever Git says by now.
func (p Plan) doubted(ready StatusCondition, stalled bool, now time.Time) StatusCondition {
	if !p.Unreadable.lasts(now) {
		return ready
	}
	doubt := fmt.Sprintf("source %s cannot be read since %s: %s", p.Source, p.Unreadable.Since.UTC().Format(time.RFC3339), p.Unreadable.Why)
	if stalled {
		ready.Message += "; " + doubt
		return ready
	}
	ready.Status, ready.Reason = "Unknown", SourceUnreadable
	ready.Message = doubt + "; what was read last goes on: " + ready.Message
	return ready
}

// wasLast comes before what a record said when its plan was looked at last.
const wasLast = "; it was last: "

// Unknown is the status of a plan that nobody looks at any more, for a reason. The first
// words on a reason stay, with the time at which they were written.
func (s Status) Unknown(reason, message string, now time.Time) Status {
	ready, _ := s.Condition("Ready")
	if ready.Status == "Unknown" && ready.Reason == reason {
		return s
	}
	said := ready.Message
	if _, before, again := strings.Cut(said, wasLast); again {
		said = before
	}
	told := []StatusCondition{{Type: "Ready", Status: "Unknown", Reason: reason, Message: message + wasLast + said}}
	if reason == SourceRemoved {
		told = append(told, StatusCondition{Type: "Stalled", Status: "True", Reason: reason, Message: message})
	}
	for _, c := range s.Conditions {
		if c.Type != "Reconciling" && !slices.ContainsFunc(told, func(new StatusCondition) bool { return new.Type == c.Type }) {
			told = append(told, c)
		}
	}
	s.Conditions = dated(told, s, now)
	return s
}

// dated says of conditions since when they hold, given the status before.
func dated(conditions []StatusCondition, before Status, now time.Time) []StatusCondition {
	for i, c := range conditions {
		conditions[i].LastTransitionTime = now
		if was, ok := before.Condition(c.Type); ok && was.Status == c.Status {
			conditions[i].LastTransitionTime = was.LastTransitionTime
		}
	}
	return conditions
}

// Removed are the records whose source is not configured, and whose plan no other source
// has taken over.
func Removed(sources []string, inForce []Plan, records []Record) []Record {
	return slices.DeleteFunc(slices.Clone(records), func(r Record) bool {
		taken := slices.ContainsFunc(inForce, func(p Plan) bool { return p.Key() == r.Plan.Key() })
		return taken || !r.sound() || slices.Contains(sources, r.Source)
	})
}

// WhyRemoved says of a record whose source is not configured what can be done.
func (r Record) WhyRemoved() string {
	return fmt.Sprintf("source %s is not in the configuration of the running instance, and nobody looks at the plan: put the source back, or let go of the plan by kubectl delete upgrade %s -n %s",
		r.Source, r.Plan.Metadata.Name, r.Plan.Metadata.Namespace)
}
