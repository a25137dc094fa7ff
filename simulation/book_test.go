package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// book is what the laws go by: the world's own account of what was done.
type book struct {
	pods      map[string]*pod               // by UID, also those that are gone
	plans     map[string]spec.Plan          // by digest, all that were ever in Git
	halted    map[spec.Key]reconciler.Try   // what has failed, as recorded
	passed    map[string]bool               // waves whose soak was over once, by attempt
	spoiled   map[spec.Key]bool             // plans whose record somebody has spoiled
	asked     map[string]reconciler.Request // what people have asked for, by ID
	retried   map[string]int                // retries asked for, by digest
	completed map[spec.Key][]spec.Image     // all images that were ever completed
}

func newBook() book {
	return book{
		pods: map[string]*pod{}, plans: map[string]spec.Plan{}, halted: map[spec.Key]reconciler.Try{}, passed: map[string]bool{},
		spoiled: map[spec.Key]bool{}, asked: map[string]reconciler.Request{}, retried: map[string]int{}, completed: map[spec.Key][]spec.Image{},
	}
}

// askedFor tells whether a request that was heeded asks for this.
func (b *book) askedFor(verb reconciler.RequestVerb, id string) bool { return b.asked[id].Verb == verb }

func (b *book) everCompleted() []spec.Image {
	return slices.Concat(slices.Collect(maps.Values(b.completed))...)
}

// forgets is a record that somebody has spoiled: what it held cannot be asked for.
func (b *book) forgets(key spec.Key) {
	delete(b.halted, key)
	b.spoiled[key] = true
}

// outing is a pod under way by our doing: from the write that began it until
// it truly serves again.
type outing struct {
	plan    string
	serving bool // it served when it was started
	patched time.Time
	limit   time.Duration // its plan's deadline
}

// String tells the outing as the timeline does.
func (o *outing) String() string {
	if o == nil {
		return "not under way"
	}
	return fmt.Sprintf("under way for %s, patched %s ago", o.plan, time.Since(o.patched))
}

// failed tells whether it had all the time that its plan gives it.
func (o *outing) failed() bool {
	return o != nil && !o.patched.IsZero() && time.Since(o.patched) >= o.limit
}

// changed brings the account of a pod up to date.
func (w *world) changed(p *pod) {
	switch {
	case p.status.ready.True:
		p.unready = time.Time{}
	case p.unready.IsZero():
		p.unready = time.Now()
	}
	for _, b := range p.boxes {
		if at := b.name + "=" + plain(b.image); p.kubelet.ready.True && b.true() && p.served[at].IsZero() {
			p.served[at] = time.Now()
		}
	}
	if p.outing != nil && p.back() {
		p.outing = nil
	}
}

// back tells whether a pod is not under way any more.
func (p *pod) back() bool {
	switch {
	case p.gone || p.terminating:
		return true
	case p.door != nil && !p.door.True:
		return false
	case p.outing.patched.IsZero():
		return true
	}
	return p.kubelet.generation == p.generation && p.content()
}

// servedSince is since when a pod has served all images of a plan; zero if it
// has not. What the plan did not bring about was so long ago.
func (w *world) servedSince(p *pod, plan reconciler.Plan, completed time.Time) time.Time {
	var since time.Time
	for _, image := range plan.Spec.Images {
		at := p.served[image.Container+"="+plain(image.Image)]
		if b := p.box(image.Container); b != nil && b.init {
			at = w.begin
		}
		if at.IsZero() {
			return at
		}
		since = slices.MaxFunc([]time.Time{since, at}, time.Time.Compare)
	}
	if !lastMark(p.marks, plan.Key().String()).After(completed) {
		return w.begin.Add(-time.Hour)
	}
	return since
}

// registry goes without saying in an image's name.
const registry = "docker.io/library/"

// plain is an image's name without what goes without saying.
func plain(image string) string { return strings.TrimPrefix(image, registry) }

// wants tells whether a plan is content with a pod's spec.
func wants(plan spec.PlanSpec, pod reconciler.Pod) bool {
	for _, image := range plan.Images {
		for _, c := range pod.Containers {
			if c.Name == image.Container && !c.Exited && plain(c.Image) != plain(image.Image) {
				return false
			}
		}
	}
	return true
}

func grace(plan spec.PlanSpec) time.Duration {
	return time.Duration(plan.GracePeriodSeconds) * time.Second
}

func minReady(plan spec.PlanSpec) time.Duration {
	return time.Duration(plan.MinReadySeconds) * time.Second
}

func deadline(plan spec.PlanSpec) time.Duration {
	if plan.ProgressDeadlineSeconds == nil {
		return 600 * time.Second
	}
	return time.Duration(*plan.ProgressDeadlineSeconds) * time.Second
}

// most is how many pods may be unavailable at once.
func most(plan spec.PlanSpec, matched int) int {
	if plan.MaxUnavailable == nil {
		return spec.Percent(25).Of(matched)
	}
	return plan.MaxUnavailable.Of(matched)
}
