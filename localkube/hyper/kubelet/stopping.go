package kubelet

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// killTime is how long a restart takes: a kubelet kills one container after the other, and starts after the last.
func killTime(pod *corev1.Pod) time.Duration {
	took := 230 * time.Millisecond
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		if outdated(c, *s) {
			took += stopTime(c, *s, grace(pod))
		}
	})
	return took
}

// endTime is how long a deleted pod takes to end: its containers are told to at the same time.
func endTime(pod *corev1.Pod) time.Duration {
	took := time.Duration(0)
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		took = max(took, stopTime(c, *s, grace(pod)))
	})
	return took + 50*time.Millisecond
}

// grace is what a deletion gives, else the spec, else Kubernetes.
func grace(pod *corev1.Pod) time.Duration {
	for _, seconds := range []*int64{pod.DeletionGracePeriodSeconds, pod.Spec.TerminationGracePeriodSeconds} {
		if seconds != nil {
			return time.Duration(*seconds) * time.Second
		}
	}
	return 30 * time.Second
}

// stopTime is how long a program serves on that was told to end.
func stopTime(c corev1.Container, s corev1.ContainerStatus, grace time.Duration) time.Duration {
	o := orders(s.Image)
	switch {
	case s.State.Running == nil:
		return 0
	case o.Deaf:
		return grace
	}
	return min(hookTime(c)+o.Stop, grace)
}

// hookTime is how long the hook before the end waits; one that runs a command takes no time here.
func hookTime(c corev1.Container) time.Duration {
	if c.Lifecycle == nil || c.Lifecycle.PreStop == nil || c.Lifecycle.PreStop.Sleep == nil {
		return 0
	}
	return time.Duration(c.Lifecycle.PreStop.Sleep.Seconds) * time.Second
}

// exitCode of a program that was told to end.
func exitCode(image string) int32 {
	if orders(image).Deaf {
		return killed
	}
	return 0
}
