package kubelet

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Terminate is the one turn that is no status: the pod is deleted for good.
const Terminate = "terminate"

// kill is the turn that a kubelet does nothing else in for the pod: it waits for the old programs' end.
const kill = "restart"

// Host is what a pod's status takes from the node and the moment.
type Host struct {
	Now       metav1.Time
	IP        string
	Addresses *Addresses
}

type turn struct {
	name  string
	due   func(*corev1.Pod) bool
	delay func(*corev1.Pod) time.Duration
	play  func(*corev1.Pod, Host)
}

// turns in their order: the first that is due wins. The slow ones come last, so that they hold nothing up.
var turns = []turn{
	{Terminate, over, after(30 * time.Millisecond), nil},
	{"start", unstarted, after(50 * time.Millisecond), start},
	{"observe", unobserved, after(20 * time.Millisecond), observe},
	{"end", terminating, endTime, end},
	{kill, some(outdated), killTime, restart},
	{"sync", readinessDiffers, after(0), observe},
	{"crash", some(crashing), crashTime, crash},
	{"back-off", some(crashedAgain), after(200 * time.Millisecond), backOff},
	{"ready", some(warmingUp), startTime, ready},
	{"complete", completing, after(time.Second), complete},
	{"pull-back-off", some(pullFailed), after(5 * time.Second), pullBackOff},
	{"relaunch", some(toRelaunch), crashDelay, relaunch},
}

// Turns names all turns.
func Turns() []string {
	names := make([]string, len(turns))
	for i, t := range turns {
		names[i] = t.name
	}
	return names
}

// Next names the turn that is due, or nothing.
func Next(pod *corev1.Pod) string { return next(pod).name }

// Delay is how long the turn that is due takes.
func Delay(pod *corev1.Pod) time.Duration {
	if t := next(pod); t.delay != nil {
		return t.delay(pod)
	}
	return 0
}

// Play makes the status patch of a turn.
func Play(name string, pod *corev1.Pod, host Host) ([]byte, error) {
	return play(name, pod, pod, host)
}

// play makes the turn that was begun for the pod as meant.
func play(name string, pod, meant *corev1.Pod, host Host) ([]byte, error) {
	for _, t := range turns {
		if t.name == name && t.play != nil {
			after := pod.DeepCopy()
			after.Spec, after.Generation = meant.Spec, meant.Generation
			t.play(after, host)
			return statusPatch(pod, after)
		}
	}
	return nil, fmt.Errorf("no turn %q gives a status", name)
}

func next(pod *corev1.Pod) turn {
	if finished(pod) && pod.DeletionTimestamp == nil {
		return turn{}
	}
	for _, t := range turns {
		if t.due(pod) {
			return t
		}
	}
	return turn{}
}

func after(d time.Duration) func(*corev1.Pod) time.Duration {
	return func(*corev1.Pod) time.Duration { return d }
}

func finished(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// over: nothing of a deleted pod runs any more, or ever has.
func over(pod *corev1.Pod) bool { return terminating(pod) && (finished(pod) || unstarted(pod)) }

func terminating(pod *corev1.Pod) bool { return pod.DeletionTimestamp != nil }
func unstarted(pod *corev1.Pod) bool   { return pod.Status.StartTime == nil }
func unobserved(pod *corev1.Pod) bool  { return pod.Status.ObservedGeneration != pod.Generation }

// completing stands for the end of a Job's program, which nothing else would bring about.
func completing(pod *corev1.Pod) bool {
	owner := metav1.GetControllerOf(pod)
	return owner != nil && owner.Kind == "Job" && pod.Status.Phase == corev1.PodRunning
}
