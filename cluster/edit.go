package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// edit is a strategic merge patch of a workload.
type edit struct {
	namespace, kind, name string
	metadata, spec        object
	images                []spec.Image // for its template, where it has the container; others are injected into the pods
	mark                  *string      // the annotation, where it is written
	holds                 bool         // it keeps the controller from rolling out
}

func ofSet(namespace string, set align.Set, body object, images []spec.Image) edit {
	return edit{namespace, "ReplicaSet", set.Name, object{"uid": set.UID, "resourceVersion": set.ResourceVersion}, body, images, nil, false}
}

// ofOwner writes the annotation with the rest; no mark removes it. An alarm is sent
// whatever else has changed: the controller writes its status all the time.
func (c *Cluster) ofOwner(namespace string, o align.Owner, mark *align.Mark, body object, images []spec.Image) edit {
	var note *string
	if mark != nil {
		own := *mark
		own.Instance = c.instance
		text := text(own)
		note = &text
	}
	metadata := object{"uid": o.UID, "resourceVersion": o.ResourceVersion, "annotations": object{alignAnnotation: note}}
	if mark != nil && mark.Alarm != "" {
		delete(metadata, "resourceVersion")
	}
	return edit{namespace, o.Kind, o.Name, metadata, body, images, note, false}
}

// edit sends one, and keeps the workload that it returns. What admission might make
// harm of is tried before.
func (c *Cluster) edit(ctx context.Context, e edit) error {
	if len(e.images) > 0 || e.holds {
		if err := c.try(ctx, e); err != nil {
			return err
		}
	}
	written, err := c.send(ctx, e)
	if err == nil {
		c.owners.wrote(written)
	}
	return err
}

// try sends an edit as a dry run. Where admission makes another template of it, to
// write it would have every pod replaced; without its mark nobody would end it.
func (c *Cluster) try(ctx context.Context, e edit) error {
	is, err := c.stored(e)
	if err != nil {
		return err
	}
	tried, err := c.send(ctx, e, metav1.DryRunAll)
	if err != nil {
		return err
	}
	would, _ := asWorkload(tried)
	const mend = "; exempt patchwave from that, or write template: Leave into the plan"
	for _, own := range would.images() {
		image, ok := spec.ImageFor(e.images, own.Container)
		if ok && image != own.Image {
			return fmt.Errorf("a webhook would make it image %s of container %s, and not %s"+mend, own.Image, own.Container, image)
		}
	}
	switch {
	case len(e.images) > 0 && is.differsIn(would, e.images):
		return fmt.Errorf("a webhook would change more of the template than its images, and all pods would be replaced" + mend)
	case e.mark != nil && (would.GetAnnotations()[alignAnnotation] != *e.mark || e.holds && !would.held()):
		return fmt.Errorf("a webhook would undo the hold or its annotation %s"+mend, alignAnnotation)
	}
	return nil
}

// send has the API server do an edit, or only try it.
func (c *Cluster) send(ctx context.Context, e edit, dryRun ...string) (written metav1.Object, err error) {
	body := object{"metadata": e.metadata}
	if e.spec != nil {
		body["spec"] = e.spec
	}
	if len(e.images) > 0 {
		if e.spec["template"], err = c.template(e); err != nil {
			return nil, err
		}
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("writing a patch: %w", err)
	}
	apps, options := c.kube.AppsV1(), metav1.PatchOptions{FieldManager: FieldManager, DryRun: dryRun}
	switch e.kind {
	case "Deployment":
		written, err = apps.Deployments(e.namespace).Patch(ctx, e.name, types.StrategicMergePatchType, encoded, options)
	case "ReplicaSet":
		written, err = apps.ReplicaSets(e.namespace).Patch(ctx, e.name, types.StrategicMergePatchType, encoded, options)
	case "StatefulSet":
		written, err = apps.StatefulSets(e.namespace).Patch(ctx, e.name, types.StrategicMergePatchType, encoded, options)
	case "DaemonSet":
		written, err = apps.DaemonSets(e.namespace).Patch(ctx, e.name, types.StrategicMergePatchType, encoded, options)
	}
	if err != nil {
		return nil, err
	}
	_, err = slim(written)
	return written, err
}

// stored is the workload of an edit as it was seen last.
func (c *Cluster) stored(e edit) (workload, error) {
	object, ok, err := c.namespaces[e.namespace].informer(e.kind).GetStore().GetByKey(e.namespace + "/" + e.name)
	if err != nil || !ok {
		return workload{}, fmt.Errorf("%w: %s %s is not there any more", reconciler.ErrStale, e.kind, e.name)
	}
	w, _ := asWorkload(c.owners.newest(object.(metav1.Object)))
	return w, nil
}

// template is a patch of the images, each in the list where the template has its
// container.
func (c *Cluster) template(e edit) (object, error) {
	is, err := c.stored(e)
	if err != nil {
		return nil, err
	}
	body := object{}
	for list, containers := range map[string][]corev1.Container{
		"initContainers": is.template.Spec.InitContainers, "containers": is.template.Spec.Containers,
	} {
		if entries := renamed(containers, e.images); len(entries) > 0 {
			body[list] = entries
		}
	}
	return object{"spec": body}, nil
}

func renamed(containers []corev1.Container, images []spec.Image) (entries []object) {
	for _, own := range containers {
		if image, ok := spec.ImageFor(images, own.Name); ok {
			entries = append(entries, object{"name": own.Name, "image": image})
		}
	}
	return entries
}
