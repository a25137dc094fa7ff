package reconciler

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/patchwave/patchwave/spec"
)

const (
	retryAfter     = 5 * time.Second // after a write or a look that failed
	writesAtOnce   = 32              // more only wait for the API server
	finishWritesIn = 5 * time.Second // a stop lets writes under way end; less than a Lease outlives its holder
)

// worker serves one namespace.
type worker struct {
	*Loop
	namespace string
	wake      chan struct{}
	sightings sightings
}

func (w *worker) run(ctx context.Context) {
	for ctx.Err() == nil {
		again, wakeAt := w.pass(ctx)
		if again {
			continue
		}
		timer := time.NewTimer(time.Hour)
		if !wakeAt.IsZero() {
			timer.Reset(wakeAt.Sub(w.Now()))
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
	plans := slices.DeleteFunc(InForce(w.known(), w.Archive.Records()), func(p Plan) bool {
		return p.Metadata.Namespace != w.namespace
	})
	rivals := w.rivals(ctx, plans)
	for _, plan := range plans {
		if ctx.Err() != nil {
			break
		}
		acted, wake, err := w.step(context.WithoutCancel(ctx), plan, rivals[plan.Key()])
		if err != nil {
			w.Log.Warn("plan not looked at; trying again", "plan", plan.Key(), "error", err)
			wake = w.Now().Add(retryAfter)
		}
		again = again || acted
		wakeAt = earlier(wakeAt, wake)
	}
	if again {
		w.changed()
	}
	return again, wakeAt
}

// rivals says of each plan which other one claims what it claims. A plan that
// cannot be observed is told of when its turn comes.
func (w *worker) rivals(ctx context.Context, plans []Plan) map[spec.Key]string {
	pods := map[spec.Key][]Pod{}
	for _, plan := range plans {
		if observed, err := w.World.Observe(ctx, plan); err == nil {
			pods[plan.Key()] = observed.Pods
		}
	}
	return contested(plans, pods)
}

// step observes, decides, saves and acts on one plan.
func (w *worker) step(ctx context.Context, plan Plan, rival string) (acted bool, wakeAt time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, finishWritesIn)
	defer cancel()
	observed, err := w.World.Observe(ctx, plan)
	if err != nil {
		return false, time.Time{}, err
	}
	observed.Contested = rival
	now := w.Now()
	w.sightings.note(observed.Pods, now)
	decision := Decide(plan, observed, now)
	saved, err := w.save(ctx, plan, observed, decision.Status)
	if errors.Is(err, ErrStale) {
		return false, now.Add(retryAfter), nil
	}
	if err != nil {
		return false, time.Time{}, err
	}
	if decision.Gone && !saved { // its end is told first
		return true, time.Time{}, w.Archive.Remove(ctx, plan.Key())
	}
	done, failed := w.apply(ctx, plan, decision.Actions)
	if failed > 0 {
		decision.WakeAt = earlier(decision.WakeAt, w.Now().Add(retryAfter))
	}
	return saved || done > 0, decision.WakeAt, nil
}

// save writes the record where it says something new, and tells the story.
func (w *worker) save(ctx context.Context, plan Plan, observed Observed, after Status) (bool, error) {
	before := observed.Status
	if observed.Mirrored && before.same(after) {
		return false, nil
	}
	if err := w.Archive.Save(ctx, plan, after); err != nil {
		return false, err
	}
	for _, turn := range Turns(before, after) {
		w.Audience.Turn(plan, turn)
	}
	return true, nil
}

// apply does the actions side by side; one that fails concerns its pod alone.
func (w *worker) apply(ctx context.Context, plan Plan, actions []Action) (done, failed int) {
	var mu sync.Mutex
	var writes sync.WaitGroup
	places := make(chan struct{}, writesAtOnce)
	for _, action := range actions {
		places <- struct{}{}
		writes.Go(func() {
			err := w.World.Apply(ctx, plan, action)
			<-places
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
				w.Log.Info(action.String(), "plan", plan.Key())
			case !errors.Is(err, ErrStale):
				failed++
				w.Log.Warn("write refused; trying again", "plan", plan.Key(), "action", action.String(), "error", err)
			}
		})
	}
	writes.Wait()
	return done, failed
}
