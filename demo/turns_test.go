package main

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/patchwave/patchwave/reconciler"
)

// sight is a pod as it is seen at one time.
func sight(image string, gate, ready corev1.ConditionStatus, restarts int32, waits string) *corev1.Pod {
	pod := &corev1.Pod{}
	pod.Annotations = map[string]string{updateAnnotation: "{}"}
	pod.Spec.Containers = []corev1.Container{{Name: "server", Image: "lobby:" + image}}
	pod.Status.PodIP = "10.0.0.1"
	pod.Status.Conditions = []corev1.PodCondition{{Type: reconciler.GateType, Status: gate}, {Type: corev1.PodReady, Status: ready}}
	status := corev1.ContainerStatus{Name: "server", RestartCount: restarts}
	if waits != "" {
		status.State.Waiting = &corev1.ContainerStateWaiting{Reason: waits}
	}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{status}
	return pod
}

func TestPodTurns(t *testing.T) {
	const yes, no = corev1.ConditionTrue, corev1.ConditionFalse
	newborn := sight("1", yes, yes, 0, "")
	newborn.Annotations = nil
	stranger := sight("2", yes, yes, 1, "")
	stranger.UID = "another"
	for _, test := range []struct {
		name          string
		before, after *corev1.Pod
		want          []string
	}{
		{"nothing", sight("1", yes, yes, 0, ""), sight("1", yes, yes, 0, ""), nil},
		{"drained", sight("1", yes, yes, 0, ""), sight("1", no, yes, 0, ""), []string{"drained: its readiness gate is closed"}},
		{"patched", sight("1", no, no, 0, ""), sight("2", no, no, 0, ""), []string{"patched: 1 → 2"}},
		{"waits", sight("2", no, no, 0, ""), sight("2", no, no, 0, "ErrImagePull"), []string{"container server waits: ErrImagePull"}},
		{"waits on", sight("2", no, no, 0, "ErrImagePull"), sight("2", no, no, 0, "ErrImagePull"), nil},
		{"open", sight("2", yes, no, 1, ""), sight("2", yes, yes, 1, ""), []string{"open again on 2: the same pod, IP 10.0.0.1, restarts: 1"}},
		{"open, another", sight("2", yes, no, 1, ""), stranger, []string{"open again on 2: but it is another pod"}},
		{"born", sight("1", no, no, 0, ""), newborn, nil},
	} {
		if got := podTurns(test.before, test.after); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestRecordTurns(t *testing.T) {
	record := func(digest string, result reconciler.Result, finished int) reconciler.Status {
		return reconciler.Status{
			Attempt: reconciler.Attempt{Try: reconciler.Try{Digest: digest}, Result: result, Message: "all well"},
			Wave:    reconciler.Wave{Finished: finished, Of: 3}, Pods: reconciler.Counts{Shown: "2/6"},
		}
	}
	halted := record("b", reconciler.Halted, 0)
	halted.Attempt.Failure = &reconciler.Failure{Pod: "x", Reason: "ErrImagePull"}
	for _, test := range []struct {
		name          string
		before, after reconciler.Status
		want          []string
	}{
		{"begun", record("a", reconciler.Completed, 3), record("b", reconciler.Progressing, 0), nil},
		{"a wave", record("b", reconciler.Progressing, 0), record("b", reconciler.Progressing, 1), []string{"wave 1 of 3 finished, 2/6 pods updated"}},
		{"two waves", record("a", reconciler.Halted, 0), record("b", reconciler.Progressing, 2), []string{"waves 1 to 2 of 3 finished, 2/6 pods updated"}},
		{"the end", record("b", reconciler.Progressing, 3), record("b", reconciler.Completed, 3), []string{"Completed: all well"}},
		{"halted", record("b", reconciler.Progressing, 0), halted, []string{"Halted by pod x: ErrImagePull"}},
		{"again", halted, halted, nil},
	} {
		if got := recordTurns(test.before, test.after); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
