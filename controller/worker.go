package controller

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

const (
	lookAgain      = 10 * time.Minute // clocks jump, and machines sleep
	retryAfter     = 5 * time.Second  // after a write or a look that failed
	countsEvery    = time.Second      // a record that only counts on is written no more often
	writeTakes     = 13 * time.Second // the API server waits 10 s for a webhook that says nothing else
	outdated       = 3 * time.Second  // after which a decision is made anew before it is carried out
	finishWritesIn = 3 * time.Second  // a stop lets writes under way end; less than a Lease outlives its holder
)

// worker serves one namespace.
type worker struct {
	*Loop
	namespace  string
	wake       chan struct{}
	memory     reconciler.Memory
	since      map[spec.Key]time.Time         // since when plans are stuck
	gone       map[spec.Key]time.Time         // since when plans are gone, and their records not
	left       map[spec.Key]time.Time         // since when plans are of no configured source
	saved      map[spec.Key]time.Time         // when a plan's record was written last
	told       map[spec.Key]reconciler.Record // what the audience was shown last
	complaint  string                         // the last about the namespace, "" for none
	complained time.Time                      // when that was logged
	said       map[spec.Key]string            // and about plans
}

func (w *worker) run(ctx context.Context) {
	for ctx.Err() == nil {
		again, wakeAt := w.pass(ctx)
		if again {
			continue
		}
		timer := time.NewTimer(lookAgain)
		if !wakeAt.IsZero() {
			timer.Reset(min(lookAgain, wakeAt.Sub(w.Now())))
		}
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// pass looks once at each plan of the namespace.
func (w *worker) pass(ctx context.Context) (again bool, wakeAt time.Time) {
	plans := slices.DeleteFunc(reconciler.InForce(w.Sources, w.known(), w.Archive.Records()), func(p reconciler.Plan) bool {
		return p.Metadata.Namespace != w.namespace
	})
	for i := range plans {
		plans[i].Operator, plans[i].Unreadable = w.Hours, w.unreadable(plans[i].Source)
	}
	var errs map[spec.Key]error
	closed := w.World.Closed(w.namespace)
	if closed != nil {
		errs, wakeAt = each(plans, closed), w.Now().Add(retryAfter)
	} else {
		again, wakeAt, errs = w.look(ctx, plans)
	}
	if ctx.Err() == nil {
		w.complain(closed, errs)
		stuck := w.stick(errs)
		wakeAt = reconciler.Earlier(wakeAt, w.doubt(ctx, plans, errs))
		if w.untold() || stuck {
			w.changed()
		}
	}
	return again, wakeAt
}

// look looks at the plans, and says of each that could not be looked at why.
func (w *worker) look(ctx context.Context, plans []reconciler.Plan) (again bool, wakeAt time.Time, errs map[spec.Key]error) {
	view, rivals := w.survey(ctx, plans)
	again, wakeAt = w.tidy(ctx, view)
	errs = map[spec.Key]error{}
	for _, plan := range plans {
		if ctx.Err() != nil {
			break
		}
		if again {
			view.Seen = nil // what was written since may show in any of them
		}
		if plan.Withdrawn && len(view.Unseen) > 0 { // one of those may have taken its pods over
			wakeAt = reconciler.Earlier(wakeAt, w.Now().Add(retryAfter))
			continue
		}
		acted, wake, err := w.step(ctx, plan, view, rivals[plan.Key()])
		if err != nil {
			errs[plan.Key()], wake = err, w.Now().Add(retryAfter)
		}
		again = again || acted
		wakeAt = reconciler.Earlier(wakeAt, wake)
	}
	return again, wakeAt, errs
}

// untold tells whether the records say what nobody was shown. It is asked of the
// records and not of our writes: one may take place though its answer is lost.
func (w *worker) untold() (some bool) {
	known := map[spec.Key]reconciler.Record{}
	for _, record := range w.Archive.Records() {
		if key := record.Plan.Key(); key.Namespace == w.namespace {
			known[key] = record
			some = some || w.told[key].Source != record.Source || !w.told[key].Status.Same(record.Status)
		}
	}
	some = some || len(known) != len(w.told)
	w.told = known
	return some
}

// survey looks at all plans together, and which claim the same. A plan that could not
// be observed is told of when its turn comes.
func (w *worker) survey(ctx context.Context, plans []reconciler.Plan) (view reconciler.View, rivals map[spec.Key]string) {
	view = reconciler.View{Seen: map[spec.Key]reconciler.Observed{}, Unseen: map[string]bool{}, Held: w.World.Held(w.namespace)}
	living := map[string]bool{}
	for _, owner := range view.Held.Owners {
		living[owner.UID] = true
	}
	for _, plan := range plans {
		observed, err := w.observe(ctx, plan, view)
		if err != nil {
			view.Unseen[plan.Key().String()] = true
			continue
		}
		view.Seen[plan.Key()] = observed
		for _, pod := range observed.Pods {
			living[pod.UID] = true
		}
		for _, owner := range observed.Owners {
			living[owner.UID] = true
		}
	}
	rivals, view.Claims = reconciler.Contested(plans, view.Seen), reconciler.ClaimsOf(plans, view.Seen)
	for _, plan := range plans {
		view.Seen[plan.Key()].Inherit(plan, view.Claims)
	}
	if len(view.Unseen) == 0 {
		w.memory.Keep(living)
	}
	return view, rivals
}

// tidy gives back what was taken for plans that do not have it any more. What is
// refused is tried again: nobody else would wake us for it.
func (w *worker) tidy(ctx context.Context, view reconciler.View) (acted bool, wakeAt time.Time) {
	ctx, cancel := finishing(ctx)
	defer cancel()
	reopened, still := w.apply(ctx, spec.Key{}, reconciler.Orphans(view, w.World.Drained(w.namespace)))
	aligned, held := w.align(ctx, spec.Key{}, reconciler.Abandoned(view))
	if still+held > 0 {
		wakeAt = w.Now().Add(retryAfter)
	}
	return reopened+aligned > 0, wakeAt
}

// step observes, decides, saves and acts on one plan. What was just seen of it
// need not be observed again.
func (w *worker) step(ctx context.Context, plan reconciler.Plan, view reconciler.View, rival string) (acted bool, wakeAt time.Time, err error) {
	ctx, cancel := finishing(ctx)
	defer cancel()
	observed, ok := view.Seen[plan.Key()]
	if !ok {
		if observed, err = w.observe(ctx, plan, view); err != nil {
			return false, time.Time{}, err
		}
	}
	observed.Contested = rival
	now := w.Now()
	decision := w.decide(plan, observed, now)
	if decision.Yields != "" {
		w.apply(ctx, plan.Key(), decision.Actions)
		return false, time.Time{}, notRecorded{errors.New(decision.Yields)}
	}
	saved, err := w.save(ctx, plan, observed, decision.Status)
	if errors.Is(err, reconciler.ErrStale) {
		return false, now.Add(retryAfter), nil
	}
	if err != nil {
		w.release(ctx, plan.Key(), decision)
		return false, time.Time{}, notRecorded{err}
	}
	if saved && w.Now().Sub(now) >= outdated {
		if decision, ok = w.renewed(plan, observed, decision.Status); !ok {
			return true, time.Time{}, nil
		}
	}
	switch {
	case !decision.Gone:
		delete(w.gone, plan.Key())
	case !saved && w.heard(plan.Key(), now): // its deletion wakes us
		return false, now.Add(retryAfter), w.remove(ctx, plan.Key())
	case !saved:
		return false, now.Add(retryAfter), nil
	}
	done, refused := w.apply(ctx, plan.Key(), decision.Actions)
	aligned, unaligned := w.align(ctx, plan.Key(), decision.Steps)
	if refused+unaligned > 0 {
		decision.WakeAt = reconciler.Earlier(decision.WakeAt, w.Now().Add(retryAfter))
	}
	return saved || done+aligned > 0, decision.WakeAt, nil
}

// decide decides by what was observed, and by what this process remembers of the pods. A
// record that only counts on waits for its turn.
func (w *worker) decide(plan reconciler.Plan, observed reconciler.Observed, now time.Time) reconciler.Decision {
	w.memory.Note(plan, observed, now)
	decision := reconciler.Decide(plan, observed, now)
	if due := w.saved[plan.Key()].Add(countsEvery); observed.Mirrored && observed.Status.CountsOn(decision.Status) && now.Before(due) {
		decision.WakeAt = reconciler.Earlier(decision.WakeAt, due)
		decision.Status = observed.Status
	}
	return decision
}

// renewed decides again where saving took long: a window may have closed meanwhile. It
// is not ok where that has more to say than was saved.
func (w *worker) renewed(plan reconciler.Plan, observed reconciler.Observed, saved reconciler.Status) (decision reconciler.Decision, ok bool) {
	observed.Status, observed.Mirrored = saved, true
	decision = reconciler.Decide(plan, observed, w.Now())
	return decision, decision.Status.Same(saved)
}

// release opens gates though the record cannot be written, which all else waits for: of
// pods that shall serve at once, of those that only drain once that has lasted.
func (w *worker) release(ctx context.Context, plan spec.Key, decision reconciler.Decision) {
	open := slices.DeleteFunc(slices.Clone(decision.Actions), func(a reconciler.Action) bool { return a.Verb != reconciler.Reopen })
	if since, stuck := w.since[plan]; stuck && w.Now().Sub(since) >= patience {
		open = append(open, decision.GiveBack...)
	}
	w.apply(ctx, plan, open)
}

// observe looks at a plan, and at what it holds elsewhere.
func (w *worker) observe(ctx context.Context, plan reconciler.Plan, view reconciler.View) (reconciler.Observed, error) {
	observed, err := w.World.Observe(ctx, plan)
	observed.Moved = view.Held.Of(plan.Key(), observed)
	observed.Inherit(plan, view.Claims)
	return observed, err
}

// save writes the record where it says something new, and tells the story.
func (w *worker) save(ctx context.Context, plan reconciler.Plan, observed reconciler.Observed, after reconciler.Status) (bool, error) {
	before := observed.Status
	if observed.Mirrored && before.Same(after) {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, writeTakes)
	defer cancel()
	if err := w.Archive.Save(ctx, plan, after); err != nil {
		return false, err
	}
	w.saved[plan.Key()] = w.Now()
	for _, turn := range reconciler.Turns(plan.Key(), before, after) {
		w.Audience.Turn(plan, turn)
	}
	return true, nil
}

func (w *worker) remove(ctx context.Context, plan spec.Key) error {
	ctx, cancel := context.WithTimeout(ctx, writeTakes)
	defer cancel()
	return w.Archive.Remove(ctx, plan)
}
