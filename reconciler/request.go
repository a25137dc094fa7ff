package reconciler

import (
	"fmt"
	"slices"
	"time"
)

// Request is what a person asks of a plan by a command, as it lies at the
// record until it is heeded.
type Request struct {
	// ID tells requests apart: one that was heeded is not heeded again.
	ID   string      `json:"id"`
	Verb RequestVerb `json:"verb"`
	// Digest is of the plan that the person saw. An approval or a retry of
	// another plan is not heeded.
	Digest string `json:"digest"`
	Wave   int    `json:"wave,omitempty"` // Approve: from 1
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
	// For is how long a suspension lasts. With 0 it lasts to the end of the one that
	// stands, and without one until it is resumed.
	For time.Duration `json:"for,omitempty"`
}

// RequestVerb is what is asked.
type RequestVerb string

// The verbs of requests.
const (
	Approve     RequestVerb = "approve"
	Retry       RequestVerb = "retry"
	SuspendPlan RequestVerb = "suspend"
	ResumePlan  RequestVerb = "resume"
)

// Approval lets the roll-out go on after a wave.
type Approval struct {
	Wave int       `json:"wave"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// Suspension is a person's word that nothing is started; it outlives commits.
type Suspension struct {
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until,omitzero"`
}

// heed moves a request into the status, once.
func (s Status) heed(request *Request, now time.Time) Status {
	if request == nil || request.ID == s.Heeded {
		return s
	}
	s.Heeded = request.ID
	current := request.Digest == s.Attempt.Digest
	switch request.Verb {
	case Approve:
		if current && s.Wave.AwaitsApproval == request.Wave && !s.Attempt.approved(request.Wave) {
			s.Attempt.Approvals = append(slices.Clone(s.Attempt.Approvals), Approval{Wave: request.Wave, By: request.By, At: now})
		}
	case Retry:
		if current && s.Retriable() {
			again := s.Attempt.again(now)
			return s.begin(again, fmt.Sprintf("tried again by %s", request.By), now)
		}
	case SuspendPlan:
		s.Suspension = s.Suspension.renewed(request, now)
	case ResumePlan:
		s.Suspension, s.Templates = nil, nil
		return s.makePeace(now)
	}
	return s
}

// Retriable tells whether a person's retry would change anything: the attempt has
// failed, or somebody else's image stands in its way.
func (s Status) Retriable() bool {
	stalled, _ := s.Condition("Stalled")
	return s.Attempt.Failure != nil || slices.Contains([]string{ImageRewritten, StrayedPods, WaveFailed, NotPutBack}, stalled.Reason)
}

// approved tells whether a person let the roll-out go on after the wave.
func (a Attempt) approved(wave int) bool {
	return slices.ContainsFunc(a.Approvals, func(approval Approval) bool { return approval.Wave == wave })
}

// renewed is a suspension as a person asks for it. The end of one that stands is kept,
// unless the person gives another.
func (s *Suspension) renewed(request *Request, now time.Time) *Suspension {
	renewed := &Suspension{By: request.By, Reason: request.Reason, At: now}
	switch {
	case request.For > 0:
		renewed.Until = now.Add(request.For)
	case s.stands(now):
		renewed.Until = s.Until
	}
	return renewed
}

// stands tells whether a suspension holds now, and until when.
func (s *Suspension) stands(now time.Time) bool {
	return s != nil && (s.Until.IsZero() || now.Before(s.Until))
}

// String says who suspended the plan, and why.
func (s Suspension) String() string {
	text := "by " + s.By
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	if !s.Until.IsZero() {
		text += ", until " + s.Until.Format(time.RFC3339)
	}
	return text
}
