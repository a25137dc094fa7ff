package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// distinctAnnotation in the template of an old ReplicaSet makes it another one
// than the Deployment's. Its value is new each time: `kubectl rollout undo` copies
// the annotation into the Deployment's template.
const distinctAnnotation = "patchwave.dev/distinct"

// Align does one write of an alignment, guarded by the UID and resourceVersion
// decided on.
func (c *Cluster) Align(ctx context.Context, namespace string, step align.Step) error {
	if err := c.step(ctx, namespace, step); err != nil {
		return fmt.Errorf("%s: %w", step, stale(err))
	}
	return nil
}

func (c *Cluster) step(ctx context.Context, namespace string, step align.Step) error {
	o := step.Owner
	switch step.Verb {
	case align.Distinguish:
		return c.patchSet(ctx, namespace, *step.Set, object{"template": object{"metadata": object{"annotations": object{distinctAnnotation: step.Set.ResourceVersion}}}})
	case align.Hold:
		return c.patchOwner(ctx, namespace, o, &step.Mark, holding(o))
	case align.SetTemplate:
		return c.setTemplate(ctx, namespace, step)
	case align.Label:
		pod := reconciler.Pod{Name: step.Pod.Name, UID: step.Pod.UID, ResourceVersion: step.Pod.ResourceVersion}
		return c.patch(ctx, namespace, pod, object{"metadata": object{
			"uid": pod.UID, "resourceVersion": pod.ResourceVersion, "labels": object{appsv1.ControllerRevisionHashLabelKey: step.Revision},
		}})
	case align.Release:
		body, err := c.releasing(namespace, step)
		if err != nil {
			return err
		}
		return c.patchOwner(ctx, namespace, o, &step.Mark, body)
	case align.Clear:
		return c.patchOwner(ctx, namespace, o, nil, nil)
	}
	return fmt.Errorf("no such step: %q", step.Verb)
}

// holding is the spec that keeps a controller from rolling out. OnDelete would
// lose a StatefulSet's partition, which validation forbids beside it.
func holding(o align.Owner) object {
	switch o.Kind {
	case "Deployment":
		return object{"paused": true}
	case "StatefulSet":
		return object{"updateStrategy": object{"type": "RollingUpdate", "rollingUpdate": object{"partition": align.HoldAt}}}
	}
	return object{"updateStrategy": object{"type": "OnDelete", "rollingUpdate": nil}}
}

// releasing is the spec that gives an owner back as it was. A Deployment takes
// its template in the same write.
func (c *Cluster) releasing(namespace string, step align.Step) (object, error) {
	if step.Owner.Kind == "Deployment" {
		body := object{"paused": nil}
		if len(step.Images) > 0 {
			template, err := c.template(namespace, step.Owner.Kind, step.Owner.Name, step.Images)
			if err != nil {
				return nil, err
			}
			body["template"] = template
		}
		return body, nil
	}
	var strategy object
	if err := json.Unmarshal([]byte(step.Mark.Strategy), &strategy); err != nil || strategy["type"] == nil {
		strategy = object{"type": "RollingUpdate"} // the annotation was edited; this is the API's default
	}
	if _, rolls := strategy["rollingUpdate"]; !rolls { // OnDelete is not valid beside our partition
		strategy["rollingUpdate"] = nil
	}
	return object{"updateStrategy": strategy}, nil
}

func (c *Cluster) setTemplate(ctx context.Context, namespace string, step align.Step) error {
	kind, name := step.Owner.Kind, step.Owner.Name
	if step.Set != nil {
		kind, name = "ReplicaSet", step.Set.Name
	}
	template, err := c.template(namespace, kind, name, step.Images)
	if err != nil {
		return err
	}
	if step.Set != nil {
		return c.patchSet(ctx, namespace, *step.Set, object{"template": template})
	}
	return c.patchOwner(ctx, namespace, step.Owner, step.Owner.Mark, object{"template": template})
}

// template is a patch of the images, each in the list where the template has its
// container; what it has not is injected into the pods by others.
func (c *Cluster) template(namespace, kind, name string, images []spec.Image) (object, error) {
	stored, ok, err := c.namespaces[namespace].informer(kind).GetStore().GetByKey(namespace + "/" + name)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: %s %s is not there any more", reconciler.ErrStale, kind, name)
	}
	workload, _ := asWorkload(c.owners.newest(stored.(metav1.Object)))
	body := object{}
	for list, containers := range map[string][]corev1.Container{
		"initContainers": workload.template.Spec.InitContainers, "containers": workload.template.Spec.Containers,
	} {
		if entries := renamed(containers, images); len(entries) > 0 {
			body[list] = entries
		}
	}
	return object{"spec": body}, nil
}

func renamed(containers []corev1.Container, images []spec.Image) (entries []object) {
	for _, c := range containers {
		for _, image := range images {
			if image.Container == c.Name {
				entries = append(entries, object{"name": c.Name, "image": image.Image})
			}
		}
	}
	return entries
}

func (c *Cluster) patchSet(ctx context.Context, namespace string, set align.Set, body object) error {
	return c.send(ctx, namespace, "ReplicaSet", set.Name, object{
		"metadata": object{"uid": set.UID, "resourceVersion": set.ResourceVersion}, "spec": body,
	})
}

// patchOwner writes an owner's spec together with the annotation; no mark
// removes it.
func (c *Cluster) patchOwner(ctx context.Context, namespace string, o align.Owner, mark *align.Mark, body object) error {
	var note *string
	if mark != nil {
		text := text(mark)
		note = &text
	}
	patch := object{"metadata": object{"uid": o.UID, "resourceVersion": o.ResourceVersion, "annotations": object{alignAnnotation: note}}}
	if body != nil {
		patch["spec"] = body
	}
	return c.send(ctx, namespace, o.Kind, o.Name, patch)
}

// send writes a strategic merge patch and keeps the workload that it returns.
func (c *Cluster) send(ctx context.Context, namespace, kind, name string, body object) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("writing a patch: %w", err)
	}
	var written metav1.Object
	apps, options := c.kube.AppsV1(), metav1.PatchOptions{FieldManager: FieldManager}
	switch kind {
	case "Deployment":
		written, err = apps.Deployments(namespace).Patch(ctx, name, types.StrategicMergePatchType, encoded, options)
	case "ReplicaSet":
		written, err = apps.ReplicaSets(namespace).Patch(ctx, name, types.StrategicMergePatchType, encoded, options)
	case "StatefulSet":
		written, err = apps.StatefulSets(namespace).Patch(ctx, name, types.StrategicMergePatchType, encoded, options)
	case "DaemonSet":
		written, err = apps.DaemonSets(namespace).Patch(ctx, name, types.StrategicMergePatchType, encoded, options)
	}
	if err != nil {
		return err
	}
	if _, err := slim(written); err != nil {
		return err
	}
	c.owners.wrote(written)
	return nil
}
