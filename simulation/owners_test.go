package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// owner is what the API server has of a workload beside its pods: what is wanted of
// it, and how far its controller has got.
type owner struct {
	desired

	seen     desired // by its controller, which acts on nothing newer
	observed int     // a generation
	updated  int
	counted  int
	revision string // of a StatefulSet: the template's,
	current  string // and that of which pods are made while it is held
	makes    []spec.Image
	sets     []*replicaSet // of a Deployment, the oldest first
	told     time.Time     // when the controllers see the last change of a set
}

type desired struct {
	version, generation int
	images              []spec.Image
	held                bool
	mark                *align.Mark
}

// replicaSet is one of a Deployment's; only one has pods, as nobody else rolls out.
type replicaSet struct {
	uid      string
	version  int
	template template
	seen     template // by the controllers
	observed int
	used     bool
}

type template struct {
	generation, distinct int
	images               []spec.Image
}

// found lets a workload stand since long, its template as its pods are. A Deployment
// may have a past: sets which would be taken for the newest, were they equal to it.
func (work *workload) found(w *world) {
	own := &work.owner
	for _, b := range work.boxes {
		own.images = append(own.images, spec.Image{Container: b.name, Image: b.image})
	}
	own.generation, own.observed, own.makes = 1, 1, own.images
	own.revision = fmt.Sprint(own.images)
	own.current, own.seen = own.revision, own.desired
	if work.kind != "Deployment" {
		return
	}
	for i := range w.pick("old sets", work.name, 3) {
		past := slices.Clone(own.images)
		past[len(past)-1].Image = registry + one(&w.chance, "old set", work.name, "app:v2", "app:v3", "app:v6", "app:v6x")
		work.addSet(fmt.Sprint(work.name, "-old-", i), past)
	}
	work.addSet(work.name+"-set", own.images).used = true
}

func (work *workload) addSet(uid string, images []spec.Image) *replicaSet {
	set := &replicaSet{uid: uid, template: template{images: images, generation: 1}, observed: 1}
	set.seen = set.template
	work.owner.sets = append(work.owner.sets, set)
	return set
}

// lag is how long a controller takes to see something.
func (w *world) lag(work *workload) time.Duration {
	if w.strikes("controller lags", work.name) {
		return w.span("controller lags", work.name, time.Second, 20*time.Second)
	}
	return w.span("controller", work.name, 5*time.Millisecond, 300*time.Millisecond)
}

// storeOwner gives a workload its next version, and tells all who watch: its controller,
// each time after a while of its own.
func (w *world) storeOwner(work *workload) {
	w.version++
	work.owner.version = w.version
	if p := w.process; p != nil {
		shown := work.shown()
		p.deliver(func() { p.owners[work.name] = shown })
	}
}

func (w *world) tellController(work *workload) {
	now := work.owner.desired
	w.after(w.lag(work), func() {
		if now.version > work.owner.seen.version {
			work.owner.seen = now
		}
		w.controlOwner(work)
	})
}

func (w *world) storeSet(set *replicaSet) {
	w.version++
	set.version = w.version
	if p := w.process; p != nil {
		shown := set.shown()
		p.deliver(func() { p.sets[shown.UID] = shown })
	}
}

// tellSetController is in order: the controllers of Deployments and of ReplicaSets are
// one process, with one watch of all ReplicaSets.
func (w *world) tellSetController(work *workload, set *replicaSet) {
	now, at := set.template, time.Now().Add(w.lag(work))
	if !at.After(work.owner.told) {
		at = work.owner.told.Add(1)
	}
	work.owner.told = at
	w.after(time.Until(at), func() {
		if now.generation > set.seen.generation {
			set.seen = now
		}
		set.observed = set.seen.generation
		w.storeSet(set)
		w.controlOwner(work)
	})
}

// controlOwner is what a Deployment's or a StatefulSet's controller does beside making
// pods: it counts, and, if it is let, rolls out. Nobody wants that here.
func (w *world) controlOwner(work *workload) {
	own, before := &work.owner, work.shown()
	pods := w.owned(work)
	own.observed, own.counted, own.updated = own.seen.generation, len(pods), 0
	switch work.kind {
	case "Deployment":
		w.controlSets(work, pods)
	case "StatefulSet": // it counts those that terminate, too
		own.counted = len(slices.DeleteFunc(w.living(), func(p *pod) bool { return p.work != work }))
		w.controlRevisions(work, pods)
	}
	if after := work.shown(); after.Observed != before.Observed || after.Counted != before.Counted ||
		after.Updated != before.Updated || after.Revision != before.Revision {
		w.storeOwner(work)
	}
}

// recounts has a StatefulSet's controller look at its pods where it waits for them.
func (w *world) recounts(work *workload) {
	if work.kind == "StatefulSet" && work.owner.current != work.owner.revision {
		w.after(w.lag(work), func() { w.controlOwner(work) })
	}
}

// controlSets takes the oldest set that is equal to the template for the newest.
func (w *world) controlSets(work *workload, pods []*pod) {
	own := &work.owner
	i := slices.IndexFunc(own.sets, func(s *replicaSet) bool { return s.seen.distinct == 0 && slices.Equal(s.seen.images, own.seen.images) })
	if i >= 0 && own.sets[i].used {
		own.updated = len(pods)
	} else if !own.seen.held {
		w.breaks("13 templates", "Kubernetes rolls out %v of %s: set %d, and replaces all pods", own.seen.images, work.name, i)
	}
	own.makes = own.used().seen.images
}

func (own *owner) used() *replicaSet {
	return own.sets[slices.IndexFunc(own.sets, func(s *replicaSet) bool { return s.used })]
}

// controlRevisions counts pods by their label, and moves on once all are updated and Ready.
func (w *world) controlRevisions(work *workload, pods []*pod) {
	own := &work.owner
	own.revision = fmt.Sprint(own.seen.images)
	ready := 0
	for _, p := range pods {
		switch {
		case p.labelSeen == own.revision:
			own.updated++
		case !own.seen.held:
			w.breaks("13 templates", "Kubernetes replaces pod %s of %s, which is not of %s", p.name, work.name, own.revision)
		}
		if p.status.ready.True {
			ready++
		}
	}
	if own.updated == len(pods) && ready == len(pods) {
		own.current, own.makes = own.revision, own.seen.images
	}
}

// born says of what a new pod is made.
func (work *workload) bornOf() (images []spec.Image, label string) {
	own := work.owner
	if work.kind == "StatefulSet" && !own.seen.held {
		return own.seen.images, fmt.Sprint(own.seen.images)
	}
	return own.makes, own.current
}
