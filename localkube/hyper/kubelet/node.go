package kubelet

import (
	"encoding/json"
	"runtime"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/version"
)

// Registered tells whether the node's Ready condition was ever written. A False one is left alone, so that a test
// can make a node fail by writing its status.
func Registered(node *corev1.Node) bool {
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return true
		}
	}
	return false
}

// Register is the status patch that makes a new node Ready.
func Register(node *corev1.Node, now metav1.Time) ([]byte, error) {
	room := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("256"),
		corev1.ResourceMemory: resource.MustParse("1Ti"),
		corev1.ResourcePods:   resource.MustParse("500"),
	}
	return json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": node.UID},
		"status": corev1.NodeStatus{
			Capacity:    room,
			Allocatable: room,
			Conditions:  nodeConditions(now),
			NodeInfo: corev1.NodeSystemInfo{
				KubeletVersion:          version.Get().GitVersion,
				ContainerRuntimeVersion: "containerd://simulated",
				OperatingSystem:         runtime.GOOS,
				Architecture:            runtime.GOARCH,
			},
		},
	})
}

func nodeConditions(now metav1.Time) []corev1.NodeCondition {
	kinds := []corev1.NodeConditionType{corev1.NodeReady, corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure}
	conditions := make([]corev1.NodeCondition, len(kinds))
	for i, kind := range kinds {
		status := corev1.ConditionFalse
		if kind == corev1.NodeReady {
			status = corev1.ConditionTrue
		}
		conditions[i] = corev1.NodeCondition{
			Type: kind, Status: status, Reason: "Simulated", LastHeartbeatTime: now, LastTransitionTime: now,
		}
	}
	return conditions
}
