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
		text += fmt.Sprintf(", again after %d corrections", mostCorrections)
	}
	return text
}

// same tells whether it is one drift seen twice.
func (d Drift) same(other Drift) bool {
	return d.at(other.UID, other.Container) && d.Image == other.Image
}

// at tells whether it is of that container, whatever that is told to run.
func (d Drift) at(uid, container string) bool { return d.UID == uid && d.Container == container }

// drifts are what of the pod has drifted. A plan that is not completed has
// outdated pods, and no drift.
func (q inquiry) drifts() []Drift {
	if q.recorded.Attempt.Result != Completed || q.plan.Spec.Drift.Ignored() {
		return nil
	}
	var found []Drift
	for _, change := range q.pod.changes(q.goal) {
		c, _ := q.pod.container(change.Container)
		before := q.recorded.drift(q.pod.UID, c.Name)
		found = append(found, Drift{
			Pod: q.pod.Name, UID: q.pod.UID, Container: c.Name, Image: bounded(c.Image), Writer: c.Writer,
			Since: q.since(c, before),
			Fight: before.Fight || q.pod.corrections(c, q.plan, q.recorded) >= mostCorrections,
		})
	}
	return found
}

// drift is what the record says of a container; nothing where it had not drifted.
func (s Status) drift(uid, container string) Drift {
	i := slices.IndexFunc(s.Drift, func(d Drift) bool { return d.at(uid, container) })
	if i < 0 {
		return Drift{}
	}
	return s.Drift[i]
}

// since is when the container was written, or first seen, with an image that is not
// the plan's, be it another one by now; our own last write was before that.
func (q inquiry) since(c Container, before Drift) time.Time {
	since := Earlier(Earlier(q.now, c.WrittenAt), before.Since)
	return later(since, q.pod.lastCorrection(c.Name, q.plan, q.recorded).At)
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
	return q.now.Before(due), "", ahead(due, q.now)
}

// drift is what of the pods has drifted, fights first; the list is cut, their
// count is not.
func drift(pods []*subject) []Drift {
	var fights, all []Drift
	for _, pod := range pods {
		for _, d := range pod.drifts {
			if d.Fight {
				fights = append(fights, d)
			} else {
				all = append(all, d)
			}
		}
	}
	all = append(fights, all...)
	return all[:min(failuresListed, len(all))]
}
