package reconciler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

const (
	historyLength  = 10 // attempts kept in a record
	failuresListed = 20 // failed pods named in a record
	notesListed    = 20
)

// Status is what the record of a plan says, and the memory of Decide: all that
// cannot be read off the pods.
type Status struct {
	// ObservedGeneration is the record's generation that this status speaks of.
	ObservedGeneration int64             `json:"observedGeneration,omitempty"`
	Conditions         []StatusCondition `json:"conditions,omitempty"`

	Attempt Attempt   `json:"attempt"`
	Wave    Wave      `json:"wave"`
	Pods    Counts    `json:"pods"`
	Failed  []Failure `json:"failed,omitempty"` // the first 20 failed pods; Pods.Failed has the total
	// Notes are what cannot be done as one might expect, and why.
	Notes []string `json:"notes,omitempty"`

	// Drift is what has drifted of a completed plan; the first 20 containers,
	// Pods.Drifted has the total of pods.
	Drift []Drift `json:"drift,omitempty"`
	// Corrections are the last 500 of what had drifted, one a container at most.
	Corrections []Correction `json:"corrections,omitempty"`
	// Templates are the images that owners' templates were last known to name.
	// Another one is somebody else's.
	Templates []Template `json:"templates,omitempty"`

	// Suspension is a person's; the plan's own stands in the plan.
	Suspension *Suspension `json:"suspension,omitempty"`
	// Resumed is when a person said resume last: fights until then are forgotten.
	Resumed time.Time `json:"resumed,omitzero"`
	// Heeded is the ID of the request heeded last.
	Heeded string `json:"heeded,omitempty"`

	LastCompleted *Completion `json:"lastCompleted,omitempty"`
	History       []Attempt   `json:"history,omitempty"` // the last 10 attempts before this one, newest first
}

// Wave counts the finished waves.
type Wave struct {
	Finished   int       `json:"finished"`
	Of         int       `json:"of"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`
	// AwaitsApproval is the finished wave, from 1, after which a person's approval
	// is awaited; 0 for none.
	AwaitsApproval int `json:"awaitsApproval,omitempty"`
}

// Counts are pods by phase.
type Counts struct {
	Matched     int `json:"matched"`
	Updated     int `json:"updated"`
	UnderWay    int `json:"underWay"`
	Outdated    int `json:"outdated"`
	Failed      int `json:"failed"`
	Unreachable int `json:"unreachable"`
	Unscheduled int `json:"unscheduled,omitempty"` // on the wanted images, and no node takes them
	Drifted     int `json:"drifted,omitempty"`     // they count as outdated, or under way, as well
	// Kept are left on the old image by the partition.
	Kept int `json:"kept,omitempty"`
	// Shown is "updated/matched", for the columns of kubectl get.
	Shown string `json:"shown"`
}

// Completion is the last attempt that ended well.
type Completion struct {
	At       time.Time    `json:"at"`
	Digest   string       `json:"digest"`
	Revision string       `json:"revision"`
	Images   []spec.Image `json:"images"`
}

// StatusCondition is a condition as metav1.Condition has it. Reconciling and
// Stalled are there only while True, as kstatus wants them.
type StatusCondition struct {
	Type               string    `json:"type"`
	Status             string    `json:"status"`
	Reason             string    `json:"reason"`
	Message            string    `json:"message"`
	LastTransitionTime time.Time `json:"lastTransitionTime"`
}

// Condition returns the condition of that type.
func (s Status) Condition(kind string) (StatusCondition, bool) {
	i := slices.IndexFunc(s.Conditions, func(c StatusCondition) bool { return c.Type == kind })
	if i < 0 {
		return StatusCondition{}, false
	}
	return s.Conditions[i], true
}

// report is the new status, given what was recorded.
func report(scene scene, attempt Attempt, objection Objection) Status {
	plan, old, progress, now := scene.plan, scene.recorded, scene.progress, scene.now
	s := old
	s.Attempt = attempt.tally(old.Attempt, progress)
	s.Wave = Wave{Finished: progress.finished, Of: len(progress.waves), FinishedAt: progress.finishedAt, AwaitsApproval: objection.Wave}
	s.Pods = count(plan, attempt, progress)
	s.Drift = drift(progress.order)
	s.Corrections = corrections(plan, old, progress.order)
	s.Failed = failures(progress.order, old.Failed, now)
	s.Notes = notes(plan, progress, progress.order, scene.observed.Owners)
	if attempt.Result == Completed && old.Attempt.Result != Completed {
		s.LastCompleted = attempt.completion()
	}
	s.Conditions = scene.conditions(s, scene.short(attempt, objection), scene.driftCondition(objection))
	return s
}

