package simulation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// shown is a workload as an informer shows it, without its sets and pods.
func (work *workload) shown() align.Owner {
	own := work.owner
	return align.Owner{
		Kind: work.kind, Name: work.name, UID: "uid-" + work.name, ResourceVersion: itoa(own.version),
		Wanted: work.replicas, MinReady: work.minReady, Observed: own.observed >= own.generation, Images: own.images, Mark: own.mark, Held: own.held,
		Counted: own.counted, Updated: own.updated, Strategy: "theirs", Revision: own.revision,
	}
}

func (set *replicaSet) shown() align.Set {
	replicas := 0
	if set.used {
		replicas = 1
	}
	return align.Set{
		Name: set.uid, UID: set.uid, ResourceVersion: itoa(set.version), Observed: set.observed >= set.template.generation,
		Replicas: replicas, Like: set.template.distinct == 0, Images: set.template.images,
	}
}

// ownerOf is a workload as the process sees it, never older than its own writes.
func (p *process) ownerOf(work *workload, pods []reconciler.Pod) align.Owner {
	o := p.owners[work.name]
	if wrote, ok := p.wroteOwners[work.name]; ok && number(wrote.ResourceVersion) > number(o.ResourceVersion) {
		o = wrote
	}
	o.Pods, o.Sets = nil, nil
	for _, set := range work.owner.sets {
		shown := p.sets[set.uid]
		if wrote, ok := p.wroteSets[set.uid]; ok && number(wrote.ResourceVersion) > number(shown.ResourceVersion) {
			shown = wrote
		}
		o.Sets = append(o.Sets, shown)
	}
	for _, pod := range pods {
		s, _ := p.newest(pod.UID)
		o.Pods = append(o.Pods, align.Pod{Name: pod.Name, UID: pod.UID, ResourceVersion: pod.ResourceVersion, Revision: s.label})
	}
	for _, pod := range p.world.pods {
		if s, ok := p.newest(pod.uid); ok && s.terminating && pod.work == work && work.kind == "StatefulSet" && time.Since(pod.ending) > align.SeenBy {
			o.Ending++
		}
	}
	return o
}

// Held are the workloads that any plan aligns, with their pods.
func (p *process) Held(string) reconciler.Held {
	p.mu.Lock()
	defer p.mu.Unlock()
	var held reconciler.Held
	for _, work := range p.workloads {
		if o := p.ownerOf(work, nil); work.kind == "Pod" || o.Mark == nil || p.dead {
			continue
		}
		pods := p.podsOf(work)
		held.Owners = append(held.Owners, p.ownerOf(work, pods))
		held.Pods = append(held.Pods, pods...)
	}
	return held
}

// Align writes to an owner, or to what belongs to it.
func (p *process) Align(ctx context.Context, _ string, step align.Step) error {
	object := step.Owner.UID + step.Pod.UID
	if step.Set != nil {
		object = step.Set.UID
	}
	err := p.call(ctx, "step", object, func() error { return p.step(step) })
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.tell("api: %s: %v", step, err)
		return fmt.Errorf("%s: %w", step, err)
	}
	return nil
}

// step carries out one write, as the API server does.
func (p *process) step(step align.Step) error {
	work := p.workload(step.Owner.Name)
	own := &work.owner
	switch {
	case step.Set != nil && step.Verb != align.Hold:
		return p.stepSet(work, step)
	case step.Verb == align.Label:
		return p.label(work, step)
	case itoa(own.version) != step.Owner.ResourceVersion:
		return fmt.Errorf("409: %w", reconciler.ErrStale)
	}
	p.writes++
	p.tell("write: %s", step)
	p.ran13(work, step)
	own.generation++
	switch step.Verb {
	case align.Hold:
		p.count("owner held")
		own.mark, own.held = &step.Mark, true
	case align.SetTemplate:
		own.images = laid(own.images, step.Images)
	case align.Release:
		own.mark, own.held, own.images = &step.Mark, false, laid(own.images, step.Images)
	case align.Clear:
		p.count("owner aligned")
		own.mark = nil
		own.generation-- // metadata alone
	}
	p.storeOwner(work)
	p.tellController(work)
	p.wroteOwners[work.name] = work.shown()
	return nil
}

func (p *process) stepSet(work *workload, step align.Step) error {
	for _, set := range work.owner.sets {
		if set.uid != step.Set.UID {
			continue
		}
		if itoa(set.version) != step.Set.ResourceVersion {
			break
		}
		p.writes++
		p.tell("write: %s", step)
		p.ran13(work, step)
		set.template.generation++
		if step.Verb == align.Distinguish {
			p.count("old set told apart")
			set.template.distinct = 1
		} else {
			set.template.images = laid(set.template.images, step.Images)
		}
		p.storeSet(set)
		p.tellSetController(work, set)
		p.wroteSets[set.uid] = set.shown()
		return nil
	}
	return fmt.Errorf("409: %w", reconciler.ErrStale)
}

// label says on a pod of which revision it is.
func (p *process) label(work *workload, step align.Step) error {
	pod := p.byUID(step.Pod.UID)
	if pod.gone || itoa(pod.version) != step.Pod.ResourceVersion {
		return fmt.Errorf("409: %w", reconciler.ErrStale)
	}
	p.writes++
	p.tell("write: %s", step)
	pod.label = step.Revision
	p.store(pod)
	p.wrote[pod.uid] = pod.snapshot()
	p.after(p.lag(work), func() {
		pod.labelSeen = pod.label
		p.controlOwner(work)
	})
	return nil
}

// ran13: no template is given an image that no pod of the workload has served, but
// where none is wanted.
func (p *process) ran13(work *workload, step align.Step) {
	for _, image := range step.Images {
		at := image.Container + "=" + plain(image.Image)
		ran := slices.ContainsFunc(p.world.pods, func(pod *pod) bool {
			b := pod.box(image.Container)
			return pod.work == work && (b == nil || b.init || !pod.served[at].IsZero())
		})
		if !ran && step.Owner.Wanted > 0 {
			p.breaks("13 templates", "%s: no pod of %s has run %s", step, work.name, image.Image)
		}
	}
}

// laid are images with others laid over them.
func laid(all, images []spec.Image) []spec.Image {
	var now []spec.Image
	for _, own := range all {
		if image, ok := spec.ImageFor(images, own.Container); ok {
			own.Image = image
		}
		now = append(now, own)
	}
	return now
}

func number(text string) (n int) {
	_, _ = fmt.Sscan(text, &n)
	return n
}
