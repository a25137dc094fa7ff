package cluster

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/patchwave/patchwave/reconciler"
)

// retryAfter is the wait before a refused gate is tried again.
const retryAfter = 5 * time.Second

// waitsForGate tells whether a pod declares our gate and has no such condition
// yet: until it has, the pod is not Ready.
func waitsForGate(pod *corev1.Pod) bool {
	kind := gateType(pod)
	if kind == "" || !ours(pod) {
		return false
	}
	_, set := condition(pod, corev1.PodConditionType(kind))
	return !set
}

// OpenGates opens the gate of each newborn pod, in one write, with or without
// a plan and whatever the state of Git, until the context ends.
func (c *Cluster) OpenGates(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case pod := <-c.newborn:
			c.openGate(ctx, pod)
		}
	}
}

// openGate opens one gate. A pod that moved on brings an event with its newer
// form; any other refusal is tried again.
func (c *Cluster) openGate(ctx context.Context, pod *corev1.Pod) {
	newest := c.pods.newest(pod)
	if !waitsForGate(newest) {
		return
	}
	err := stale(c.setGate(ctx, pod.Namespace, convert(newest, nil), corev1.ConditionTrue, nil))
	if err == nil || errors.Is(err, reconciler.ErrStale) {
		return
	}
	c.log.Warn("cannot open the readiness gate of a new pod; trying again", "pod", pod.Namespace+"/"+pod.Name, "error", err)
	time.AfterFunc(retryAfter, func() {
		select {
		case c.newborn <- pod:
		case <-ctx.Done():
		}
	})
}
