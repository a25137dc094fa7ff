package spec

import (
	"time"

	"github.com/patchwave/patchwave/calendar"
)

// Drift says what becomes of pods of a completed plan that run another image:
// made later, or changed by somebody else. Mode is Correct by default. From a
// start of Schedule on, by UTC, what has drifted before may be corrected; at once
// by default.
type Drift struct {
	Mode     string        `json:"mode,omitempty"`
	Schedule calendar.Cron `json:"schedule,omitzero"`
}

// The modes other than Correct.
const (
	DriftReport = "Report" // it is told of and left
	DriftOff    = "Off"    // it is not looked at
)

// Ignored tells whether drift is not even told of.
func (d *Drift) Ignored() bool { return d != nil && d.Mode == DriftOff }

// Corrected tells whether drift is corrected, as it is by default.
func (d *Drift) Corrected() bool { return d == nil || d.Mode != DriftOff && d.Mode != DriftReport }

// Pass is when a correction may start of what has drifted since a time: at the
// schedule's next start, and some time later that is always the same for a plan,
// so that many with one schedule do not start at once.
func (d *Drift) Pass(since time.Time, plan Key) time.Time {
	if d == nil || d.Schedule.String() == "" {
		return since
	}
	jitter := d.Schedule.Jitter(plan.String())
	return d.Schedule.Next(since.Add(-jitter), time.UTC).Add(jitter)
}
