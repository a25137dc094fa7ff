package align

import (
	"fmt"
	"maps"
	"slices"

	"github.com/patchwave/patchwave/spec"
)

// model is a workload with its controllers, which act on what they have seen of
// it, and that may be old.
type model struct {
	desired
	kind           string
	seen           desired
	observed       int
	mark           *Mark
	shape          int    // like at the first hold
	revision       string // the status's
	updated        int
	current        modelRevision // of which a StatefulSet makes pods while it is held
	sets           []*modelSet
	pods           []*modelPod
	made, replaced int
}

// desired is what an owner's spec says, and its sets'.
type desired struct {
	template   []spec.Image
	like       int // what a template has beside its images
	replicas   int
	paused     bool
	onDelete   bool
	holdAt     int // a StatefulSet's partition
	generation int
	templates  map[string]modelTemplate // of its sets
	labels     map[string]string        // revisions of pods
}

type modelTemplate struct {
	images     []spec.Image
	like       int
	generation int
}

type modelRevision struct {
	name   string
	images []spec.Image
}

type modelSet struct {
	name               string
	replicas, observed int
}

type modelPod struct {
	name, set string
	images    []spec.Image
}

func image(tag string) []spec.Image { return []spec.Image{{Container: "server", Image: "app:" + tag}} }

func newModel(kind, tag string) *model {
	m := &model{kind: kind, desired: desired{
		template: image(tag), replicas: 3, generation: 1, templates: map[string]modelTemplate{}, labels: map[string]string{},
	}}
	m.settle()
	m.replaced = 0
	return m
}

// upgrade is what patchwave has done to the pods.
func (m *model) upgrade(tag string) {
	for _, pod := range m.pods {
		pod.images = image(tag)
	}
}

// settle lets the controllers act until nothing changes.
func (m *model) settle() {
	for before := ""; before != m.String(); {
		before = m.String()
		m.look()
		m.control()
	}
}

// look brings what the controllers see up to date.
func (m *model) look() {
	m.seen = m.desired
	m.seen.templates, m.seen.labels = maps.Clone(m.templates), maps.Clone(m.labels)
}

// String is all of the state.
func (m *model) String() string {
	text := fmt.Sprintf("%+v seen %d mark %+v rev %s/%d |", m.desired, m.observed, m.mark, m.revision, m.updated)
	for _, set := range m.sets {
		text += fmt.Sprintf(" %+v", *set)
	}
	for _, pod := range m.pods {
		text += fmt.Sprintf(" %+v", *pod)
	}
	return text
}

func (m *model) control() {
	switch m.kind {
	case "Deployment":
		m.controlSets()
	case "ReplicaSet":
		m.fill("own", modelRevision{images: m.seen.template})
	default:
		m.controlRevisions()
	}
	m.observed = m.seen.generation
}

// controlSets is a Deployment's controller, and that of its ReplicaSets.
func (m *model) controlSets() {
	current := m.newest()
	if current == nil && !m.seen.paused {
		m.made++
		current = &modelSet{name: fmt.Sprint("set-", m.made)}
		m.sets = append(m.sets, current)
		m.templates[current.name] = modelTemplate{m.seen.template, m.seen.like, 1}
		m.seen.templates[current.name] = m.templates[current.name]
	}
	if !m.seen.paused {
		for _, set := range m.sets {
			set.replicas = 0
		}
		current.replicas = m.seen.replicas
	}
	for _, set := range m.sets {
		if set.replicas > 0 {
			set.replicas = m.seen.replicas // it is scaled while it is paused, too
		}
		template := m.seen.templates[set.name]
		set.observed = template.generation
		m.drop(func(p *modelPod) bool { return p.set == set.name && set.replicas == 0 })
		if set.replicas > 0 {
			m.fill(set.name, modelRevision{images: template.images})
		}
	}
	m.updated = 0
	for _, pod := range m.pods {
		if current != nil && pod.set == current.name {
			m.updated++
		}
	}
}

// newest is the oldest set whose template is equal to the Deployment's.
func (m *model) newest() *modelSet {
	for _, set := range m.sets {
		if t := m.seen.templates[set.name]; slices.Equal(t.images, m.seen.template) && t.like == m.seen.like {
			return set
		}
	}
	return nil
}

