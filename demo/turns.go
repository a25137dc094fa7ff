package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/patchwave/patchwave/reconciler"
)

// updateAnnotation is what patchwave's patch leaves on a pod.
const updateAnnotation = "patchwave.dev/update"

// podTurns are the steps of an upgrade that lie between two sights of a pod.
func podTurns(before, after *corev1.Pod) []string {
	var turns []string
	old, now := rowOf(before), rowOf(after)
	if isTrue(before, reconciler.GateType) && !isTrue(after, reconciler.GateType) {
		turns = append(turns, "drained: its readiness gate is closed")
	}
	if old.Image != now.Image {
		turns = append(turns, fmt.Sprintf("patched: %s → %s", tagOf(old.Image), tagOf(now.Image)))
	}
	if reason := waiting(after); reason != "" && reason != waiting(before) {
		turns = append(turns, reason)
	}
	if _, upgraded := after.Annotations[updateAnnotation]; upgraded && !old.Ready && now.Ready {
		turns = append(turns, "open again on "+tagOf(now.Image)+": "+known(old, now))
	}
	return turns
}

// known says that a pod is the one it was.
func known(old, now row) string {
	if old.UID != now.UID || old.IP != now.IP {
		return "but it is another pod"
	}
	return fmt.Sprintf("the same pod, IP %s, restarts: %d", now.IP, now.Restarts)
}

// waiting is what the pod's containers wait for, if any does.
func waiting(pod *corev1.Pod) string {
	for _, status := range pod.Status.ContainerStatuses {
		if state := status.State.Waiting; state != nil {
			return "container " + status.Name + " waits: " + state.Reason
		}
	}
	return ""
}

// recordTurns are the steps that lie between two sights of patchwave's record.
func recordTurns(before, after reconciler.Status) []string {
	if before.Attempt.Digest != after.Attempt.Digest {
		before = reconciler.Status{}
	}
	var turns []string
	if from, to := before.Wave.Finished+1, after.Wave.Finished; from <= to {
		turns = append(turns, fmt.Sprintf("%s of %d finished, %s pods updated", waves(from, to), after.Wave.Of, after.Pods.Shown))
	}
	if len(before.Drift) == 0 && len(after.Drift) > 0 {
		turns = append(turns, "Drifted: "+after.Drift[0].String())
	}
	result := after.Attempt.Result
	switch {
	case result == before.Attempt.Result || result == reconciler.Progressing:
	case after.Attempt.Failure != nil:
		turns = append(turns, fmt.Sprintf("%s by pod %s: %s", result, after.Attempt.Failure.Pod, after.Attempt.Failure.Reason))
	default:
		turns = append(turns, fmt.Sprintf("%s: %s", result, after.Attempt.Message))
	}
	return turns
}

func waves(from, to int) string {
	if from == to {
		return fmt.Sprintf("wave %d", from)
	}
	return fmt.Sprintf("waves %d to %d", from, to)
}
