package controller

import (
	"context"
	"errors"
	"sync"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

const writesAtOnce = 32 // more only wait for the API server

// apply does the actions side by side. One that is refused concerns its pod
// alone, and is remembered, so that it is not repeated at once.
func (w *worker) apply(ctx context.Context, plan reconciler.Plan, actions []reconciler.Action) (done, refused int) {
	var mu sync.Mutex
	atOnce(actions, func(action reconciler.Action) {
		err := w.World.Apply(ctx, w.namespace, action)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			done++
			w.memory.Accepted(action.Pod.UID)
			w.Log.Info(action.String(), "namespace", w.namespace, "plan", plan.Metadata.Name)
		case !errors.Is(err, reconciler.ErrStale):
			refused++
			w.memory.Refused(action, err.Error(), w.Now())
			if !errors.Is(err, reconciler.ErrDenied) {
				w.memory.Doubt(action.Pod.UID, w.Now())
			}
			w.Log.Warn("a write was refused", "plan", plan.Key(), "action", action.String(), "error", err)
		}
	})
	return done, refused
}

// align does the steps side by side.
func (w *worker) align(ctx context.Context, plan spec.Key, steps []align.Step) (done, refused int) {
	var mu sync.Mutex
	atOnce(steps, func(step align.Step) {
		err := w.World.Align(ctx, w.namespace, step)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			done++
			w.memory.Accepted(step.Owner.UID)
			w.Log.Info(step.String(), "namespace", w.namespace, "plan", plan.Name)
		case !errors.Is(err, reconciler.ErrStale):
			refused++
			w.memory.Unaligned(step, err.Error(), w.Now())
			w.Log.Warn("a write was refused", "plan", plan, "action", step.String(), "error", err)
		}
	})
	return done, refused
}

// atOnce does something with each, and waits for all.
func atOnce[T any](all []T, do func(T)) {
	var running sync.WaitGroup
	places := make(chan struct{}, writesAtOnce)
	for _, one := range all {
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			do(one)
		})
	}
	running.Wait()
}
