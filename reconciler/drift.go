package reconciler

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

const (
	// mostCorrections are as many as a container of a pod gets in a row, each
	// changed back within heldFor; one more would be a fight.
	mostCorrections = 3
	heldFor         = 24 * time.Hour
)

// Fight is the reason of a plan that has stopped to correct a pod because
// somebody else keeps changing it back.
const Fight = "Fight"

// Drift is a container of a completed plan's pod that is told to run another
// image: the pod was made later, or somebody has changed it.
type Drift struct {
	Pod       string    `json:"pod"`
	UID       string    `json:"uid"`
	Container string    `json:"container"`
	Image     string    `json:"image"` // that it is told to run
	Since     time.Time `json:"since"`
	// Writer is the field manager that wrote it, "" where none is noted.
	Writer string `json:"writer,omitempty"`
	// Fight says that it was put back time and again: that has stopped, until a
	// person says resume.
	Fight bool `json:"fight,omitempty"`
}

// String says which pod, what it runs, since when, and who wrote that.
func (d Drift) String() string {
	text := fmt.Sprintf("pod %s, container %s: %s since %s, written by %s", d.Pod, d.Container, d.Image,
		d.Since.UTC().Format(time.RFC3339), cmp.Or(d.Writer, "somebody"))
	if d.Fight {
		text += fmt.Sprintf(", again after %d corrections; `patchwave resume` lets them go on", mostCorrections)
	}
	return text
}

// same tells whether it is one drift seen twice.
func (d Drift) same(other Drift) bool {
	return d.UID == other.UID && d.Container == other.Container && d.Image == other.Image
}

// drifts are what of the pod has drifted. A plan that is not completed has
// outdated pods, and no drift.
func (q inquiry) drifts() []Drift {
	if q.recorded.Attempt.Result != Completed || q.plan.Spec.Drift.Ignored() {
		return nil
	}
	var found []Drift
	for _, change := range q.pod.changes(q.goal) {
		c, _ := q.pod.container(change.Container)
		drift := Drift{Pod: q.pod.Name, UID: q.pod.UID, Container: c.Name, Image: bounded(c.Image), Writer: c.Writer}
		drift.Since = q.since(c, drift)
		drift.Fight = q.tried(c.Name) && q.pod.corrections(c, q.plan, q.recorded) >= mostCorrections
		found = append(found, drift)
	}
	return found
}

// since is when the container's image was written, or else first seen; our own
// last write was before that.
func (q inquiry) since(c Container, drift Drift) time.Time {
	since := Earlier(q.now, c.WrittenAt)
	if i := slices.IndexFunc(q.recorded.Drift, drift.same); i >= 0 {
		since = Earlier(since, q.recorded.Drift[i].Since)
	}
	mark, _ := q.mine().of(c.Name)
	return later(since, mark.Time)
}

// corrections counts how often in a row our image was written over: one that
// held for long, or that a person has let pass, ends the row.
func (p Pod) corrections(c Container, plan Plan, recorded Status) int {
	mark, _ := p.Marks.by(plan.Key()).of(c.Name)
	if mark.Try != recorded.Attempt.Try || !mark.Time.After(recorded.Resumed) || c.WrittenAt.Sub(mark.Time) > heldFor {
		return 0
	}
	return mark.Corrections
}

// corrected is what the count becomes by another patch.
func (p Pod) corrected(c Container, plan Plan, recorded Status) int {
	if recorded.Attempt.Result != Completed {
		return 0
	}
	return p.corrections(c, plan, recorded) + 1
}

// drifted is a pod that has drifted and is left as it is: because the plan only
// reports, until the schedule lets a correction start, or until a fight is over.
// A kubelet that sees the wanted image alone restarts nothing, and no completion
// could be told: it shall have seen the other one first.
func (q inquiry) drifted() (bool, string, time.Time) {
	if q.recorded.Attempt.Result != Completed || len(q.pod.changes(q.goal)) == 0 {
		return false, "", time.Time{}
	}
	if !q.plan.Spec.Drift.Corrected() {
		return true, "", time.Time{}
	}
	var due time.Time
	for _, drift := range q.drifts() {
		switch c, _ := q.pod.container(drift.Container); {
		case drift.Fight:
			return true, drift.String(), time.Time{}
		case c.ID != "" && q.pod.ObservedGeneration < q.pod.Generation:
			return true, "the kubelet has not seen what was written", time.Time{}
		}
		due = later(due, q.plan.Spec.Drift.Pass(drift.Since, q.plan.Key()))
	}
	return q.now.Before(due), "", q.future(due)
}

// drift is what of the pods has drifted; the list is cut, their count is not.
func drift(pods []*subject) []Drift {
	var all []Drift
	for _, pod := range pods {
		all = append(all, pod.drifts...)
	}
	return all[:min(failuresListed, len(all))]
}

// driftCondition tells of drift while there is some.
func driftCondition(s Status, plan Plan, progress progress) []StatusCondition {
	if len(s.Drift) == 0 {
		return nil
	}
	reason, message := "Correcting", s.Drift[0].String()
	if more := s.Pods.Drifted - 1; more > 0 {
		message += fmt.Sprintf("; %d more pods", more)
	}
	var next time.Time
	for _, pod := range having(progress.order, Drifted) {
		next = Earlier(next, pod.Until)
	}
	switch {
	case slices.ContainsFunc(s.Drift, func(d Drift) bool { return d.Fight }):
		reason = Fight
	case !plan.Spec.Drift.Corrected():
		reason = "Reported"
	case !next.IsZero():
		reason = "Scheduled"
		message += "; corrected from " + next.UTC().Format(time.RFC3339)
	}
	return []StatusCondition{{Type: "Drifted", Status: "True", Reason: reason, Message: message}}
}

// fighting is a pod that somebody else keeps changing back.
func (s scene) fighting() Objection {
	for _, pod := range s.progress.order {
		i := slices.IndexFunc(pod.drifts, func(d Drift) bool { return d.Fight })
		if i >= 0 && len(s.choice.starts) == 0 {
			return stalled(Fight, pod.drifts[i].String())
		}
	}
	return Objection{}
}
