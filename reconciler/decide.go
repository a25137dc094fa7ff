// Package reconciler is the heart of patchwave. Decide looks at a plan, at
// what was observed and at the time, and says what to do, what to tell and when
// to look again. The room is pure: no client, no clock, no goroutine and no
// randomness; the controller does what Decide says.
//
// A pod's way through an update is
//
//	Outdated -> Draining -> Patched -> Settling -> Updated, or Failed
//
// and can be read off the pod at any time, so a process that dies at any
// instruction carries on after a start and does no step twice.
package reconciler

import (
	"time"

	"github.com/patchwave/patchwave/align"
)

// Decision is what Decide wants done, and says of the plan.
type Decision struct {
	Actions []Action
	// GiveBack opens the gates of pods that only drain: for when the record cannot be
	// written, and they would wait for that without serving.
	GiveBack []Action
	// Steps are writes to the pods' owners, after the actions.
	Steps []align.Step
	// Status is the record as it shall be saved, before the actions.
	Status Status
	// WakeAt is when the decision could change by time alone, in a world where
	// nothing is done and nothing happens; zero for never.
	WakeAt time.Time
	// Gone says that a withdrawn plan has nothing under way: its record may go.
	Gone bool
	// Yields says why the record is another process's, which must not be saved: only what
	// drains is given back. "" where it is ours.
	Yields string
}

// Decide is the product: pure, total and fast.
func Decide(plan Plan, observed Observed, now time.Time) Decision {
	// What is recorded of the plan, where is each pod on its way, and have too
	// many failed?
	recorded, pods := examine(plan, observed, now)

	// Which pods would the wave, the budgets and the pace let start, and does
	// anything object?
	progress := measure(plan, recorded, pods, now)
	strength := observed.strength()
	choice := pick(plan, progress, strength, disruptionsOf(observed, now))
	scene := scene{plan, observed, recorded, pods, progress, strength, choice, now}
	objection := scene.objection()
	starts := scene.starts(objection)

	if recorded.yields(plan) {
		return Decision{Actions: givesBack(recorded, pods), Status: observed.Status, Yields: objection.Message}
	}

	// When nothing is left to do to the pods, their owners' templates follow.
	objection, steps := scene.align(objection)
	attempt := recorded.Attempt.latchCompletion(scene, objection)
	gone := plan.Withdrawn && !unfinished(plan, pods) && !observed.held(plan)
	attempt = attempt.returned(pods, gone, now)

	// Pods under way go on, where they still may; the others start or wait.
	return Decision{
		Actions:  actions(plan, recorded, pods, starts, objection.allows(progress.taken()), now),
		GiveBack: givesBack(recorded, pods),
		Steps:    steps,
		Status:   report(scene, attempt, objection),
		WakeAt:   Earlier(Earlier(wakeAt(pods, objection), plan.closes(progress, now)), plan.Unreadable.until(now)),
		Gone:     gone,
	}
}

// examine reads the record, as people have asked to change it since, and
// classifies the pods. When too many have failed, the attempt halts, or turns
// round: then the pods' goals are those of before.
func examine(plan Plan, observed Observed, now time.Time) (Status, []*subject) {
	recorded := recorded(plan, observed, now)
	pods := classify(plan, recorded, observed.Pods, now)
	latched := recorded.Attempt.latchFailure(plan, pods, now)
	turned := latched.RollBack && !recorded.Attempt.RollBack
	recorded.Attempt = latched
	if turned {
		recorded.Failed, recorded.Wave = nil, Wave{}
		pods = classify(plan, recorded, observed.Pods, now)
	}
	if (scene{plan: plan, observed: observed, recorded: recorded}).overtaken().stands() {
		for _, pod := range pods {
			pod.drifts = nil // the template is told of, and not the pods that come from it
		}
	}
	return recorded, pods
}

// wakeAt is the earliest moment at which a pod's phase or the objection ends
// by itself.
func wakeAt(pods []*subject, objection Objection) time.Time {
	wake := objection.Until
	for _, pod := range pods {
		wake = Earlier(wake, pod.Until)
	}
	return wake
}

// Earlier is the earlier of two times, the zero time being never.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// later is the latest of the times.
func later(times ...time.Time) time.Time {
	var latest time.Time
	for _, t := range times {
		if t.After(latest) {
			latest = t
		}
	}
	return latest
}
