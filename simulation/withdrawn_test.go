package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// origin is a container as a plan found it.
type origin struct {
	plan      spec.Key
	container string
}

// noteOrigins keeps what a plan's first patch since it was completed has replaced.
func (p *pod) noteOrigins(action reconciler.Action, key spec.Key) {
	for _, image := range action.Images {
		at := origin{key, image.Container}
		if _, known := p.origins[at]; !known && !action.Try.RollBack {
			if p.origins == nil {
				p.origins = map[origin]string{}
			}
			p.origins[at] = p.box(image.Container).image
		}
	}
}

// forgetOrigins: what was completed is where the next series begins.
func (w *world) forgetOrigins(key spec.Key) {
	for _, p := range w.living() {
		for at := range p.origins {
			if at.plan == key {
				delete(p.origins, at)
			}
		}
	}
}

// mayReturnTo reports whether a deleted plan may bring an image to a pod: what it was
// completed with last, or else what ran there before it.
func (p *process) mayReturnTo(pod *pod, key spec.Key, image spec.Image) bool {
	if p.book.spoiled[key] || pod.meddled || pod.replaced {
		return pod.had[image.Container+"="+plain(image.Image)]
	}
	before, patched := pod.origins[origin{key, image.Container}]
	return patched && (plain(before) == plain(image.Image) || p.completedWith(key, image))
}

// completedWith reports whether a plan was ever completed with an image.
func (w *world) completedWith(key spec.Key, image spec.Image) bool {
	return slices.ContainsFunc(w.book.completed[key], func(i spec.Image) bool {
		return i.Container == image.Container && plain(i.Image) == plain(image.Image)
	})
}

// returned18: the record of a deleted plan goes only when no pod is left on what the
// plan has brought there and never completed. What other people and plans do to a pod
// is theirs.
func (p *process) returned18(key spec.Key, r *record) {
	for _, pod := range p.living() {
		for at, before := range pod.origins {
			now := spec.Image{Container: at.container, Image: pod.box(at.container).image}
			switch {
			case at.plan != key, p.book.spoiled[key], pod.terminating, pod.meddled, pod.handled, pod.replaced, p.tally["webhook rewrites an image"] > 0:
			case pod.work.name != r.plan.Spec.Target.Name, p.claimed(pod, at), plain(pod.work.image(at.container)) == plain(now.Image):
			case plain(now.Image) != plain(before) && !p.completedWith(key, now):
				p.breaks("18 roll-back by deletion", "the record of %s goes, and pod %s is left on %s, before it ran %s", key, pod.name, now.Image, before)
			}
		}
		for at := range pod.origins {
			if at.plan == key {
				delete(pod.origins, at)
			}
		}
	}
}

// claimed reports whether another plan works on a container of a pod, or did a moment
// ago.
func (w *world) claimed(pod *pod, at origin) bool {
	for _, source := range sources {
		for _, c := range w.git.past[source] {
			for _, plan := range c.plans {
				_, named := spec.ImageFor(plan.Spec.Images, at.container)
				if named && plan.Key() != at.plan && plan.Spec.Target.Name == pod.work.name {
					return true
				}
			}
		}
	}
	return false
}

// putBack18: at the end no deleted plan is left that would still have pods to put
// back, and nothing in its way. One whose record somebody has altered is believed by nobody.
func (w *world) putBack18() {
	for key, r := range w.records {
		back, work := r.status.Attempt.Withdrawal, w.workload(r.plan.Spec.Target.Name)
		if back == nil || !back.DoneAt.IsZero() || r.status.Attempt.Result != reconciler.Withdrawn || work == nil || r.altered {
			continue
		}
		up := !w.anyPod(work, func(p *pod) bool { return !p.truth() })
		if up && !w.blocked(work) && !w.frozen() && !w.suspendedByPerson(r) {
			ready, _ := r.status.Condition("Ready")
			w.breaks("liveness", "deleted plan %s does not come to its end: %s", key, ready.Message)
		}
	}
}

func (w *world) suspendedByPerson(r *record) bool { return r.status.Suspension != nil }

func (w *world) frozen() bool {
	for _, f := range w.operator.Freezes {
		if time.Now().Before(f.To) {
			return true
		}
	}
	return false
}
