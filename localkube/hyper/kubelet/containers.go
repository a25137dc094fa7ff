package kubelet

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Waiting reasons a kubelet gives.
const (
	errImagePull     = "ErrImagePull"
	imagePullBackOff = "ImagePullBackOff"
	crashLoopBackOff = "CrashLoopBackOff"
)

// Exit codes of a program that crashed, and of one that had to be killed.
const (
	crashed = 1
	killed  = 137
)

// question asks something of a container and its status.
type question func(corev1.Container, corev1.ContainerStatus) bool

// some asks all containers that are kept running: the pod's own and the native sidecars.
func some(ask question) func(*corev1.Pod) bool {
	return func(pod *corev1.Pod) bool {
		found := false
		each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) { found = found || ask(c, *s) })
		return found
	}
}

// each visits the containers that are kept running. Plain init containers have had their day.
func each(pod *corev1.Pod, visit func(c corev1.Container, s *corev1.ContainerStatus, sidecar bool)) {
	for _, c := range pod.Spec.InitContainers {
		if s := statusOf(pod.Status.InitContainerStatuses, c.Name); s != nil && isSidecar(c) {
			visit(c, s, true)
		}
	}
	for _, c := range pod.Spec.Containers {
		if s := statusOf(pod.Status.ContainerStatuses, c.Name); s != nil {
			visit(c, s, false)
		}
	}
}

func statusOf(statuses []corev1.ContainerStatus, name string) *corev1.ContainerStatus {
	for i := range statuses {
		if statuses[i].Name == name {
			return &statuses[i]
		}
	}
	return nil
}

func isSidecar(c corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// outdated: the container was not made for the image of the spec, and that is not what its failing pull is about. Its
// status may name another tag of the same image, so it is the ID that tells.
func outdated(c corev1.Container, s corev1.ContainerStatus) bool {
	if image := failingImage(s); image != "" {
		return image != c.Image
	}
	return !strings.HasSuffix(s.ContainerID, imprint(c.Image))
}

func running(_ corev1.Container, s corev1.ContainerStatus) bool { return s.State.Running != nil }

func crashing(c corev1.Container, s corev1.ContainerStatus) bool {
	return s.State.Running != nil && crashes(c.Image)
}

func warmingUp(c corev1.Container, s corev1.ContainerStatus) bool {
	return s.State.Running != nil && !s.Ready && !crashes(c.Image)
}

func pullFailed(_ corev1.Container, s corev1.ContainerStatus) bool { return waits(s, errImagePull) }
func backingOff(_ corev1.Container, s corev1.ContainerStatus) bool { return waits(s, crashLoopBackOff) }

// toRelaunch: after a first crash at once, later after a wait.
func toRelaunch(c corev1.Container, s corev1.ContainerStatus) bool {
	return crashedOnce(c, s) || backingOff(c, s)
}

// crashedOnce is followed by a restart at once, crashedAgain by a wait.
func crashedOnce(_ corev1.Container, s corev1.ContainerStatus) bool {
	return failed(s.State) && !failed(s.LastTerminationState)
}

func crashedAgain(_ corev1.Container, s corev1.ContainerStatus) bool {
	return failed(s.State) && failed(s.LastTerminationState)
}

func failed(state corev1.ContainerState) bool {
	return state.Terminated != nil && state.Terminated.ExitCode == crashed
}

func waits(s corev1.ContainerStatus, reason string) bool {
	return s.State.Waiting != nil && s.State.Waiting.Reason == reason
}

// launch is the status of a container that has just been made, in the place of the one before.
func launch(pod *corev1.Pod, c corev1.Container, before corev1.ContainerStatus, now metav1.Time) corev1.ContainerStatus {
	restarts := before.RestartCount
	if before.ContainerID != "" {
		restarts++
	}
	started := true
	image := c.Image
	if before.ImageID == imageID(image) {
		image = before.Image // of two tags, containerd names the one it has known longer
	}
	return corev1.ContainerStatus{
		Name:                 c.Name,
		Image:                image,
		ImageID:              imageID(c.Image),
		ContainerID:          containerID(pod, c, restarts),
		RestartCount:         restarts,
		Started:              &started,
		State:                corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		LastTerminationState: ended(before, now, exitCode(before.Image)),
	}
}

// failPull leaves image and IDs as they were: the kubelet kills before it pulls, and has nothing new to tell.
func failPull(c corev1.Container, s *corev1.ContainerStatus, now metav1.Time) {
	s.Name = c.Name
	if s.ContainerID == "" {
		s.Image = c.Image
	}
	s.LastTerminationState = ended(*s, now, exitCode(s.Image))
	wait(s, errImagePull, fmt.Sprintf("failed to pull image %q: not found", c.Image))
}

func wait(s *corev1.ContainerStatus, reason, message string) {
	started := false
	s.Ready, s.Started = false, &started
	s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

// ended is the last state of a container that is replaced or down: how its program ended, if it ran until now.
func ended(s corev1.ContainerStatus, now metav1.Time, code int32) corev1.ContainerState {
	if s.State.Terminated != nil {
		return s.State
	}
	if s.State.Running == nil {
		return s.LastTerminationState
	}
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, StartedAt: s.State.Running.StartedAt, FinishedAt: now, ContainerID: s.ContainerID,
	}}
}

// containerID needs no memory to be new at each start, and tells which image it was made for.
func containerID(pod *corev1.Pod, c corev1.Container, restarts int32) string {
	start := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", pod.UID, c.Name, restarts))
	return fmt.Sprintf("containerd://%x%s", start[:16], imprint(c.Image))
}

func imprint(image string) string {
	sum := sha256.Sum256([]byte(image))
	return fmt.Sprintf("%x", sum[:16])
}

// crashTime is how long the crashing programs run.
func crashTime(pod *corev1.Pod) time.Duration {
	return longest(pod, crashing, func(c corev1.Container) time.Duration { return orders(c.Image).Crash })
}

// startTime is how long the programs take to be ready, in which a probe's second is counted.
func startTime(pod *corev1.Pod) time.Duration {
	return time.Second + longest(pod, warmingUp, func(c corev1.Container) time.Duration { return orders(c.Image).Start })
}

func longest(pod *corev1.Pod, which question, span func(corev1.Container) time.Duration) time.Duration {
	found := time.Duration(0)
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		if which(c, *s) {
			found = max(found, span(c))
		}
	})
	return found
}

// crashDelay is the kubelet's: 10 s from the second crash on, doubled up to five minutes.
func crashDelay(pod *corev1.Pod) time.Duration {
	delay := 50 * time.Millisecond
	each(pod, func(c corev1.Container, s *corev1.ContainerStatus, _ bool) {
		if backingOff(c, *s) {
			delay = min(10*time.Second<<min(max(s.RestartCount-2, 0), 5), 5*time.Minute)
		}
	})
	return delay
}
