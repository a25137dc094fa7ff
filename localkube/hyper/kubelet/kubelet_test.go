package kubelet

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// world is one pod and the API server's part in its life.
type world struct {
	t    *testing.T
	pod  *corev1.Pod
	host Host
	told []string // the turns played, in order
}

func newWorld(t *testing.T, images ...string) *world {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", UID: "u-1", Generation: 1}}
	pod.Status.Phase = corev1.PodPending
	for i, image := range images {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: fmt.Sprintf("c%d", i), Image: image})
	}
	host := Host{Now: metav1.NewTime(time.Unix(1000, 0)), IP: "10.64.0.2", Addresses: NewAddresses()}
	return &world{t: t, pod: pod, host: host}
}

// turn plays what is due, as the API server would merge it, and answers its name.
func (w *world) turn() string {
	w.t.Helper()
	name := Next(w.pod)
	if name == "" || name == Terminate {
		return name
	}
	w.merge(Play(name, w.pod, w.host))
	w.host.Now = metav1.NewTime(w.host.Now.Add(Delay(w.pod)))
	w.told = append(w.told, name)
	return name
}

// merge is what the API server does with a patch.
func (w *world) merge(patch []byte, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	before, _ := json.Marshal(w.pod)
	merged, err := strategicpatch.StrategicMergePatch(before, patch, corev1.Pod{})
	if err != nil {
		w.t.Fatalf("merging %s: %v", patch, err)
	}
	w.pod = &corev1.Pod{}
	if err := json.Unmarshal(merged, w.pod); err != nil {
		w.t.Fatal(err)
	}
}

// settle plays until nothing is due, or a turn that comes back for ever.
func (w *world) settle() string {
	w.t.Helper()
	w.told = nil
	for range 20 {
		if next := Next(w.pod); next == "" || next == Terminate || next == "relaunch" {
			break
		}
		w.turn()
	}
	return strings.Join(w.told, " ")
}

func (w *world) set(container int, image string) {
	w.pod.Spec.Containers[container].Image = image
	w.pod.Generation++
}

func (w *world) gate(status corev1.ConditionStatus) {
	setCondition(w.pod, corev1.PodCondition{Type: "g", Status: status}, w.host.Now)
}

func (w *world) status(container int) corev1.ContainerStatus {
	return w.pod.Status.ContainerStatuses[container]
}

func (w *world) ready() corev1.ConditionStatus { return conditionOf(w.pod, corev1.PodReady).Status }

func (w *world) expect(what string, got, want any) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestABornPodRunsAndIsReady(t *testing.T) {
	w := newWorld(t, "a:v1")
	w.expect("turns", w.settle(), "start")
	w.expect("ready", w.ready(), corev1.ConditionTrue)
	w.expect("address", w.pod.Status.PodIP, "10.128.0.1")
	w.expect("container ID's length", len(w.status(0).ContainerID), len("containerd://")+64)
}

func TestAnImagePatchRestartsThatContainerOnly(t *testing.T) {
	w := newWorld(t, "a:v1", "b:v1")
	w.settle()
	before, other, ip := w.status(0), w.status(1), w.pod.Status.PodIP
	w.set(0, "a:v2")
	w.expect("first", w.turn(), "observe")
	w.expect("seen", w.pod.Status.ObservedGeneration, int64(2))
	w.expect("still the old container", w.status(0).ContainerID, before.ContainerID)
	w.expect("then", w.turn(), "restart")
	w.expect("not ready", w.ready(), corev1.ConditionFalse)
	w.expect("at last", w.settle(), "ready")
	after := w.status(0)
	w.expect("image", after.Image, "a:v2")
	w.expect("restarts", after.RestartCount, int32(1))
	w.expect("new container", after.ContainerID != before.ContainerID, true)
	w.expect("how the old one ended", after.LastTerminationState.Terminated.Reason, "Completed")
	w.expect("which one ended", after.LastTerminationState.Terminated.ContainerID, before.ContainerID)
	w.expect("the other's container", w.status(1).ContainerID, other.ContainerID)
	w.expect("address", w.pod.Status.PodIP, ip)
	w.expect("ready", w.ready(), corev1.ConditionTrue)
	w.expect("no reason is left", conditionOf(w.pod, corev1.PodReady).Reason, "")
}

