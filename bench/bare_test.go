package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/patchwave/patchwave/e2e/stage"
)

// inFlight is patchwave's own bound.
const inFlight = 64

// bare does the writes and nothing else: no budget, no record, no guard, no
// thought of a crash. Each of its workers takes one pod the whole way.
type bare struct {
	pods *pods
	kube kubernetes.Interface
}

func newBare(ctx context.Context, s *stage.Stage, kubeconfig, namespace string) (*bare, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.UserAgent = -1, "bare"
	b := &bare{}
	if b.kube, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	if b.pods, err = deploy(ctx, s, namespace); err != nil {
		return nil, err
	}
	born := func(pod *corev1.Pod) bool { return is(pod, corev1.ContainersReady) }
	if err := b.pods.all(ctx, "run", born); err != nil {
		return nil, err
	}
	return b, b.each(ctx, func(pod *corev1.Pod) error { return b.setGate(ctx, pod, corev1.ConditionTrue) })
}

func (b *bare) name() string   { return "bare" }
func (b *bare) watched() *pods { return b.pods }

func (b *bare) rollOut(ctx context.Context, w way, tag string) (time.Duration, error) {
	begin := time.Now()
	err := b.each(ctx, func(pod *corev1.Pod) error { return b.update(ctx, pod, w, tag) })
	return time.Since(begin), err
}

// each has the workers take the pods, one after the other.
func (b *bare) each(ctx context.Context, do func(*corev1.Pod) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan *corev1.Pod)
	var workers sync.WaitGroup
	for range inFlight {
		workers.Go(func() {
			for pod := range queue {
				if err := do(pod); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, pod := range b.pods.list() {
		queue <- pod
	}
	close(queue)
	workers.Wait()
	return context.Cause(ctx)
}

// update takes a pod to an image, with grace through its gate.
func (b *bare) update(ctx context.Context, pod *corev1.Pod, w way, tag string) error {
	if w.grace > 0 {
		if err := b.drain(ctx, pod, w.grace); err != nil {
			return err
		}
	}
	if err := b.patch(ctx, pod, fmt.Sprintf(`{"spec":{"containers":[{"name":"server","image":%q}]}}`, image(tag))); err != nil {
		return err
	}
	if w.grace > 0 {
		if _, err := b.pods.await(ctx, pod.Name, func(now *corev1.Pod) bool { return restarted(pod, now, tag) }); err != nil {
			return err
		}
		if err := b.setGate(ctx, pod, corev1.ConditionTrue); err != nil {
			return err
		}
	}
	_, err := b.pods.await(ctx, pod.Name, func(now *corev1.Pod) bool { return restarted(pod, now, tag) && ready(now) })
	return err
}

// drain closes the gate and keeps the grace by patchwave's own law: conditions
// carry whole seconds, so a second more makes it never shorter.
func (b *bare) drain(ctx context.Context, pod *corev1.Pod, grace time.Duration) error {
	if err := b.setGate(ctx, pod, corev1.ConditionFalse); err != nil {
		return err
	}
	drained, err := b.pods.await(ctx, pod.Name, func(now *corev1.Pod) bool { return !ready(now) && !is(now, gate) })
	if err != nil {
		return err
	}
	due := time.Now()
	for _, kind := range []corev1.PodConditionType{gate, corev1.PodReady} {
		if at := condition(drained, kind).LastTransitionTime.Add(time.Second); at.After(due) {
			due = at
		}
	}
	time.Sleep(time.Until(due) + grace)
	return nil
}

// restarted tells whether another container than before runs the image.
func restarted(before, now *corev1.Pod, tag string) bool {
	was, is := before.Status.ContainerStatuses[0], now.Status.ContainerStatuses[0]
	return is.ContainerID != was.ContainerID && is.Image == image(tag) && is.Ready
}

func (b *bare) setGate(ctx context.Context, pod *corev1.Pod, status corev1.ConditionStatus) error {
	now := metav1.Now().UTC().Format(time.RFC3339)
	return b.patch(ctx, pod, fmt.Sprintf(`{"status":{"conditions":[{"type":%q,"status":%q,"lastTransitionTime":%q}]}}`, gate, status, now), "status")
}

func (b *bare) patch(ctx context.Context, pod *corev1.Pod, body string, subresource ...string) error {
	_, err := b.kube.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, []byte(body), metav1.PatchOptions{}, subresource...)
	return err
}

func image(tag string) string { return "registry.example.com/lobby:" + tag }
