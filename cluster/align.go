package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

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
	switch step.Verb {
	case align.Label:
		pod := reconciler.Pod{Name: step.Pod.Name, UID: step.Pod.UID, ResourceVersion: step.Pod.ResourceVersion}
		return c.patch(ctx, namespace, pod, labelling(step))
	case align.Hold:
		for _, trial := range step.Trials {
			if err := c.trial(ctx, namespace, trial); err != nil {
				return fmt.Errorf("%s: %w", trial, err)
			}
		}
		if step.Mark.Revision != "" && step.Mark.Shape == "" {
			is, err := c.stored(edit{namespace: namespace, kind: step.Owner.Kind, name: step.Owner.Name})
			if err != nil {
				return err
			}
			step.Mark.Shape = shape(is)
		}
	}
	return c.edit(ctx, c.editOf(namespace, step))
}

// trial has the API server try a step that follows later: one that it denies would
// leave the owner held.
func (c *Cluster) trial(ctx context.Context, namespace string, step align.Step) error {
	if step.Verb != align.Label {
		return c.try(ctx, c.editOf(namespace, step))
	}
	body, err := json.Marshal(labelling(step))
	if err == nil {
		_, err = c.kube.CoreV1().Pods(namespace).Patch(ctx, step.Pod.Name, types.StrategicMergePatchType, body,
			metav1.PatchOptions{FieldManager: FieldManager, DryRun: []string{metav1.DryRunAll}})
	}
	return err
}

func labelling(step align.Step) object {
	return object{"metadata": object{
		"uid": step.Pod.UID, "resourceVersion": step.Pod.ResourceVersion, "labels": object{appsv1.ControllerRevisionHashLabelKey: step.Revision},
	}}
}

// editOf is what a step writes to an owner or to a ReplicaSet.
func (c *Cluster) editOf(namespace string, step align.Step) edit {
	o := step.Owner
	switch step.Verb {
	case align.Distinguish:
		apart := object{"template": object{"metadata": object{"annotations": object{distinctAnnotation: step.Set.ResourceVersion}}}}
		return ofSet(namespace, *step.Set, apart, nil)
	case align.Unmark:
		e := ofSet(namespace, *step.Set, nil, nil)
		e.metadata["annotations"] = object{alignAnnotation: nil}
		return e
	case align.Hold:
		e := c.ofOwner(namespace, o, &step.Mark, holding(o), nil)
		e.holds = len(step.Trials) > 0 // an alarm, or to hold again, has no time to be tried
		return e
	case align.SetTemplate:
		if step.Set != nil {
			return ofSet(namespace, *step.Set, object{}, step.Images)
		}
		return c.ofOwner(namespace, o, o.Mark, object{}, step.Images)
	case align.Release:
		return c.ofOwner(namespace, o, &step.Mark, releasing(step), step.Images)
	}
	return c.ofOwner(namespace, o, nil, nil, nil) // Clear
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

// releasing gives an owner back as it was. A Deployment takes its template in the
// same write.
func releasing(step align.Step) object {
	if step.Owner.Kind == "Deployment" {
		return object{"paused": nil}
	}
	return object{"updateStrategy": givenBack(step)}
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
