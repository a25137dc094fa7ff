package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/controller"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// simWorld is a cluster with kubelets that take two seconds for a restart, and
// with the records. It outlives the processes that work on it.
type simWorld struct {
	mu      sync.Mutex
	pods    map[string][]*reconciler.Pod // by Deployment
	records map[spec.Key]reconciler.Record
	wake    func(namespace string)
	sealed  error // why no record can be saved
}

func newSimWorld() *simWorld {
	return &simWorld{pods: map[string][]*reconciler.Pod{}, records: map[spec.Key]reconciler.Record{}, wake: func(string) {}}
}

// wakes has a process woken by what happens here.
func (w *simWorld) wakes(loop *controller.Loop) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wake = loop.Wake
}

// seal says from now on why no record can be saved, nil where it can.
func (w *simWorld) seal(why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sealed = why
}

// deploy runs pods of a Deployment on image v1.
func (w *simWorld) deploy(name string, replicas int) {
	since := time.Now().Add(-time.Hour)
	for i := range replicas {
		w.pods[name] = append(w.pods[name], &reconciler.Pod{
			Name: fmt.Sprintf("%s-%d", name, i), UID: fmt.Sprintf("uid-%s-%d", name, i), Node: fmt.Sprintf("node-%d", i%3), NodeReady: true, Begun: since,
			NodeSince: since, Ready: reconciler.Condition{True: true, Since: since}, ContainersReady: true,
			Containers: []reconciler.Container{upOn("app:v1", since)},
		})
	}
}

func upOn(image string, since time.Time) reconciler.Container {
	return reconciler.Container{
		Name: "server", Image: image, RunningImage: image, ID: fmt.Sprintf("containerd://%s-%d", image, since.UnixNano()), Running: true, StartedAt: since,
	}
}

func (w *simWorld) Observe(_ context.Context, plan reconciler.Plan) (reconciler.Observed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var observed reconciler.Observed
	pods, exists := w.pods[plan.Spec.Target.Name]
	if !exists {
		observed.Missing = "Deployment " + plan.Spec.Target.Name + " does not exist"
	}
	for _, pod := range pods {
		seen := *pod
		seen.Containers = slices.Clone(pod.Containers)
		observed.Pods = append(observed.Pods, seen)
	}
	record := w.records[plan.Key()]
	observed.Status = record.Status
	observed.Mirrored = record.Digest == plan.Digest && record.Source == plan.Source
	return observed, nil
}

func (w *simWorld) Autoscalers(context.Context, reconciler.Plan, reconciler.Observed) ([]reconciler.Autoscaler, error) {
	return nil, nil
}

func (w *simWorld) Closed(string) error { return nil }

func (w *simWorld) Drained(string) []reconciler.Pod { return nil }

func (w *simWorld) Held(string) reconciler.Held { return reconciler.Held{} }

func (w *simWorld) Align(context.Context, string, align.Step) error { return nil }

// Apply patches a pod, and its kubelet restarts the container. A tag that
// begins with "bad" nobody has pushed.
func (w *simWorld) Apply(_ context.Context, namespace string, action reconciler.Action) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, pod := range slices.Concat(w.all()...) {
		if pod.UID != action.Pod.UID || action.Verb != reconciler.Patch {
			continue
		}
		pod.Marks, pod.Generation = action.Marks, pod.Generation+1
		pod.Ready, pod.ContainersReady = reconciler.Condition{Since: time.Now()}, false
		pod.Containers[0].Image = action.Images[0].Image
		time.AfterFunc(2*time.Second, func() { w.restart(namespace, pod) })
	}
	return nil
}

func (w *simWorld) all() [][]*reconciler.Pod {
	var all [][]*reconciler.Pod
	for _, pods := range w.pods {
		all = append(all, pods)
	}
	return all
}

func (w *simWorld) restart(namespace string, pod *reconciler.Pod) {
	w.mu.Lock()
	image, now := pod.Containers[0].Image, time.Now()
	pod.ObservedGeneration = pod.Generation
	if strings.Contains(image, ":bad") {
		pod.Containers[0].Running, pod.Containers[0].Waiting, pod.Containers[0].Message = false, "ImagePullBackOff", "no such tag: "+image
	} else {
		pod.Containers[0] = upOn(image, now)
		pod.Ready, pod.ContainersReady = reconciler.Condition{True: true, Since: now}, true
	}
	wake := w.wake
	w.mu.Unlock()
	wake(namespace)
}

func (w *simWorld) Records() []reconciler.Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	var records []reconciler.Record
	for _, record := range w.records {
		records = append(records, record)
	}
	return records
}

func (w *simWorld) Save(_ context.Context, plan reconciler.Plan, status reconciler.Status) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sealed != nil {
		return w.sealed
	}
	w.records[plan.Key()] = reconciler.Record{Source: plan.Source, Digest: plan.Digest, Plan: plan.Plan, Status: status}
	return nil
}

func (w *simWorld) Remove(_ context.Context, key spec.Key) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.records, key)
	return nil
}
