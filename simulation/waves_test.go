package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// order4: no pod of a wave starts before the wave before is complete, its soak
// over and its approval given; and the partition's pods never start. What the plan
// has brought down waits for no soak and no approval.
//
// Pods whose marks are lost, or that others have changed, are left out: the
// attempt's account of its waves is lost with them.
func (p *process) order4(action reconciler.Action, d *decision) {
	var begun []string
	for _, seen := range d.observed.Pods {
		pod := p.byUID(seen.UID)
		if pod.handled || pod.meddled {
			return
		}
		under := pod.outing != nil && pod.outing.plan == d.plan.Key().String() && (wants(d.plan.Spec, seen) || seen.Gate.Closed)
		if d.begun[seen.UID] || !p.lost(seen) && (under || p.finished(seen, pod, d)) {
			begun = append(begun, pod.name)
		}
	}
	if limit := p.limit(d, p.broughtDown(action.Pod, d)); len(begun) > limit {
		p.breaks("4 order", "pod %s is started, but the open wave ends at %d; begun or done are %s", action.Pod.Name, limit, begun)
	}
}

// finished tells whether a pod is done with, well or not.
func (p *process) finished(seen reconciler.Pod, pod *pod, d *decision) bool {
	return !p.doneSince(seen, pod, d).IsZero()
}

// lost tells whether a pod has no node, or its node is not Ready, or was not a moment ago: what
// the pod's status says is the node controller's word.
func (p *process) lost(seen reconciler.Pod) bool {
	n, known := p.nodes[seen.Node]
	return seen.Node == "" || known && (!n.ready || !seen.Ready.True && seen.Ready.Since.Before(n.since) && time.Since(n.since) < 11*time.Second)
}

// doneSince is since when a pod keeps no wave open any more.
func (p *process) doneSince(seen reconciler.Pod, pod *pod, d *decision) time.Time {
	switch {
	case p.refusedLong(pod, d.plan.Plan):
		return p.begin
	case !wants(d.plan.Spec, seen):
		return time.Time{}
	case pod.outing.failed(), pod.deaf() && time.Since(lastMark(seen.Marks, d.plan.Key().String())) >= pod.stop:
		return p.begin
	}
	completed := lastCompleted(d)
	since := p.servedSince(pod, d.plan, completed)
	if !since.IsZero() {
		since = since.Add(max(0, max(minReady(d.plan.Spec), pod.work.minReady)-time.Second))
	}
	due := lastMark(seen.Marks, d.plan.Key().String()).Add(deadline(d.plan.Spec))
	down := !pod.unready.IsZero() && pod.unready.Before(due) // and was when the plan was completed without it
	if (down || due.After(completed)) && !time.Now().Before(due) && (since.IsZero() || since.After(due)) {
		return due // it has failed
	}
	return since
}

func lastCompleted(d *decision) time.Time {
	if last := d.observed.Status.LastCompleted; last != nil {
		return last.At
	}
	return time.Time{}
}

// limit is how many pods the waves let begin.
func (p *process) limit(d *decision, unsoaked bool) int {
	var done []time.Time
	reached, up := len(d.observed.Pods), 0
	for _, seen := range d.observed.Pods {
		pod := p.byUID(seen.UID)
		if p.lost(seen) { // comes last, and is not missed
			reached--
		} else if since := p.doneSince(seen, pod, d); !since.IsZero() {
			done = append(done, since)
		}
		if !p.servedSince(pod, d.plan, lastCompleted(d)).IsZero() {
			up++
		}
	}
	slices.SortFunc(done, time.Time.Compare)
	n := len(d.observed.Pods) - p.kept(d)
	before := 0
	for i, wave := range d.plan.Spec.Waves {
		end := min(n, wave.Pods.Of(len(d.observed.Pods)))
		taken := min(end, reached)
		failed := taken > before && up <= before && d.observed.Status.Attempt.Result != reconciler.Completed
		if failed || len(done) < taken || taken > 0 && !unsoaked && !p.soaked(d, i, done[taken-1]) {
			return end
		}
		before = max(before, taken)
	}
	return n
}

// broughtDown reports whether a plan has patched a pod since it was last completed
// that does not serve.
func (p *process) broughtDown(seen reconciler.Pod, d *decision) bool {
	return !seen.Ready.True && p.movedOne(seen, d)
}

// kept is how many pods a plan has to leave as they are: that serve on an image which
// is older to them than the plan's, and that it has not brought there.
func (p *process) kept(d *decision) int {
	left := 0
	for _, seen := range d.observed.Pods {
		if seen.Ready.True && !wants(d.plan.Spec, seen) && !p.movedOne(seen, d) && !hadBefore(seen, d.plan) {
			left++
		}
	}
	return min(left, kept(d.plan.Spec, len(d.observed.Pods)))
}

// hadBefore reports whether a plan has written its image to a pod before, or another
// over it.
func hadBefore(seen reconciler.Pod, plan reconciler.Plan) bool {
	return slices.ContainsFunc(marksBy(seen.Marks, plan.Key().String()), func(m reconciler.Mark) bool {
		return slices.ContainsFunc(plan.Spec.Images, func(image spec.Image) bool {
			return slices.Contains([]string{plain(m.Wrote), plain(m.Image), plain(m.Origin)}, plain(image.Image))
		})
	})
}

// kept is how many pods a plan asks to be left on the old image.
func kept(plan spec.PlanSpec, matched int) int {
	if plan.Partition == nil || matched <= 1 && plan.Partition.String() != "1" {
		return 0
	}
	return plan.Partition.Of(matched)
}

// soaked tells whether a wave that was complete at some time lets the next one
// begin: its soak is over, and it is approved. It stays so.
func (p *process) soaked(d *decision, wave int, complete time.Time) bool {
	status, w := d.observed.Status, d.plan.Spec.Waves[wave]
	at := d.plan.Digest + " " + itoa(wave) + " " + itoa(status.Attempt.Retry)
	same := status.LastCompleted != nil && slices.Equal(status.LastCompleted.Images, d.plan.Spec.Images)
	ended := status.Attempt.Digest == d.plan.Digest && status.Attempt.Result == reconciler.Completed
	over := !time.Now().Before(complete.Add(time.Duration(w.Soak)))
	if same || ended || !p.moved(d) || over && (w.Approval == "" || p.approved(d, wave+1)) {
		p.book.passed[at] = true
	}
	return p.book.passed[at]
}

// moved tells whether the plan has patched any pod since it was last completed.
func (p *process) moved(d *decision) bool {
	return slices.ContainsFunc(d.observed.Pods, func(seen reconciler.Pod) bool { return p.movedOne(seen, d) })
}

// movedOne reports whether it has patched that pod.
func (p *process) movedOne(seen reconciler.Pod, d *decision) bool {
	last := lastMark(seen.Marks, d.plan.Key().String())
	return !last.IsZero() && !last.Before(lastCompleted(d))
}

// approved tells whether a person has approved the wave, of this very digest.
func (p *process) approved(d *decision, wave int) bool {
	for _, asked := range p.book.asked {
		if asked.Verb == reconciler.Approve && asked.Digest == d.plan.Digest && asked.Wave == wave {
			return true
		}
	}
	return false
}
