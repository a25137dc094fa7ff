package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/patchwave/patchwave/align"
)

// Adopt hands a record to another instance, as it was read: everything in it stays.
func (c *Connection) Adopt(ctx context.Context, upgrade Upgrade, instance string) error {
	err := c.merge(ctx, upgrade, object{
		"metadata": object{"uid": upgrade.UID, "resourceVersion": upgrade.ResourceVersion}, "spec": object{"instance": instance},
	})
	if err != nil {
		return fmt.Errorf("handing over %s/%s: %w", upgrade.Namespace, upgrade.Name, err)
	}
	return nil
}

// Holds names what the record's instance still holds for the plan: pods that it has
// drained, and workloads whose template it aligns. Their annotations carry the instance,
// and no other takes them up. It reads them from the API server.
func (c *Connection) Holds(ctx context.Context, upgrade Upgrade) ([]string, error) {
	var held []string
	for _, resource := range []string{"pods", "deployments", "statefulsets", "daemonsets"} {
		group := "apps"
		if resource == "pods" {
			group = ""
		}
		listed, err := c.dynamic.Resource(schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource}).Namespace(upgrade.Namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("seeing that nothing is under way: reading %s: %w", resource, err)
		}
		for i := range listed.Items {
			if upgrade.holds(listed.Items[i].GetAnnotations()) {
				held = append(held, strings.TrimSuffix(resource, "s")+" "+listed.Items[i].GetName())
			}
		}
	}
	return held, nil
}

// holds reports whether a note on a pod or a workload is the record's instance's, of its
// plan.
func (u *Upgrade) holds(notes map[string]string) bool {
	is := func(plan, instance string) bool {
		return instance == u.Spec.Instance && plan == u.key().String()
	}
	if drain := drainMark(notes[drainAnnotation]); drain != nil && is(drain.Plan, drain.Instance) {
		return true
	}
	var mark align.Mark
	return json.Unmarshal([]byte(notes[alignAnnotation]), &mark) == nil && is(mark.Plan, mark.Instance)
}
