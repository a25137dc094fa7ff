package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
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
		apart := object{"template": object{"metadata": object{"annotations": object{distinctAnnotation: step.Set.ResourceVersion}}}}
		return c.edit(ctx, ofSet(namespace, *step.Set, apart, nil))
	case align.Hold:
		return c.hold(ctx, namespace, step)
	case align.SetTemplate:
		if step.Set != nil {
			return c.edit(ctx, ofSet(namespace, *step.Set, object{}, step.Images))
		}
		return c.edit(ctx, c.ofOwner(namespace, o, o.Mark, object{}, step.Images))
	case align.Label:
		pod := reconciler.Pod{Name: step.Pod.Name, UID: step.Pod.UID, ResourceVersion: step.Pod.ResourceVersion}
		return c.patch(ctx, namespace, pod, object{"metadata": object{
			"uid": pod.UID, "resourceVersion": pod.ResourceVersion, "labels": object{appsv1.ControllerRevisionHashLabelKey: step.Revision},
		}})
	case align.Release:
		return c.release(ctx, namespace, step)
	case align.Clear:
		return c.edit(ctx, c.ofOwner(namespace, o, nil, nil, nil))
	}
	return fmt.Errorf("no such step: %q", step.Verb)
}

// hold has the API server try what it leads to, before anything is written: a
// policy that denies that would leave the owner held.
func (c *Cluster) hold(ctx context.Context, namespace string, step align.Step) error {
	if len(step.Images) > 0 {
		if err := c.try(ctx, c.ofOwner(namespace, step.Owner, &step.Mark, holding(step.Owner), step.Images)); err != nil {
			return err
		}
	}
	if step.Set != nil {
		if err := c.try(ctx, ofSet(namespace, *step.Set, object{}, step.Images)); err != nil {
			return err
		}
	}
	return c.edit(ctx, c.ofOwner(namespace, step.Owner, &step.Mark, holding(step.Owner), nil))
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

// release gives an owner back as it was. A Deployment takes its template in the
// same write.
func (c *Cluster) release(ctx context.Context, namespace string, step align.Step) error {
	if step.Owner.Kind == "Deployment" {
		return c.edit(ctx, c.ofOwner(namespace, step.Owner, &step.Mark, object{"paused": nil}, step.Images))
	}
	return c.edit(ctx, c.ofOwner(namespace, step.Owner, &step.Mark, object{"updateStrategy": givenBack(step)}, nil))
}

// strategy is the part of an updateStrategy that a hold takes away.
type strategy struct {
	Type          string `json:"type"`
	RollingUpdate object `json:"rollingUpdate"`
}

// givenBack undoes a hold, and nothing that somebody has written beside it.
func givenBack(step align.Step) object {
	var before, is strategy
	_ = json.Unmarshal([]byte(step.Owner.Strategy), &is)
	if json.Unmarshal([]byte(step.Mark.Strategy), &before) != nil || before.Type == "" {
		before = strategy{Type: "RollingUpdate"} // the annotation was edited; this is the API's default
	}
	rolling := before.RollingUpdate
	switch {
	case before.Type != "RollingUpdate": // OnDelete is not valid beside our partition
		return object{"type": before.Type, "rollingUpdate": nil}
	case step.Owner.Kind == "StatefulSet":
		return object{"type": before.Type, "rollingUpdate": object{"partition": rolling["partition"]}}
	case is.RollingUpdate != nil:
		rolling = is.RollingUpdate
	}
	return object{"type": before.Type, "rollingUpdate": rolling}
}