// controlRevisions is the controller of a StatefulSet or a DaemonSet.
func (m *model) controlRevisions() {
	newest := modelRevision{fmt.Sprint(m.seen.template, m.seen.like), m.seen.template}
	m.revision = newest.name
	if held := m.seen.onDelete || m.seen.holdAt == HoldAt; !held {
		m.drop(func(p *modelPod) bool { return m.seen.labels[p.name] != m.revision })
	}
	if m.seen.holdAt == HoldAt {
		m.fill("own", m.current)
	}
	m.fill("own", newest)
	m.updated = 0
	for _, pod := range m.pods {
		if m.seen.labels[pod.name] == m.revision {
			m.updated++
		}
	}
	if m.updated == len(m.pods) {
		m.current = newest
	}
}

func (m *model) drop(which func(*modelPod) bool) {
	before := len(m.pods)
	m.pods = slices.DeleteFunc(m.pods, which)
	m.replaced += before - len(m.pods)
}

func (m *model) fill(set string, of modelRevision) {
	own := slices.DeleteFunc(slices.Clone(m.pods), func(p *modelPod) bool { return p.set != set })
	for i := len(own); i < m.seen.replicas; i++ {
		m.made++
		pod := &modelPod{name: fmt.Sprint("pod-", m.made), set: set, images: of.images}
		m.pods, m.labels[pod.name], m.seen.labels[pod.name] = append(m.pods, pod), of.name, of.name
	}
}

// owner is what patchwave sees.
func (m *model) owner() Owner {
	o := Owner{
		Kind: m.kind, Namespace: "games", Name: "lobby", Observed: m.observed == m.generation, Images: m.template, Mark: m.mark,
		Held:     m.paused || m.onDelete || m.holdAt == HoldAt,
		OnDelete: m.onDelete, Revision: m.revision, Counted: len(m.pods), Updated: m.updated, Strategy: fmt.Sprint(m.holdAt),
		Reshaped: m.mark != nil && m.shape != m.like,
	}
	for _, set := range m.sets {
		o.Sets = append(o.Sets, Set{
			Name: set.name, UID: set.name, Observed: set.observed == m.templates[set.name].generation, Replicas: set.replicas,
			Like: m.templates[set.name].like == m.like, Images: m.templates[set.name].images,
		})
	}
	for _, pod := range m.pods {
		o.Pods = append(o.Pods, Pod{Name: pod.name, Revision: m.labels[pod.name]})
	}
	return o
}

// runs tells whether all pods have the images.
func (m *model) runs(images []spec.Image) bool {
	return !slices.ContainsFunc(m.pods, func(p *modelPod) bool { return !slices.Equal(p.images, images) })
}

// write does a step, as the API server would.
func (m *model) write(step Step) {
	switch step.Verb {
	case Distinguish:
		m.change(step.Set.Name, func(t *modelTemplate) { t.like = 1000 + m.generation })
		return
	case Hold:
		if m.mark == nil {
			m.shape = m.like
		}
		m.mark = &step.Mark
		m.hold(true)
	case SetTemplate:
		if step.Set != nil {
			m.change(step.Set.Name, func(t *modelTemplate) { t.images = step.Images })
			return
		}
		m.template = step.Images
	case Label:
		m.labels[step.Pod.Name] = step.Revision
		return
	case Release:
		m.mark = &step.Mark
		m.hold(false)
		if m.kind == "Deployment" && step.Images != nil {
			m.template = step.Images
		}
	case Clear:
		m.mark = nil
		return
	}
	m.generation++
}

func (m *model) hold(held bool) {
	switch m.kind {
	case "Deployment":
		m.paused = held
	case "DaemonSet":
		m.onDelete = held
	case "StatefulSet":
		_, _ = fmt.Sscan(m.mark.Strategy, &m.holdAt)
		if held {
			m.holdAt = HoldAt
		}
	}
}

func (m *model) change(set string, change func(*modelTemplate)) {
	template := m.templates[set]
	change(&template)
	template.generation++
	m.templates[set] = template
}
