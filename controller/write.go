package controller

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

const writesAtOnce = 32 // more only wait for the API server

// apply does the actions. One that is refused concerns its pod alone, and is
// remembered, so that it is not repeated at once.
func (w *worker) apply(ctx context.Context, plan spec.Key, actions []reconciler.Action) (done, refused int) {
	return write(ctx, w, plan, actions, w.World.Apply, w.memory.Acted)
}

// align does the steps.
func (w *worker) align(ctx context.Context, plan spec.Key, steps []align.Step) (done, refused int) {
	return write(ctx, w, plan, steps, w.World.Align, w.memory.Aligned)
}

// write does something with each side by side, notes what became of it, and waits
// for all.
func write[T fmt.Stringer](
	ctx context.Context, w *worker, plan spec.Key, all []T, do func(context.Context, string, T) error, note func(T, error, time.Time),
) (done, refused int) {
	var mu sync.Mutex
	atOnce(all, func(one T) {
		ctx, cancel := context.WithTimeout(ctx, writeTakes)
		defer cancel()
		err := do(ctx, w.namespace, one)
		mu.Lock()
		defer mu.Unlock()
		note(one, err, w.Now())
		switch {
		case err == nil:
			done++
			w.Log.Info(one.String(), "namespace", w.namespace, "plan", plan.Name)
		case !errors.Is(err, reconciler.ErrStale):
			refused++
			w.Log.Warn("a write was refused", "plan", plan, "action", one.String(), "error", err)
		}
	})
	return done, refused
}

// finishing lets the writes end that a stop finds under way.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(finishWritesIn, cancel) })
	return late, func() {
		stop()
		cancel()
	}
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
