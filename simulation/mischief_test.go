package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

func (w *world) patchByHand() bool {
	p := w.some("by hand")
	if p == nil {
		return false
	}
	w.writeByHand(p, registry+one(&w.chance, "by hand", "image", "app:v0", "app:v1", "app:v2", "app:v3", "app:bad9"), "kubectl-edit")
	return true
}

func (w *world) writeByHand(p *pod, image, writer string) {
	b := p.boxes[len(p.boxes)-1]
	if b.writer == reconciler.Writer {
		b.strayed = time.Now()
	}
	b.image, b.writer, b.writtenAt, p.handled = image, writer, time.Now(), true
	p.had[b.name+"="+plain(b.image)] = true
	p.generation++
	if p.outing != nil && !p.outing.patched.IsZero() {
		p.outing = nil // when it goes down from here is not our doing
	}
	w.tell("%s patches pod %s to %s", writer, p.name, b.image)
	w.store(p)
	w.notice(p)
}

// scribble makes the annotation that goes with a patch unreadable.
func (w *world) scribble() bool {
	p := w.some("scribble")
	if p == nil || p.marks == nil {
		return false
	}
	w.tell("somebody scribbles over the mark of pod %s", p.name)
	p.meddled, p.outing = true, nil // nobody can know any more
	p.marks = one(&w.chance, "scribble", "what", nil, reconciler.Marks(nil), w.forged(p))
	w.store(p)
	return true
}

// forged are marks that nobody of ours can have written.
func (w *world) forged(p *pod) reconciler.Marks {
	marks := slices.Clone(p.marks)
	marks[0].Time = time.Now().Add(100 * time.Hour)
	marks[0].ContainerID = "containerd://forged"
	return marks
}

func (w *world) removeDrainNote() bool {
	for _, p := range w.living() {
		if p.drain != nil {
			w.tell("somebody removes the drain note of pod %s", p.name)
			p.drain, p.noteless = nil, true
			w.store(p)
			return true
		}
	}
	return false
}

// editRecord is somebody who knows better.
func (w *world) editRecord() bool {
	key, r := w.anyRecord()
	if r == nil {
		return false
	}
	edited := *r
	switch w.pick("edit record", "how", 8) {
	case 0:
		edited.plan.Spec.MaxUnavailable = new(spec.Percent(100))
		edited.altered = true
	case 1:
		edited.digest, edited.altered = "nonsense", true
	case 2:
		edited.status = reconciler.Status{}
	case 3:
		edited.status.Attempt.Result = "Nonsense"
	case 4:
		edited.status.Attempt.StartedAt = time.Now().Add(100 * time.Hour)
	case 5:
		edited.status.Wave = reconciler.Wave{Finished: 99, Of: 1, FinishedAt: time.Now().Add(time.Hour)}
	case 6:
		edited.status.LastCompleted = &reconciler.Completion{At: time.Now().Add(100 * time.Hour)}
	case 7:
		edited.request = &reconciler.Request{ID: "nonsense"}
	}
	w.book.forgets(key)
	w.tell("somebody edits the record of %s", key.Name)
	w.storeRecord(key, &edited)
	return true
}

func (w *world) loseRecord() bool {
	key, r := w.anyRecord()
	if r == nil {
		return false
	}
	w.tell("somebody deletes the record of %s", key.Name)
	w.book.forgets(key)
	w.deleteRecord(key)
	return true
}

func (w *world) anyRecord() (spec.Key, *record) {
	for _, name := range planNames {
		key := spec.Key{Namespace: namespace, Name: name}
		if r := w.records[key]; r != nil {
			return key, r
		}
	}
	return spec.Key{}, nil
}
