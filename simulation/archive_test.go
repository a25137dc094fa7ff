package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// record is a plan's record as the API server has it; never changed in place.
type record struct {
	uid, version   int
	source, digest string
	plan           spec.Plan
	status         reconciler.Status
	request        *reconciler.Request // what a person has laid there
	altered        bool
	awaited        int // the wave whose approval a person was told of
}

// heeded tells whether the request still lies there, and the status has it.
func (r *record) heeded() bool { return r.request != nil && r.request.ID == r.status.Heeded }

func (r *record) mirrors(plan reconciler.Plan) bool {
	return r.source == plan.Source && r.digest == plan.Digest && !r.altered
}

// archive keeps the records for a process.
type archive struct{ *process }

// record is never older than our own last write.
func (p *process) record(key spec.Key) *record {
	shown, ours := p.records[key], p.saved[key]
	if ours != nil && (shown == nil || ours.version > shown.version) {
		return ours
	}
	return shown
}

// Records are all there are.
func (a archive) Records() []reconciler.Record {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dead {
		return nil
	}
	keys := map[spec.Key]bool{}
	for key := range a.records {
		keys[key] = true
	}
	for key := range a.saved {
		keys[key] = true
	}
	var all []reconciler.Record
	for key := range keys {
		if r := a.record(key); r != nil {
			all = append(all, reconciler.Record{Source: r.source, Digest: r.digest, Plan: r.plan, Status: r.status})
		}
	}
	slices.SortFunc(all, func(x, y reconciler.Record) int { return strings.Compare(x.Plan.Metadata.Name, y.Plan.Metadata.Name) })
	return all
}

// Save writes the mirror where it differs, then the status.
func (a archive) Save(ctx context.Context, plan reconciler.Plan, status reconciler.Status) error {
	a.mu.Lock()
	known := a.record(plan.Key())
	if a.dead {
		a.mu.Unlock()
		return errDead
	}
	a.mu.Unlock()
	if known == nil || !known.mirrors(plan) {
		next := record{source: plan.Source, digest: plan.Digest, plan: plan.Plan}
		if known != nil {
			next.uid, next.status, next.request = known.uid, known.status, known.request
		}
		var err error
		if known, err = a.put(ctx, "mirror", plan.Key(), known, next); err != nil {
			return err
		}
	}
	next := *known
	text, err := json.Marshal(status)
	if err != nil {
		return err
	}
	next.status = reconciler.Status{}
	if err := json.Unmarshal(text, &next.status); err != nil {
		return err
	}
	saved, err := a.put(ctx, "save", plan.Key(), known, next)
	if err == nil && saved.heeded() {
		without := *saved
		without.request = nil
		_, err = a.put(ctx, "heed", plan.Key(), saved, without)
	}
	return err
}

// put writes a record as it was observed; known is nil to make it.
func (a archive) put(ctx context.Context, kind string, key spec.Key, known *record, next record) (*record, error) {
	decided := a.decided[key]
	err := a.call(ctx, kind, key.Name, func() error {
		there := a.world.records[key]
		if (there == nil) != (known == nil) || there != nil && (there.uid != known.uid || there.version != known.version) {
			return fmt.Errorf("409: %w", reconciler.ErrStale)
		}
		a.writes++
		if kind == "save" {
			ready, _ := next.status.Condition("Ready")
			a.tell("save: %s %s %s: %s", key.Name, short(next.digest), ready.Reason, ready.Message)
			a.saves(key, decided, there, &next)
		}
		a.storeRecord(key, &next)
		return nil
	})
	if err != nil {
		if known != nil {
			a.mu.Lock()
			a.forgetUnshown(key, known)
			a.mu.Unlock()
		}
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.saved[key] = &next
	return &next, nil
}

// Remove deletes a record as it was observed.
func (a archive) Remove(ctx context.Context, key spec.Key) error {
	a.mu.Lock()
	known := a.record(key)
	dead := a.dead
	a.mu.Unlock()
	if dead {
		return errDead
	}
	if known == nil {
		return nil
	}
	return a.call(ctx, "removal", key.Name, func() error {
		there := a.world.records[key]
		if there == nil || there.uid != known.uid || there.version != known.version {
			a.forgetUnshown(key, known)
			return nil // stale: the caller is not told
		}
		a.writes++
		a.tell("remove record %s", key.Name)
		a.removes(key, there)
		a.returned18(key, there)
		delete(a.book.halted, key) // a plan that was gone is a new one
		a.deleteRecord(key)
		return nil
	})
}

// forgetUnshown forgets a record that is gone, unless an informer is still to
// hear of it.
func (a archive) forgetUnshown(key spec.Key, known *record) {
	if ours := a.saved[key]; ours != nil && ours.uid == known.uid && a.world.records[key] == nil && a.records[key] == nil {
		delete(a.saved, key)
		a.book.spoiled[key] = true // an informer that never showed it may yet show it as it was once
	}
}

func (w *world) storeRecord(key spec.Key, r *record) {
	w.version++
	r.version = w.version
	if r.uid == 0 {
		r.uid = w.version
	}
	w.records[key] = r
	w.approveLater(key, r)
	r.awaited = r.status.Wave.AwaitsApproval
	if p := w.process; p != nil {
		p.deliver(func() { p.records[key] = r })
	}
}

func (w *world) deleteRecord(key spec.Key) {
	gone := w.records[key]
	delete(w.records, key)
	if p := w.process; p != nil && gone != nil {
		p.deliver(func() {
			if shown := p.records[key]; shown != nil && shown.uid == gone.uid {
				delete(p.records, key)
			}
			if ours := p.saved[key]; ours != nil && ours.uid == gone.uid {
				delete(p.saved, key)
			}
		})
	}
}

func short(digest string) string {
	_, hex, _ := strings.Cut(digest, ":")
	return hex[:min(6, len(hex))]
}