func TestReadyFollowsTheGates(t *testing.T) {
	w := newWorld(t, "a:v1")
	w.pod.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "g"}}
	w.settle()
	w.expect("without a condition", w.ready(), corev1.ConditionFalse)
	for _, status := range []corev1.ConditionStatus{corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionTrue} {
		w.gate(status)
		w.expect("turns", w.settle(), "sync")
		w.expect("ready", w.ready(), status)
	}
	w.set(0, "a:v2")
	w.settle()
	w.expect("the gate survives a restart", conditionOf(w.pod, "g").Status, corev1.ConditionTrue)
}

// A kubelet's patch is made from a pod that may have changed since: it must not carry what others own.
func TestAPatchNamesNoConditionOfOthers(t *testing.T) {
	w := newWorld(t, "a:v1")
	w.gate(corev1.ConditionFalse)
	patch, err := Play("start", w.pod, w.host)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(patch), `"type":"g"`) || !strings.Contains(string(patch), `"uid":"u-1"`) {
		t.Errorf("patch %s", patch)
	}
}

func TestAMissingTagKeepsTheOldStatusAndHealsForward(t *testing.T) {
	w := newWorld(t, "a:v1")
	w.settle()
	before := w.status(0)
	w.set(0, "a:bad-1")
	w.turn()
	w.turn()
	failed := w.status(0)
	w.expect("reason", failed.State.Waiting.Reason, errImagePull)
	w.expect("image", failed.Image, before.Image)
	w.expect("container", failed.ContainerID, before.ContainerID)
	w.expect("restarts", failed.RestartCount, int32(0))
	w.expect("phase", w.pod.Status.Phase, corev1.PodRunning)
	w.expect("later", w.settle(), "pull-back-off")
	w.set(0, "a:bad-2")
	w.expect("another missing tag", w.settle(), "observe restart pull-back-off")
	w.set(0, "a:v1")
	w.expect("back to the old tag", w.settle(), "observe restart ready")
	w.expect("restarts", w.status(0).RestartCount, int32(1))
	w.expect("new container", w.status(0).ContainerID != before.ContainerID, true)
}

func TestAPodBornWithAMissingTagIsPending(t *testing.T) {
	w := newWorld(t, "a:bad")
	w.settle()
	w.expect("phase", w.pod.Status.Phase, corev1.PodPending)
	w.set(0, "a:v1")
	w.settle()
	w.expect("phase", w.pod.Status.Phase, corev1.PodRunning)
	w.expect("restarts", w.status(0).RestartCount, int32(0))
}

func TestACrashingImageBacksOffAndComesAgain(t *testing.T) {
	w := newWorld(t, "a:v1")
	w.settle()
	w.set(0, "a:crash")
	w.expect("turns", w.settle(), "observe restart crash")
	w.expect("first", w.status(0).State.Terminated.ExitCode, int32(1))
	w.expect("how the one before ended", w.status(0).LastTerminationState.Terminated.ExitCode, int32(0))
	w.expect("again", w.turn(), "relaunch")
	w.expect("at once", w.settle(), "crash back-off")
	w.expect("reason", w.status(0).State.Waiting.Reason, crashLoopBackOff)
	w.expect("exit", w.status(0).LastTerminationState.Terminated.ExitCode, int32(1))
	w.expect("delay", Delay(w.pod), 10*time.Second)
	w.expect("next", w.turn(), "relaunch")
	w.expect("restarts", w.status(0).RestartCount, int32(3))
	w.settle()
	w.set(0, "a:v2")
	w.expect("forward", w.settle(), "observe restart ready")
}

func TestACrashIsTheEndOfAPodThatIsNotRestarted(t *testing.T) {
	w := newWorld(t, "a:v1")
	w.pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	w.settle()
	w.set(0, "a:v2-crash")
	w.expect("turns", w.settle(), "observe restart crash")
	w.expect("phase", w.pod.Status.Phase, corev1.PodFailed)
}

func TestASlowProgramIsReadyLateAtItsBirthToo(t *testing.T) {
	w := newWorld(t, "a:v1-start5s")
	w.turn()
	w.expect("ready", w.ready(), corev1.ConditionFalse)
	w.expect("delay", Delay(w.pod), 6*time.Second)
	w.expect("turns", w.settle(), "ready")
}

