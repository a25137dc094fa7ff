package cluster

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	fcache "k8s.io/client-go/tools/cache/testing"

	"github.com/patchwave/patchwave/reconciler"
)

// Whatever happens to an object wakes the loop, its end included.
func TestEveryEventWakes(t *testing.T) {
	source := fcache.NewFakeControllerSource()
	r, woken := newReads("games", func() {}), make(chan struct{}, 10)
	r.informerOf("pods", &cache.ListWatch{
		ListWithContextFunc: func(_ context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return source.List(options)
		},
		WatchFuncWithContext: func(_ context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return source.Watch(options)
		},
	}, &corev1.Pod{}, slim)
	if err := r.start(t.Context(), func() { woken <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	p := pod("p", func(p *corev1.Pod) { p.ResourceVersion = "" })
	for _, event := range []struct {
		name string
		do   func()
	}{
		{"made", func() { source.Add(p) }},
		{"changed", func() { source.Modify(p) }},
		{"deleted", func() { source.Delete(p) }},
	} {
		event.do()
		select {
		case <-woken:
		case <-time.After(30 * time.Second):
			t.Fatalf("a pod that is %s wakes nobody", event.name)
		}
	}
}

// Nodes wake the loop when they come, go, or turn Ready or not, and by nothing else.
func TestNodesWake(t *testing.T) {
	woken := 0
	events := nodeEvents(func() { woken++ })
	ready, away := node("node-1", corev1.ConditionTrue), node("node-1", corev1.ConditionUnknown)
	for name, test := range map[string]struct {
		happens func()
		wakes   int
	}{
		"one comes":       {func() { events.OnAdd(ready, false) }, 1},
		"it turns away":   {func() { events.OnUpdate(ready, away) }, 1},
		"it comes back":   {func() { events.OnUpdate(away, ready) }, 1},
		"its heart beats": {func() { events.OnUpdate(ready, ready) }, 0},
		"it goes":         {func() { events.OnDelete(ready) }, 1},
	} {
		woken = 0
		if test.happens(); woken != test.wakes {
			t.Errorf("%s: woken %d times, want %d", name, woken, test.wakes)
		}
	}
}

// A write that is refused as stale takes nothing back of what an earlier one has shown:
// the informer may be older than both.
func TestOwnWritesOutlastAConflict(t *testing.T) {
	cached := pod("p", gates(ourGate), with(ourGate, "True"))
	c := showing(t, cached)
	asking(t, c, http.StatusOK, pod("p", version9))
	reopen := reconciler.Action{Verb: reconciler.Reopen, Pod: convert(cached, nil)}
	if err := c.Apply(t.Context(), "games", reopen); err != nil {
		t.Fatal(err)
	}
	asking(t, c, http.StatusConflict, refusing(http.StatusConflict, metav1.StatusReasonConflict))
	if err := c.Apply(t.Context(), "games", reopen); !errors.Is(err, reconciler.ErrStale) {
		t.Fatal(err)
	}
	if got := c.pods.newest(cached).ResourceVersion; got != "9" {
		t.Errorf("after the conflict the pod is observed at version %s, want our own write's", got)
	}
}
