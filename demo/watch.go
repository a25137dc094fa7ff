package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"github.com/patchwave/patchwave/e2e/stage"
	"github.com/patchwave/patchwave/reconciler"
)

// watcher tells what happens to the pods and to patchwave's record, as the API
// server has it.
type watcher struct {
	*screen
	stop   context.CancelFunc
	mu     sync.Mutex
	record reconciler.Status  // the newest seen
	drifts []reconciler.Drift // all that were in it
}

func watch(ctx context.Context, s *stage.Stage, out *screen) (*watcher, error) {
	w := &watcher{screen: out}
	pods := informers.NewSharedInformerFactoryWithOptions(s.Kube, 0, informers.WithNamespace(s.Namespace))
	if _, err := pods.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(before, after any) { w.pod(before.(*corev1.Pod), after.(*corev1.Pod)) },
		DeleteFunc: func(object any) { w.gone(ctx, object) },
	}); err != nil {
		return nil, fmt.Errorf("watching the pods: %w", err)
	}
	upgrades := schema.GroupVersionResource{Group: "patchwave.dev", Version: "v1alpha1", Resource: "upgrades"}
	records := dynamicinformer.NewFilteredDynamicSharedInformerFactory(s.Dynamic, 0, s.Namespace, nil)
	if _, err := records.ForResource(upgrades).Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    w.upgrade,
		UpdateFunc: func(_, after any) { w.upgrade(after) },
	}); err != nil {
		return nil, fmt.Errorf("watching the records: %w", err)
	}
	pods.Start(ctx.Done())
	records.Start(ctx.Done())
	pods.WaitForCacheSync(ctx.Done())
	records.WaitForCacheSync(ctx.Done())
	return w, context.Cause(ctx)
}

func (w *watcher) pod(before, after *corev1.Pod) {
	for _, turn := range podTurns(before, after) {
		w.tell("pod", after.Name+"  "+turn)
	}
}

// gone would be the end of a pod that should have been kept.
func (w *watcher) gone(ctx context.Context, object any) {
	if pod, ok := object.(*corev1.Pod); ok && ctx.Err() == nil {
		w.tell("pod", pod.Name+"  was deleted")
	}
}

func (w *watcher) upgrade(object any) {
	status, err := statusOf(object.(*unstructured.Unstructured))
	if err != nil {
		w.tell("record", err.Error())
		return
	}
	w.mu.Lock()
	before := w.record
	w.record = status
	w.drifts = append(w.drifts, status.Drift...)
	w.mu.Unlock()
	for _, turn := range recordTurns(before, status) {
		w.tell("record", turn)
	}
}

// statusOf reads a record as patchwave wrote it.
func statusOf(record *unstructured.Unstructured) (reconciler.Status, error) {
	var read struct{ Status reconciler.Status }
	text, err := record.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil {
		return reconciler.Status{}, fmt.Errorf("reading record %q: %w", record.GetName(), err)
	}
	return read.Status, nil
}

// drifted tells whether the record said that somebody has changed a pod.
func (w *watcher) drifted(pod, writer string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.drifts, func(d reconciler.Drift) bool { return d.Pod == pod && d.Writer == writer })
}

// newest is the record as it was seen last.
func (w *watcher) newest() reconciler.Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.record
}