func TestInitContainers(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	w := newWorld(t, "a:v1")
	w.pod.Spec.InitContainers = []corev1.Container{{Name: "i", Image: "i:v1"}, {Name: "s", Image: "s:v1", RestartPolicy: &always}}
	w.settle()
	w.expect("plain", w.pod.Status.InitContainerStatuses[0].State.Terminated.Reason, "Completed")
	w.expect("sidecar runs", w.pod.Status.InitContainerStatuses[1].State.Running != nil, true)
	w.pod.Spec.InitContainers[0].Image, w.pod.Spec.InitContainers[1].Image = "i:v2", "s:v2"
	w.pod.Generation++
	w.expect("turns", w.settle(), "observe restart")
	w.expect("plain is left alone", w.pod.Status.InitContainerStatuses[0].Image, "i:v1")
	w.expect("sidecar is new", w.pod.Status.InitContainerStatuses[1].RestartCount, int32(1))
	w.expect("the pod stays ready", w.ready(), corev1.ConditionTrue)
}

func TestTerminatingAndFinishedPods(t *testing.T) {
	w := newWorld(t, "a:v1")
	yes := true
	w.pod.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", Controller: &yes}}
	w.expect("a job's pod", w.settle(), "start complete")
	w.expect("phase", w.pod.Status.Phase, corev1.PodSucceeded)
	w.set(0, "a:v2")
	w.expect("finished", Next(w.pod), "")
	w.pod.DeletionTimestamp = &w.host.Now
	w.expect("deleted", Next(w.pod), Terminate)
}

func TestADeletedPodsProgramsEndFirst(t *testing.T) {
	w := newWorld(t, "a:v1-stop3s", "b:v1")
	w.settle()
	w.pod.DeletionTimestamp, w.pod.Generation = &w.host.Now, 2
	w.expect("first", w.turn(), "observe")
	w.expect("ready meanwhile", w.ready(), corev1.ConditionTrue)
	w.expect("delay", Delay(w.pod), 3050*time.Millisecond)
	w.expect("then", w.turn(), "end")
	w.expect("phase", w.pod.Status.Phase, corev1.PodSucceeded)
	w.expect("ready", w.ready(), corev1.ConditionFalse)
	w.expect("at last", w.turn(), Terminate)
}

func TestProgramsStopOneAfterTheOther(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		grace int64
		want  time.Duration
	}{{"a:v1", "b:v1", 30, 0}, {"a:v1-stop3s", "b:v1-stop2s", 30, 5 * time.Second}, {"a:v1-stop9s", "b:v1-deaf", 4, 8 * time.Second}} {
		w := newWorld(t, c.a, c.b)
		w.pod.Spec.TerminationGracePeriodSeconds = &c.grace
		w.settle()
		w.set(0, "a:v2")
		w.set(1, "b:v2")
		w.turn()
		w.expect(c.a+" "+c.b, Delay(w.pod), 230*time.Millisecond+c.want)
	}
}

func TestAKilledProgramSaysSo(t *testing.T) {
	w := newWorld(t, "a:v1-deaf")
	w.settle()
	w.set(0, "a:v2-start5s")
	w.expect("turns", w.settle(), "observe restart ready")
	w.expect("exit", w.status(0).LastTerminationState.Terminated.ExitCode, int32(killed))
}

func TestAnotherTagOfTheSameImageIsARestart(t *testing.T) {
	w := newWorld(t, "a:v1")
	w.settle()
	before := w.status(0)
	w.set(0, "a:v1_again")
	w.expect("turns", w.settle(), "observe restart ready")
	w.expect("new container", w.status(0).ContainerID != before.ContainerID, true)
	w.expect("image", w.status(0).Image, "a:v1")
	w.expect("digest", w.status(0).ImageID, before.ImageID)
}

func TestTags(t *testing.T) {
	for image, want := range map[string]string{
		"a": "", "a:v1": "v1", "reg:5000/a": "", "reg:5000/a:bad-1": "bad-1", "a:v1@sha256:00": "v1", "a@sha256:00": "",
	} {
		if got := tag(image); got != want {
			t.Errorf("tag of %q: got %q, want %q", image, got, want)
		}
	}
	if got := imageID("a:v1@sha256:00"); got != "a@sha256:00" {
		t.Errorf("image ID %q", got)
	}
}

func TestAddressesAreNeverHandedOutTwice(t *testing.T) {
	pool := NewAddresses()
	pool.Taken("10.128.0.255")
	pool.Taken("10.128.0.7")
	pool.Taken("192.168.0.1")
	pool.Taken("")
	if a, again, b := pool.For("a"), pool.For("a"), pool.For("b"); a != "10.128.1.0" || again != a || b != "10.128.1.1" {
		t.Errorf("got %s, again %s, then %s", a, again, b)
	}
}
