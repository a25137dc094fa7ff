package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

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
	body, subresource, err := PatchOf(action, c.instance, c.Now())
	if err == nil {
		err = c.patch(ctx, namespace, action.Pod, body, subresource...)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", action, stale(err))
	}
	return nil
}

// PatchOf is the strategic merge patch that carries out an action on its pod, or on
// the pod's subresource where one is named. The instance goes into the note of a
// drain, the time into the condition of a gate.
func PatchOf(action reconciler.Action, instance string, now time.Time) (body map[string]any, subresource []string, err error) {
	switch action.Verb {
	case reconciler.Drain:
		action.Drain.Instance = instance
		body, err = gatePatch(action.Pod, corev1.ConditionFalse, action.Drain, now)
		return body, []string{"status"}, err
	case reconciler.Reopen:
		body, err = gatePatch(action.Pod, corev1.ConditionTrue, nil, now)
		return body, []string{"status"}, err
	case reconciler.Patch:
		body, err = imagePatch(action)
		return body, nil, err
	}
	return nil, nil, fmt.Errorf("no write is known for the verb %q", action.Verb)
}

// gatePatch writes the gate's condition and the note beside it in one patch; a
// nil mark removes the note. A pod is drained by one gate, and opened by all of ours.
func gatePatch(pod reconciler.Pod, status corev1.ConditionStatus, mark any, now time.Time) (object, error) {
	reason := "InPlaceUpdate"
	if mark == nil {
		reason = "Serving"
	}
	var conditions []object
	for _, kind := range []string{pod.Gate.Type, pod.Gate.Second} {
		if kind == pod.Gate.Type || kind != "" && status == corev1.ConditionTrue {
			conditions = append(conditions, object{
				"type": kind, "status": status, "reason": reason,
				"message": "set by patchwave", "lastTransitionTime": metav1.NewTime(now),
			})
		}
	}
	note, err := annotation(mark)
	return object{
		"metadata": guarded(pod, drainAnnotation, note),
		"status":   object{"conditions": conditions},
	}, err
}

// imagePatch writes the images together with what the containers were before. It
// names the containers in the order of the pod: a strategic merge brings the pod's
// list into the order of the patch's, and the API server refuses a pod whose
// containers change places. Init containers stand in a list of their own.
func imagePatch(action reconciler.Action) (object, error) {
	note, err := annotation(action.Marks)
	wanted := map[string][]object{}
	for _, c := range action.Pod.Containers {
		if image, ok := spec.ImageFor(action.Images, c.Name); ok {
			list := listOf(c)
			wanted[list] = append(wanted[list], object{"name": c.Name, "image": image})
		}
	}
	return object{"metadata": guarded(action.Pod, updateAnnotation, note), "spec": wanted}, err
}

// listOf is the list of a pod's spec in which a container stands.
func listOf(c reconciler.Container) string {
	if c.Init || c.Sidecar {
		return "initContainers"
	}
	return "containers"
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

// stale marks the refusals that only mean: look again, and those that are final. A
// write that was not sent, as this process did not lead, is of the first kind.
// A patch with another UID is answered 422, field metadata.uid. After any other
// error, such as a lost answer, the write may have taken place.
func stale(err error) error {
	if err == nil {
		return nil
	}
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) || otherUID(err) || errors.Is(err, errNotLed) {
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
