package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// object is a piece of a strategic merge patch.
type object = map[string]any

// Apply does one write to one pod. Each carries the UID and resourceVersion
// decided on, so a pod that moved on, or another of the same name, is refused.
func (c *Cluster) Apply(ctx context.Context, namespace string, action reconciler.Action) error {
	var err error
	switch action.Verb {
	case reconciler.Drain:
		action.Drain.Instance = c.instance
		err = c.setGate(ctx, namespace, action.Pod, corev1.ConditionFalse, action.Drain)
	case reconciler.Reopen:
		err = c.setGate(ctx, namespace, action.Pod, corev1.ConditionTrue, nil)
	case reconciler.Patch:
		err = c.setImages(ctx, namespace, action)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", action, stale(err))
	}
	return nil
}

// setGate writes the gate's condition and the note beside it in one patch; a
// nil mark removes the note.
func (c *Cluster) setGate(ctx context.Context, namespace string, pod reconciler.Pod, status corev1.ConditionStatus, mark any) error {
	reason := "InPlaceUpdate"
	if mark == nil {
		reason = "Serving"
	}
	note, err := annotation(mark)
	if err != nil {
		return err
	}
	return c.patch(ctx, namespace, pod, object{
		"metadata": guarded(pod, drainAnnotation, note),
		"status": object{"conditions": []object{{
			"type": pod.Gate.Type, "status": status, "reason": reason,
			"message": "set by patchwave", "lastTransitionTime": metav1.NewTime(c.Now()),
		}}},
	}, "status")
}

// setImages writes the images together with what the containers were before.
// The images of init containers stand in a list of their own.
func (c *Cluster) setImages(ctx context.Context, namespace string, action reconciler.Action) error {
	note, err := annotation(action.Marks)
	if err != nil {
		return err
	}
	wanted := object{}
	for _, image := range action.Images {
		list := "containers"
		if inInit(action.Pod, image) {
			list = "initContainers"
		}
		entries, _ := wanted[list].([]object)
		wanted[list] = append(entries, object{"name": image.Container, "image": image.Image})
	}
	return c.patch(ctx, namespace, action.Pod, object{"metadata": guarded(action.Pod, updateAnnotation, note), "spec": wanted})
}

func inInit(pod reconciler.Pod, image spec.Image) bool {
	return slices.ContainsFunc(pod.Containers, func(c reconciler.Container) bool {
		return c.Name == image.Container && (c.Init || c.Sidecar)
	})
}

// patch sends a strategic merge patch and keeps the pod it returns.
func (c *Cluster) patch(ctx context.Context, namespace string, pod reconciler.Pod, body object, subresource ...string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("writing a patch: %w", err)
	}
	written, err := c.kube.CoreV1().Pods(namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, text,
		metav1.PatchOptions{FieldManager: FieldManager}, subresource...)
	if err != nil {
		return err
	}
	c.pods.wrote(slimPod(written))
	return nil
}

// guarded is metadata that names the very pod decided on.
func guarded(pod reconciler.Pod, key string, note *string) object {
	return object{"uid": pod.UID, "resourceVersion": pod.ResourceVersion, "annotations": object{key: note}}
}

// annotation encodes a mark; nil means that the annotation is removed.
func annotation(mark any) (*string, error) {
	if mark == nil {
		return nil, nil
	}
	text, err := json.Marshal(mark)
	if err != nil {
		return nil, fmt.Errorf("writing an annotation: %w", err)
	}
	note := string(text)
	return &note, nil
}

// stale marks the refusals that only mean: look again, and those that are final.
// A patch with another UID is answered 422, field metadata.uid. After any other
// error, such as a lost answer, the write may have taken place.
func stale(err error) error {
	if err == nil {
		return nil
	}
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) || otherUID(err) {
		return fmt.Errorf("%w: %w", reconciler.ErrStale, err)
	}
	if apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsTooManyRequests(err) || apierrors.IsUnauthorized(err) {
		return fmt.Errorf("%w: %w", reconciler.ErrDenied, err)
	}
	return err
}

func otherUID(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || !apierrors.IsInvalid(err) || status.Status().Details == nil {
		return false
	}
	return slices.ContainsFunc(status.Status().Details.Causes, func(cause metav1.StatusCause) bool {
		return cause.Field == "metadata.uid"
	})
}