// count sorts the pods. One that was put back is outdated again.
func count(plan Plan, attempt Attempt, progress progress) Counts {
	pods := progress.order
	back := having(pods, Updated)
	back = slices.DeleteFunc(back, func(s *subject) bool { return !attempt.RollBack || len(s.changes(plan.Spec.Images)) == 0 })
	c := Counts{
		Matched:     len(pods),
		Updated:     len(having(pods, Updated)) - len(back),
		UnderWay:    underWay(pods),
		Outdated:    len(having(pods, Outdated, Leaving, Drifted, Strayed)) + len(back),
		Drifted:     number(pods, (*subject).strays),
		Failed:      len(having(pods, Failed)),
		Unreachable: len(having(pods, Unreachable)),
		Unscheduled: len(having(pods, Unscheduled)),
		Kept:        progress.kept,
	}
	c.Shown = fmt.Sprintf("%d/%d", c.Updated, c.Matched)
	return c
}

// String says how many are updated, and what became of others.
func (c Counts) String() string {
	text := fmt.Sprintf("%d of %d pods updated", c.Updated, c.Matched)
	for _, other := range []struct {
		count int
		what  string
	}{{c.Kept, "left by the partition"}, {c.Drifted, "drifted"}, {c.Failed, "failed"}, {c.Unreachable, "on nodes that are not Ready"}, {c.Unscheduled, "that no node takes"}} {
		if other.count > 0 {
			text += fmt.Sprintf(", %d %s", other.count, other.what)
		}
	}
	return text
}

// besides says as well which pods are wanted and not there.
func (c Counts) besides(lacks strength) string {
	text := c.String()
	if missing := lacks.String(); missing != "" {
		text += "; " + missing
	}
	return text
}

// failures keeps a failure as it was first told: the kubelet's words change
// from look to look.
func failures(pods []*subject, old []Failure, now time.Time) []Failure {
	var found []Failure
	for _, pod := range having(pods, Failed) {
		failure := pod.failure(now)
		for _, known := range old {
			if known.UID == failure.UID {
				failure = known
			}
		}
		found = append(found, failure)
	}
	return found[:min(failuresListed, len(found))]
}

// conditions are Ready, and others while they hold: Reconciling or Stalled, and Drifted.
func (s scene) conditions(after Status, objection Objection, drifted []StatusCondition) []StatusCondition {
	ready := StatusCondition{Type: "Ready", Status: "False", Reason: string(after.Attempt.Result), Message: summary(after, objection)}
	all := []StatusCondition{ready}
	switch {
	case objection.Stalled:
		all[0].Reason = objection.Reason
		all = append(all, StatusCondition{Type: "Stalled", Status: "True", Reason: objection.Reason, Message: objection.Message})
	case after.Attempt.Result == Completed && s.progress.done() && !objection.stands():
		all[0].Status = "True"
	default:
		work := string(Progressing)
		if after.Attempt.Result == RollingBack {
			work = string(RollingBack)
		}
		all[0].Reason = objection.told(after, work)
		all = append(all, StatusCondition{Type: "Reconciling", Status: "True", Reason: work, Message: ready.Message})
	}
	all[0] = s.plan.doubted(all[0], objection.Stalled, s.now)
	return dated(append(all, drifted...), s.recorded, s.now)
}

// told is the reason of a plan that is neither done nor stalled: what it waits for, but
// where that is no more than its own pods under way.
func (o Objection) told(s Status, work string) string {
	switch {
	case s.Attempt.Result == Withdrawn:
		return string(Withdrawn)
	case !o.stands() || o.Reason == OverBudget && s.Pods.UnderWay > 0:
		return work
	}
	return o.Reason
}

// summary is the one line that a person reads first.
func summary(s Status, objection Objection) string {
	done := s.Pods.String()
	switch {
	case objection.Stalled:
		return objection.Message
	case s.Attempt.Result == Withdrawn && s.Attempt.Withdrawal != nil && s.Attempt.Withdrawal.Pods > 0:
		done = s.Attempt.Withdrawal.String()
	case s.Attempt.Result == Withdrawn:
		done = "the plan was deleted; " + plural(s.Pods.UnderWay, "pod") + " under way"
	case s.Attempt.Result == RollingBack:
		done = fmt.Sprintf("rolling back after %s; %s still on the new images", s.Attempt.Message, plural(s.Pods.Updated+s.Pods.UnderWay, "pod"))
	case s.Wave.Finished < s.Wave.Of:
		done = fmt.Sprintf("wave %d of %d: %s", s.Wave.Finished+1, s.Wave.Of, done)
	}
	if objection.stands() {
		done += "; " + objection.Message
	}
	return done
}

// Same compares what would be written.
func (s Status) Same(other Status) bool {
	a, errA := json.Marshal(s)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// CountsOn tells whether nothing but counts and the words about them would
// change: nobody decides by these.
func (s Status) CountsOn(other Status) bool {
	return s.withoutCounts().Same(other.withoutCounts())
}

func (s Status) withoutCounts() Status {
	s.Pods, s.Notes, s.Conditions = Counts{}, nil, slices.Clone(s.Conditions)
	s.Attempt.Restarts = 0
	for i, c := range s.Conditions {
		if c.Type != "Stalled" { // that is a turn of the story
			s.Conditions[i].Message = ""
		}
		if c.Type == "Ready" {
			s.Conditions[i].Reason = ""
		}
	}
	return s
}
