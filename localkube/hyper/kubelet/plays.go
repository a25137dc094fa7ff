package kubelet

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// start makes all containers of a pod that has just been scheduled, ready at once, as without a probe, but for those
// whose program is slow.
func start(pod *corev1.Pod, host Host) {
	pod.Status.StartTime = &host.Now
	if host.IP != "" {
		pod.Status.HostIP, pod.Status.HostIPs = host.IP, []corev1.HostIP{{IP: host.IP}}
	}
	if ip := address(pod, host); ip != "" {
		pod.Status.PodIP, pod.Status.PodIPs = ip, []corev1.PodIP{{IP: ip}}
	}
	pod.Status.InitContainerStatuses = nil
	for _, c := range pod.Spec.InitContainers {
		pod.Status.InitContainerStatuses = append(pod.Status.InitContainerStatuses, startInit(pod, c, host.Now))
	}
	pod.Status.ContainerStatuses = nil
	for _, c := range pod.Spec.Containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, startContainer(pod, c, host.Now))
	}
	observe(pod, host)
}

func address(pod *corev1.Pod, host Host) string {
	if pod.Spec.HostNetwork {
		return host.IP
	}
	return host.Addresses.For(pod.UID)
}

func startContainer(pod *corev1.Pod, c corev1.Container, now metav1.Time) corev1.ContainerStatus {
	if missing(c.Image) {
		s := corev1.ContainerStatus{}
		failPull(c, &s, now)
		return s
	}
	s := launch(pod, c, corev1.ContainerStatus{}, now)
	s.Ready = !crashes(c.Image) && orders(c.Image).Start == 0
	return s
}

// startInit ends a plain init container at once; a native sidecar keeps running.
func startInit(pod *corev1.Pod, c corev1.Container, now metav1.Time) corev1.ContainerStatus {
	s := startContainer(pod, c, now)
	if isSidecar(c) || s.State.Running == nil {
		return s
	}
	started := false
	s.Started = &started
	s.State, s.LastTerminationState = ended(s, now, 0), corev1.ContainerState{}
	return s
}

// restart kills the containers whose image changed and makes them anew, or fails to.
func restart(pod *corev1.Pod, host Host) {
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, sidecar bool) {
		switch {
		case !outdated(c, *s):
		case missing(c.Image):
			failPull(c, s, host.Now)
		default:
			*s = launch(pod, c, *s, host.Now)
			s.Ready = sidecar && !crashes(c.Image) // the pod stays Ready while a sidecar restarts
		}
	})
	observe(pod, host)
}

func crash(pod *corev1.Pod, host Host) {
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		if crashing(c, *s) {
			finish(s, host.Now, crashed)
		}
	})
	observe(pod, host)
	if pod.Spec.RestartPolicy == corev1.RestartPolicyNever && !some(running)(pod) {
		pod.Status.Phase = corev1.PodFailed
	}
}

func backOff(pod *corev1.Pod, host Host) {
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		if crashedAgain(c, *s) {
			s.LastTerminationState = s.State
			wait(s, crashLoopBackOff, fmt.Sprintf("back-off restarting failed container=%s", c.Name))
		}
	})
	observe(pod, host)
}

func relaunch(pod *corev1.Pod, host Host) {
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		if toRelaunch(c, *s) {
			*s = launch(pod, c, *s, host.Now)
		}
	})
	observe(pod, host)
}

func ready(pod *corev1.Pod, host Host) {
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		s.Ready = s.Ready || warmingUp(c, *s)
	})
	observe(pod, host)
}

func pullBackOff(pod *corev1.Pod, host Host) {
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		if pullFailed(c, *s) {
			wait(s, imagePullBackOff, fmt.Sprintf("Back-off pulling image %q", failingImage(*s)))
		}
	})
	observe(pod, host)
}

func complete(pod *corev1.Pod, host Host) {
	each(pod, func(_ corev1.Container, s *corev1.ContainerStatus, _ bool) { finish(s, host.Now, 0) })
	observe(pod, host)
	pod.Status.Phase = corev1.PodSucceeded
}

// end is how the programs of a deleted pod end.
func end(pod *corev1.Pod, host Host) {
	phase := corev1.PodSucceeded
	each(pod, func(_ corev1.Container, s *corev1.ContainerStatus, sidecar bool) {
		finish(s, host.Now, exitCode(s.Image))
		if t := s.State.Terminated; !sidecar && (t == nil || t.ExitCode != 0) {
			phase = corev1.PodFailed
		}
	})
	observe(pod, host)
	pod.Status.Phase = phase
}

// finish ends a program that runs.
func finish(s *corev1.ContainerStatus, now metav1.Time, code int32) {
	if s.State.Running == nil {
		return
	}
	started := false
	s.State, s.Ready, s.Started = ended(*s, now, code), false, &started
}

// observe brings generation, phase and conditions in line with the containers and the gates.
func observe(pod *corev1.Pod, host Host) {
	pod.Status.ObservedGeneration = pod.Generation
	pod.Status.Phase = phase(pod)
	for _, c := range wantedConditions(pod) {
		setCondition(pod, c, host.Now)
	}
}

// phase is Pending until each container has run once.
func phase(pod *corev1.Pod) corev1.PodPhase {
	if some(func(_ corev1.Container, s corev1.ContainerStatus) bool { return s.ContainerID == "" })(pod) {
		return corev1.PodPending
	}
	return corev1.PodRunning
}
