package controller

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// notRecorded is why a plan that was looked at could not be recorded.
type notRecorded struct{ error }

// Unwrap is the error itself.
func (n notRecorded) Unwrap() error { return n.error }

// doubt writes into records that nobody looks at their plans, where that lasts: no other
// write would come to them. One that is refused ends it for now, as all may be.
func (w *worker) doubt(ctx context.Context, inForce []reconciler.Plan, errs map[spec.Key]error) (wakeAt time.Time) {
	ctx, cancel := finishing(ctx)
	defer cancel()
	records := slices.DeleteFunc(w.Archive.Records(), func(r reconciler.Record) bool { return r.Plan.Metadata.Namespace != w.namespace })
	removed, wakeAt := w.removed(reconciler.Removed(w.Sources, inForce, records))
	unseen := w.unseen(errs)
	for _, record := range records {
		after, key := record.Status, record.Plan.Key()
		switch {
		case removed[key]:
			after = after.Unknown(reconciler.SourceRemoved, record.WhyRemoved(), w.Now())
		case unseen[key] != "":
			after = after.Unknown(reconciler.NotLookedAt, unseen[key]+"; trying again", w.Now())
		default:
			continue
		}
		plan := reconciler.Plan{Plan: record.Plan, Source: record.Source, Digest: record.Digest}
		if _, err := w.save(ctx, plan, reconciler.Observed{Mirrored: true, Status: record.Status}, after); err != nil {
			return reconciler.Earlier(wakeAt, w.Now().Add(retryAfter))
		}
	}
	return wakeAt
}

// removed are the plans whose source is not configured for so long that no other source
// is about to take them over, and when more will be.
func (w *worker) removed(records []reconciler.Record) (lasting map[spec.Key]bool, wakeAt time.Time) {
	lasting, since := map[spec.Key]bool{}, map[spec.Key]time.Time{}
	for _, record := range records {
		key := record.Plan.Key()
		since[key] = w.Now()
		if first, before := w.left[key]; before {
			since[key] = first
		}
		if due := since[key].Add(reconciler.UnseenTime); w.Now().Before(due) {
			wakeAt = reconciler.Earlier(wakeAt, due)
		} else {
			lasting[key] = true
		}
	}
	w.left = since
	return lasting, wakeAt
}

// unseen says why the namespace's plans could not be looked at for a while. One that
// could be, and not be recorded, is none of these: the record cannot be written.
func (w *worker) unseen(errs map[spec.Key]error) map[spec.Key]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	unseen := map[spec.Key]string{}
	for key, why := range w.stuck[w.namespace] {
		if _, looked := errors.AsType[notRecorded](errs[key]); !looked {
			unseen[key] = why
		}
	}
	return unseen
}
