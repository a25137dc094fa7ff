package kubelet

import (
	"encoding/json"
	"fmt"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// statusPatch says what changed, and no more. It names only conditions that are the kubelet's own, so that it can
// never undo a gate that was written meanwhile, and the UID, so that it cannot reach another pod of that name.
func statusPatch(before, after *corev1.Pod) ([]byte, error) {
	old, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&before.Status)
	if err != nil {
		return nil, fmt.Errorf("reading the status of pod %q: %w", before.Name, err)
	}
	status, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&after.Status)
	if err != nil {
		return nil, fmt.Errorf("reading the status of pod %q: %w", after.Name, err)
	}
	for key, value := range status {
		if reflect.DeepEqual(value, old[key]) {
			delete(status, key)
		}
	}
	if conditions := changedConditions(before, after); len(conditions) > 0 {
		status["conditions"] = conditions
	}
	return json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": before.UID},
		"status":   status,
	})
}

// changedConditions spells out an empty reason and message: merging would keep the old ones.
func changedConditions(before, after *corev1.Pod) []map[string]any {
	var changed []map[string]any
	for _, c := range after.Status.Conditions {
		if old := conditionOf(before, c.Type); old != nil && reflect.DeepEqual(*old, c) {
			continue
		}
		changed = append(changed, map[string]any{
			"type":               c.Type,
			"status":             c.Status,
			"observedGeneration": c.ObservedGeneration,
			"lastTransitionTime": c.LastTransitionTime,
			"reason":             orNull(c.Reason),
			"message":            orNull(c.Message),
		})
	}
	return changed
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
