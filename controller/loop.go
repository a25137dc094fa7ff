// Package controller is the loop around the heart: it observes, asks
// reconciler.Decide, saves the record and acts, and looks again when something
// happened or the decision said so.
package controller

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// World is where pods live.
type World interface {
	// Closed says why nothing can be looked at or written in a namespace now; nil where
	// that can be done.
	Closed(namespace string) error
	// Observe never returns less than our own last write.
	Observe(ctx context.Context, plan reconciler.Plan) (reconciler.Observed, error)
	// Apply does one guarded write in a namespace; a stale one wraps reconciler.ErrStale.
	Apply(ctx context.Context, namespace string, action reconciler.Action) error
	// Align does one guarded write to an owner of pods, or to what belongs to it.
	Align(ctx context.Context, namespace string, step align.Step) error
	// Drained are the namespace's pods that were drained for any plan.
	Drained(namespace string) []reconciler.Pod
	// Held are the namespace's owners that any plan aligns, with their pods.
	Held(namespace string) reconciler.Held
}

// Archive keeps the records.
type Archive interface {
	Records() []reconciler.Record
	// Save writes the plan's mirror and its status; a stale one wraps reconciler.ErrStale.
	Save(ctx context.Context, plan reconciler.Plan, status reconciler.Status) error
	Remove(ctx context.Context, key spec.Key) error
}

// Audience is told what happens. It must not block.
type Audience interface {
	// Turn tells of a turn of one plan's story.
	Turn(plan reconciler.Plan, turn reconciler.Turn)
	// Changed shows the whole, after anything in it changed.
	Changed(readings []reconciler.Reading, records []reconciler.Record)
	// Heard tells whether all that was told has come to where it shall be shown.
	Heard() bool
}

// Loop observes, decides and acts: one plan after the other within a
// namespace, so that two plans never spend one budget twice; the namespaces
// side by side.
type Loop struct {
	World    World
	Archive  Archive
	Audience Audience
	Now      func() time.Time // corrected by the API server's clock
	Log      *slog.Logger
	Sources  []string       // names, in the order that decides who keeps a plan's name
	Hours    calendar.Hours // the operator's windows and freezes

	// Namespaces are those that are watched: each is looked at after a start, since
	// what is held there for a plan may be all that is left of it.
	Namespaces []string

	// Reaches are the namespaces that the plans of each source may touch: between
	// sources that share one, plans may move. One that is left out shares none.
	Reaches map[string][]string

	telling  sync.Mutex
	mu       sync.Mutex
	readings map[string]reconciler.Reading
	order    order
	doubtful map[string]reconciler.Unreadable // by source; zero where it can be read
	stuck    map[string]map[spec.Key]string   // by namespace
	workers  map[string]*worker
	running  sync.WaitGroup
	ctx      context.Context
}

// Run works until the context ends, and lets writes under way end.
func (l *Loop) Run(ctx context.Context) {
	l.mu.Lock()
	l.ctx = ctx
	l.mu.Unlock()
	for _, namespace := range l.Namespaces {
		l.Wake(namespace)
	}
	<-ctx.Done()
	l.running.Wait()
}

// Read takes what a source's newest commit says, and wakes the namespaces it
// concerns, also those whose plans are gone.
func (l *Loop) Read(reading reconciler.Reading) {
	l.mu.Lock()
	if l.readings == nil {
		l.readings = map[string]reconciler.Reading{}
	}
	concerned := append(slices.Clone(reading.Plans), l.readings[reading.Source].Plans...)
	l.readings[reading.Source] = reading
	l.order.read(reading.Source)
	for _, plan := range concerned {
		l.wakeLocked(plan.Metadata.Namespace)
	}
	l.wakeAllLocked()
	l.mu.Unlock()
	l.changed()
}

// Unreadable takes that a source cannot be read, or can again where that is the zero
// value, and has its plans looked at where it is news.
func (l *Loop) Unreadable(source string, is reconciler.Unreadable) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.doubtful[source] == is {
		return
	}
	if l.doubtful == nil {
		l.doubtful = map[string]reconciler.Unreadable{}
	}
	l.doubtful[source] = is
	l.wakeAllLocked()
}

func (l *Loop) unreadable(source string) reconciler.Unreadable {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.doubtful[source]
}

// Wake has a namespace looked at again.
func (l *Loop) Wake(namespace string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wakeLocked(namespace)
}

func (l *Loop) wakeAllLocked() {
	for namespace := range l.workers {
		l.wakeLocked(namespace)
	}
}

func (l *Loop) wakeLocked(namespace string) {
	if l.ctx == nil || l.ctx.Err() != nil {
		return
	}
	w, ok := l.workers[namespace]
	if !ok {
		if l.workers == nil {
			l.workers = map[string]*worker{}
		}
		w = &worker{Loop: l, namespace: namespace, wake: make(chan struct{}, 1), memory: reconciler.Memory{}, saved: map[spec.Key]time.Time{}, gone: map[spec.Key]time.Time{}}
		l.workers[namespace] = w
		l.running.Go(func() { w.run(l.ctx) })
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// known returns the readings in the order of the sources.
func (l *Loop) known() []reconciler.Reading {
	l.mu.Lock()
	defer l.mu.Unlock()
	stuck := l.stuckLocked()
	var readings []reconciler.Reading
	for _, source := range l.Sources {
		if reading, ok := l.readings[source]; ok {
			reading.Stuck, reading.Behind = stuck, l.order.behind(source, l.Sources, l.Reaches)
			readings = append(readings, reading)
		}
	}
	return readings
}

// changed shows the whole. One at a time: what was read first is told first.
func (l *Loop) changed() {
	l.telling.Lock()
	defer l.telling.Unlock()
	l.Audience.Changed(l.known(), l.Archive.Records())
}
