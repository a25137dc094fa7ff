package kubelet

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// wantedConditions are the kubelet's own conditions as containers and gates would have them now.
func wantedConditions(pod *corev1.Pod) []corev1.PodCondition {
	containers := containersReady(pod)
	return []corev1.PodCondition{
		{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue},
		{Type: corev1.PodInitialized, Status: corev1.ConditionTrue},
		containers,
		podReady(pod, containers),
	}
}

func containersReady(pod *corev1.Pod) corev1.PodCondition {
	condition := corev1.PodCondition{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}
	var unready []string
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		if !s.Ready {
			unready = append(unready, c.Name)
		}
	})
	if len(unready) > 0 {
		condition.Status, condition.Reason = corev1.ConditionFalse, "ContainersNotReady"
		condition.Message = fmt.Sprintf("containers with unready status: [%s]", strings.Join(unready, " "))
	}
	return condition
}

// podReady is ContainersReady and every gate. A gate without a condition is a closed gate.
func podReady(pod *corev1.Pod, containers corev1.PodCondition) corev1.PodCondition {
	condition := containers
	condition.Type = corev1.PodReady
	if condition.Status != corev1.ConditionTrue {
		return condition
	}
	if closed := closedGates(pod); len(closed) > 0 {
		condition.Status, condition.Reason = corev1.ConditionFalse, "ReadinessGatesNotReady"
		condition.Message = strings.Join(closed, ", ")
	}
	return condition
}

func closedGates(pod *corev1.Pod) []string {
	var closed []string
	for _, gate := range pod.Spec.ReadinessGates {
		switch c := conditionOf(pod, gate.ConditionType); {
		case c == nil:
			closed = append(closed, fmt.Sprintf("readiness gate %q has no condition", gate.ConditionType))
		case c.Status != corev1.ConditionTrue:
			closed = append(closed, fmt.Sprintf("readiness gate %q is %q", gate.ConditionType, c.Status))
		}
	}
	return closed
}

// readinessDiffers: a gate was opened or closed since.
func readinessDiffers(pod *corev1.Pod) bool {
	for _, wanted := range wantedConditions(pod) {
		if c := conditionOf(pod, wanted.Type); c == nil || c.Status != wanted.Status {
			return true
		}
	}
	return false
}

func conditionOf(pod *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == kind {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}

// setCondition moves the transition time only with the status.
func setCondition(pod *corev1.Pod, wanted corev1.PodCondition, now metav1.Time) {
	wanted.ObservedGeneration = pod.Generation
	wanted.LastTransitionTime = now
	old := conditionOf(pod, wanted.Type)
	if old == nil {
		pod.Status.Conditions = append(pod.Status.Conditions, wanted)
		return
	}
	if old.Status == wanted.Status {
		wanted.LastTransitionTime = old.LastTransitionTime
	}
	*old = wanted
}
