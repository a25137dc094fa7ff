package cluster

import (
	"context"
	"errors"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/workqueue"

	"github.com/patchwave/patchwave/reconciler"
)

// gateRetry is the longest time until a gate that could not be opened is tried again.
const gateRetry = 5 * time.Second

func newbornQueue() workqueue.TypedRateLimitingInterface[string] {
	return workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[string](gateRetry/50, gateRetry))
}

// waitsForGate reports whether a pod declares a gate of ours and has no such
// condition yet: until it has, the pod is not Ready. One that is drained is opened
// when it has been.
func waitsForGate(pod *corev1.Pod) bool {
	gate := gateOf(pod)
	_, set := condition(pod, corev1.PodConditionType(gate.Type))
	_, second := condition(pod, corev1.PodConditionType(gate.Second))
	switch {
	case gate.Type == "" || !ours(pod):
		return false
	case !set:
		return true
	}
	return gate.Second != "" && !second && !gate.Closed
}

// OpenGates opens the gate of each newborn pod, in one write, with or without
// a plan and whatever the state of Git, until the context ends.
func (c *Cluster) OpenGates(ctx context.Context) {
	defer context.AfterFunc(ctx, c.newborn.ShutDown)()
	for {
		key, stopped := c.newborn.Get()
		if stopped {
			return
		}
		switch err := c.openGate(ctx, key); {
		case errors.Is(err, errNotLed): // the namespace is closed, which is told elsewhere
			c.newborn.AddAfter(key, gateRetry)
		case err != nil && ctx.Err() == nil:
			c.log.Warn("cannot open the readiness gate of a new pod; trying again", "pod", key, "error", err)
			c.newborn.AddRateLimited(key)
		default:
			c.newborn.Forget(key)
		}
		c.newborn.Done(key)
	}
}

// openGate opens one gate. A pod that moved on brings an event with its newer form.
func (c *Cluster) openGate(ctx context.Context, key string) error {
	namespace, _, _ := strings.Cut(key, "/")
	stored, ok, err := c.namespaces[namespace].pods.GetStore().GetByKey(key)
	if err != nil || !ok {
		return err
	}
	pod := c.pods.newest(stored.(*corev1.Pod))
	if !waitsForGate(pod) {
		return nil
	}
	err = c.Apply(ctx, namespace, reconciler.Action{Verb: reconciler.Reopen, Pod: convert(pod, nil)})
	if errors.Is(err, reconciler.ErrStale) && !errors.Is(err, errNotLed) {
		return nil
	}
	return err
}
