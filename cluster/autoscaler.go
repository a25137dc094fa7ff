package cluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
)

const (
	// scaleDownWindow is what HPAScalingRules says of a scaleDown without
	// stabilizationWindowSeconds.
	scaleDownWindow = 300
	// advising is how long an answer is waited for that only gives advice.
	advising = 5 * time.Second
)

// Autoscalers are the HorizontalPodAutoscalers of the plan's workloads that count Ready
// pods alone. The API server is asked for them anew each time. Where we may not read them,
// or it does not serve them, there are none.
func (c *Cluster) Autoscalers(ctx context.Context, plan reconciler.Plan, observed reconciler.Observed) ([]reconciler.Autoscaler, error) {
	namespace, owners := plan.Metadata.Namespace, observed.Owners
	if len(owners) == 0 {
		return nil, nil // bare pods are not scaled
	}
	ctx, cancel := context.WithTimeout(ctx, advising)
	defer cancel()
	list, err := c.kube.AutoscalingV2().HorizontalPodAutoscalers(namespace).List(ctx, metav1.ListOptions{})
	switch {
	case denied(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading horizontalpodautoscalers in namespace %s: %w", namespace, err)
	}
	var found []reconciler.Autoscaler
	for i := range list.Items {
		hpa := &list.Items[i]
		at := slices.IndexFunc(owners, func(owner align.Owner) bool { return scales(hpa, owner) })
		if at >= 0 && shrinks(hpa) && slices.ContainsFunc(hpa.Spec.Metrics, countsReady) {
			found = append(found, reconciler.Autoscaler{Name: hpa.Name, Owner: owners[at], Least: least(hpa), Window: window(hpa)})
		}
	}
	return found, nil
}

// scales reports whether the workload is what the autoscaler scales. It goes by group and
// kind, whatever the version.
func scales(hpa *autoscalingv2.HorizontalPodAutoscaler, owner align.Owner) bool {
	target := hpa.Spec.ScaleTargetRef
	version, err := schema.ParseGroupVersion(target.APIVersion)
	return err == nil && version.Group == "apps" && target.Kind == owner.Kind && target.Name == owner.Name
}

// shrinks reports whether the autoscaler ever scales down.
func shrinks(hpa *autoscalingv2.HorizontalPodAutoscaler) bool {
	rules := scaleDown(hpa)
	return rules.SelectPolicy == nil || *rules.SelectPolicy != autoscalingv2.DisabledPolicySelect
}

func window(hpa *autoscalingv2.HorizontalPodAutoscaler) time.Duration {
	seconds := int32(scaleDownWindow)
	if own := scaleDown(hpa).StabilizationWindowSeconds; own != nil {
		seconds = *own
	}
	return time.Duration(seconds) * time.Second
}

func scaleDown(hpa *autoscalingv2.HorizontalPodAutoscaler) autoscalingv2.HPAScalingRules {
	if hpa.Spec.Behavior == nil || hpa.Spec.Behavior.ScaleDown == nil {
		return autoscalingv2.HPAScalingRules{}
	}
	return *hpa.Spec.Behavior.ScaleDown
}

// least is minReplicas, 1 by default.
func least(hpa *autoscalingv2.HorizontalPodAutoscaler) int {
	if hpa.Spec.MinReplicas == nil {
		return 1
	}
	return int(*hpa.Spec.MinReplicas)
}

// countsReady reports whether a metric is multiplied with the number of Ready pods. For an
// object's the controller goes by the target's type, for an external one by what is set.
// The other kinds of metrics have no target of type Value.
func countsReady(metric autoscalingv2.MetricSpec) bool {
	switch {
	case metric.Type == autoscalingv2.ObjectMetricSourceType && metric.Object != nil:
		target := metric.Object.Target
		return target.Type == autoscalingv2.ValueMetricType && target.Value != nil
	case metric.Type == autoscalingv2.ExternalMetricSourceType && metric.External != nil:
		target := metric.External.Target
		return target.AverageValue == nil && target.Value != nil
	}
	return false
}
