package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/patchwave/patchwave/e2e/stage"
)

const gate = "patchwave.dev/InPlaceReady"

const deployment = `
apiVersion: v1
kind: Namespace
metadata: {name: NAMESPACE}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: lobby, namespace: NAMESPACE}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: lobby}}
  template:
    metadata: {labels: {app: lobby}}
    spec:
      readinessGates: [{conditionType: patchwave.dev/InPlaceReady}]
      containers:
        - {name: server, image: "registry.example.com/lobby:v1"}
`

// pods watches a namespace and notes for how long each pod is not Ready. It
// looks at both contenders in the same way, and is the bare loop's eyes as well.
type pods struct {
	namespace string

	mu       sync.Mutex
	latest   map[string]*corev1.Pod
	bells    map[string]chan struct{} // closed at the pod's next event
	downAt   map[string]time.Time
	outages  map[string]time.Duration
	began    time.Time // when the first pod changed
	lastBack time.Time // when a pod became Ready last
}

// deploy makes the Deployment and watches its pods.
func deploy(ctx context.Context, s *stage.Stage, namespace string) (*pods, error) {
	text := strings.NewReplacer("NAMESPACE", namespace, "REPLICAS", fmt.Sprint(*size)).Replace(deployment)
	if err := s.Apply(ctx, text); err != nil {
		return nil, err
	}
	p := &pods{namespace: namespace, latest: map[string]*corev1.Pod{}, bells: map[string]chan struct{}{}}
	p.reset()
	return p, p.watch(ctx, s.Kube)
}

func (p *pods) watch(ctx context.Context, kube kubernetes.Interface) error {
	informer := informers.NewSharedInformerFactoryWithOptions(kube, 0, informers.WithNamespace(p.namespace)).Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { p.saw(object.(*corev1.Pod)) },
		UpdateFunc: func(_, object any) { p.saw(object.(*corev1.Pod)) },
	})
	go informer.RunWithContext(ctx)
	return err
}

func (p *pods) saw(pod *corev1.Pod) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.began.IsZero() {
		p.began = now
	}
	p.latest[pod.Name] = pod
	if bell, ok := p.bells[pod.Name]; ok {
		close(bell)
		delete(p.bells, pod.Name)
	}
	since, down := p.downAt[pod.Name]
	switch {
	case !is(pod, corev1.PodReady) && !down:
		p.downAt[pod.Name] = now
	case is(pod, corev1.PodReady) && down:
		delete(p.downAt, pod.Name)
		p.outages[pod.Name] += now.Sub(since)
		p.lastBack = now
	}
}

// reset forgets what was noted, before a roll-out.
func (p *pods) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.downAt, p.outages = map[string]time.Time{}, map[string]time.Duration{}
	p.began, p.lastBack = time.Time{}, time.Time{}
}

// await waits until an event shows a pod as it shall be.
func (p *pods) await(ctx context.Context, name string, as func(*corev1.Pod) bool) (*corev1.Pod, error) {
	for {
		p.mu.Lock()
		pod, bell := p.latest[name], p.bells[name]
		if bell == nil {
			bell = make(chan struct{})
			p.bells[name] = bell
		}
		p.mu.Unlock()
		if as(pod) {
			return pod, nil
		}
		select {
		case <-bell:
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for pod %s: %w", name, ctx.Err())
		}
	}
}

// all waits until there are as many pods as wanted, each as it shall be.
func (p *pods) all(ctx context.Context, what string, as func(*corev1.Pod) bool) error {
	return stage.Until(ctx, fmt.Sprintf("%d pods %s", *size, what), func(context.Context) (bool, string) {
		count := 0
		for _, pod := range p.list() {
			if as(pod) {
				count++
			}
		}
		return count == *size, fmt.Sprint(count)
	})
}

func (p *pods) list() []*corev1.Pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []*corev1.Pod
	for _, pod := range p.latest {
		all = append(all, pod)
	}
	return all
}

func ready(pod *corev1.Pod) bool { return is(pod, corev1.PodReady) }

func is(pod *corev1.Pod, kind corev1.PodConditionType) bool {
	return condition(pod, kind).Status == corev1.ConditionTrue
}

func condition(pod *corev1.Pod, kind corev1.PodConditionType) corev1.PodCondition {
	for _, c := range pod.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return corev1.PodCondition{}
}
