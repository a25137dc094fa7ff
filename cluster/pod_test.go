package cluster

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/reconciler"
)

const ourGate = corev1.PodConditionType(reconciler.GateType)

func TestConvertAHealthyPod(t *testing.T) {
	want := reconciler.Pod{
		Name: "lobby-1", UID: "uid-lobby-1", ResourceVersion: "5", Node: "node-1", NodeReady: true,
		Generation: 2, ObservedGeneration: 2, Begun: past.Time,
		Ready: reconciler.Condition{True: true, Since: past.Time}, ContainersReady: true,
		Containers: []reconciler.Container{{
			Name: "server", Image: "app:v1", ID: "containerd://1", ImageID: "sha256:1",
			RunningImage: "docker.io/library/app:v1", Running: true, StartedAt: past.Time,
		}},
		TerminationGrace: 30 * time.Second,
	}
	if diff := cmp.Diff(want, convert(pod("lobby-1"), node("node-1", corev1.ConditionTrue))); diff != "" {
		t.Errorf("pod (-want +got):\n%s", diff)
	}
}

func TestConvertANewbornPod(t *testing.T) {
	newborn := pod("lobby-1", func(p *corev1.Pod) {
		p.Spec.NodeName, p.Status, p.Spec.TerminationGracePeriodSeconds = "", corev1.PodStatus{Phase: corev1.PodPending}, nil
	})
	want := reconciler.Pod{
		Name: "lobby-1", UID: "uid-lobby-1", ResourceVersion: "5", Generation: 2,
		Containers: []reconciler.Container{{Name: "server", Image: "app:v1"}},
	}
	if diff := cmp.Diff(want, convert(newborn, nil)); diff != "" {
		t.Errorf("pod (-want +got):\n%s", diff)
	}
}

func TestConvertGates(t *testing.T) {
	kruisesOwn := ownedBy("apps.kruise.io/v1alpha1", "CloneSet", "lobby")
	closed := func(kind string) reconciler.Gate { return reconciler.Gate{Type: kind, Closed: true, Since: past.Time} }
	open := func(kind string) reconciler.Gate { return reconciler.Gate{Type: kind, Since: past.Time} }
	both := func(g reconciler.Gate) reconciler.Gate { g.Type, g.Second = reconciler.GateType, kruiseGate; return g }
	for name, test := range map[string]struct {
		pod     *corev1.Pod
		want    reconciler.Gate
		newborn bool
	}{
		"none":                          {pod("p"), reconciler.Gate{}, false},
		"somebody else's":               {pod("p", gates("example.com/Ready"), with("example.com/Ready", "False")), reconciler.Gate{}, false},
		"a condition without a gate":    {pod("p", with(ourGate, "False")), reconciler.Gate{}, false},
		"ours, newborn":                 {pod("p", gates(ourGate)), reconciler.Gate{Type: reconciler.GateType}, true},
		"ours, open":                    {pod("p", gates(ourGate), with(ourGate, "True")), open(reconciler.GateType), false},
		"ours, closed":                  {pod("p", gates(ourGate), with(ourGate, "False")), closed(reconciler.GateType), false},
		"ours, unknown":                 {pod("p", gates(ourGate), with(ourGate, "Unknown")), closed(reconciler.GateType), false},
		"ours after somebody else's":    {pod("p", gates("example.com/Ready", ourGate), with(ourGate, "True")), open(reconciler.GateType), false},
		"ours on Kruise's pod":          {pod("p", gates(kruiseGate, ourGate), kruisesOwn, with(kruiseGate, "False")), reconciler.Gate{Type: reconciler.GateType}, true},
		"Kruise's, newborn":             {pod("p", gates(kruiseGate)), reconciler.Gate{Type: kruiseGate}, true},
		"Kruise's, closed":              {pod("p", gates(kruiseGate), with(kruiseGate, "False")), closed(kruiseGate), false},
		"Kruise's on Kruise's pod":      {pod("p", gates(kruiseGate), kruisesOwn), reconciler.Gate{}, false},
		"newborn, but being deleted":    {pod("p", gates(ourGate), terminating), reconciler.Gate{Type: reconciler.GateType}, false},
		"newborn, but a Job's":          {pod("p", gates(ourGate), ownedBy("batch/v1", "Job", "j")), reconciler.Gate{Type: reconciler.GateType}, false},
		"both, newborn":                 {pod("p", gates(kruiseGate, ourGate)), both(reconciler.Gate{}), true},
		"both, one open":                {pod("p", gates(ourGate, kruiseGate), with(ourGate, "True")), both(open("")), true},
		"both, the other open":          {pod("p", gates(ourGate, kruiseGate), with(kruiseGate, "True")), both(reconciler.Gate{}), true},
		"both, drained while newborn":   {pod("p", gates(kruiseGate, ourGate), with(ourGate, "False")), both(closed("")), false},
		"both, the other left closed":   {pod("p", gates(kruiseGate, ourGate), with(ourGate, "True"), with(kruiseGate, "False")), both(closed("")), false},
		"both, open":                    {pod("p", gates(kruiseGate, ourGate), with(ourGate, "True"), with(kruiseGate, "True")), both(open("")), false},
		"newborn with another's status": {pod("p", gates(ourGate), with(kruiseGate, "True")), reconciler.Gate{Type: reconciler.GateType}, true},
	} {
		if diff := cmp.Diff(test.want, convert(test.pod, nil).Gate); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := waitsForGate(test.pod); got != test.newborn {
			t.Errorf("%s: waits for its gate to be opened: %t", name, got)
		}
	}
}

func TestConvertContainers(t *testing.T) {
	always, never := corev1.ContainerRestartPolicyAlways, corev1.ContainerRestartPolicyNever
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: past}}
	waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such tag"}}
	first := func(changes ...change) reconciler.Container { return containers(pod("p", changes...), nil)[0] }
	for name, test := range map[string]struct{ got, want reconciler.Container }{
		"plain init":           {first(initContainer("init", nil, exitedWith(0))), reconciler.Container{Init: true}},
		"native sidecar":       {first(initContainer("init", &always, running)), reconciler.Container{Sidecar: true, Running: true, StartedAt: past.Time}},
		"not started yet":      {first(state(running), startupProbe(false)), reconciler.Container{StartedAt: past.Time}},
		"waits":                {first(state(waiting)), reconciler.Container{Waiting: "ImagePullBackOff", Message: "no such tag"}},
		"ended, Always":        {first(state(exitedWith(0))), reconciler.Container{}},
		"ended, Never":         {first(state(exitedWith(1)), restarts("Never")), reconciler.Container{Exited: true}},
		"ended well, Failure":  {first(state(exitedWith(0)), restarts("OnFailure")), reconciler.Container{Exited: true}},
		"ended badly, Failure": {first(state(exitedWith(1)), restarts("OnFailure")), reconciler.Container{}},
		"runs, Never":          {first(state(running), restarts("Never")), reconciler.Container{Running: true, StartedAt: past.Time}},
		"sidecar ended, Never": {first(initContainer("init", &always, exitedWith(1)), restarts("Never")), reconciler.Container{Sidecar: true}},
		"its own Never":        {first(state(exitedWith(1)), func(p *corev1.Pod) { p.Spec.Containers[0].RestartPolicy = &never }), reconciler.Container{Exited: true}},
		"no status":            {first(func(p *corev1.Pod) { p.Status.ContainerStatuses = nil }), reconciler.Container{}},
		"another's status":     {first(func(p *corev1.Pod) { p.Status.ContainerStatuses[0].Name = "proxy" }), reconciler.Container{}},
	} {
		test.got.Name, test.got.Image, test.got.ID, test.got.ImageID, test.got.RunningImage = "", "", "", "", ""
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func startupProbe(passed bool) change {
	return func(p *corev1.Pod) { p.Status.ContainerStatuses[0].Started = &passed }
}

func TestConvertMarks(t *testing.T) {
	sound := `[{"container":"server","plan":"games/lobby","digest":"sha256:1","time":"2026-01-01T12:00:00Z","image":"app:v1","containerID":"containerd://1"},
		{"container":"side","plan":"games/lobby"}]`
	want := reconciler.Marks{{
		Container: "server", Plan: "games/lobby", Try: reconciler.Try{Digest: "sha256:1"}, Time: past.Time,
		Image: "app:v1", ContainerID: "containerd://1",
	}}
	if diff := cmp.Diff(want, convert(pod("p", annotated(updateAnnotation, sound)), nil).Marks); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
	for _, nonsense := range []string{
		"", "{", "null", "[]", `"text"`, "{}", "[{}]", `[{"container":"server","digest":"sha256:1"}]`,
		`[{"container":"server","digest":"sha256:1","time":"yesterday"}]`, `[{"digest":"sha256:1","time":"2026-01-01T12:00:00Z"}]`,
	} {
		if marks := convert(pod("p", annotated(updateAnnotation, nonsense)), nil).Marks; len(marks) > 0 {
			t.Errorf("%q is taken for %+v", nonsense, marks)
		}
	}
}

func terminating(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: past.Time} }

func TestOurs(t *testing.T) {
	phase := func(phase corev1.PodPhase) change { return func(p *corev1.Pod) { p.Status.Phase = phase } }
	for name, test := range map[string]struct {
		pod  *corev1.Pod
		want bool
	}{
		"bare":         {pod("p"), true},
		"pending":      {pod("p", phase(corev1.PodPending)), true},
		"unknown":      {pod("p", phase(corev1.PodUnknown)), true},
		"of a set":     {pod("p", ownedBy("apps/v1", "ReplicaSet", "lobby")), true},
		"of a Job":     {pod("p", ownedBy("batch/v1", "Job", "migrate")), false},
		"a mirror":     {pod("p", annotated(corev1.MirrorPodAnnotationKey, "x")), false},
		"succeeded":    {pod("p", phase(corev1.PodSucceeded)), false},
		"failed":       {pod("p", phase(corev1.PodFailed)), false},
		"terminating":  {pod("p", terminating), false},
		"merely noted": {pod("p", func(p *corev1.Pod) { ownedBy("batch/v1", "Job", "j")(p); p.OwnerReferences[0].Controller = nil }), true},
	} {
		if got := ours(test.pod); got != test.want {
			t.Errorf("%s: ours %t", name, got)
		}
	}
}

func TestNodesThatAreReady(t *testing.T) {
	for status, want := range map[corev1.ConditionStatus]bool{"True": true, "False": false, "Unknown": false} {
		if got := convert(pod("p"), node("node-1", status)).NodeReady; got != want {
			t.Errorf("node with Ready %s is ready: %t", status, got)
		}
	}
	if convert(pod("p"), nil).NodeReady || nodeReady(&corev1.Node{}) {
		t.Error("a node that is not there, or says nothing, is ready")
	}
}

// A rule that restarts all containers counts where the node says that it knows such rules.
func TestRestartsAll(t *testing.T) {
	ruled := func(action corev1.ContainerRestartRuleAction) change {
		return func(p *corev1.Pod) {
			p.Spec.Containers[0].RestartPolicyRules = []corev1.ContainerRestartRule{{Action: action}}
		}
	}
	knowing := node("node-1", corev1.ConditionTrue)
	knowing.Status.DeclaredFeatures = []string{"Another", "RestartAllContainersOnContainerExits"}
	all := corev1.ContainerRestartRuleActionRestartAllContainers
	for name, test := range map[string]struct {
		pod  *corev1.Pod
		node *corev1.Node
		want bool
	}{
		"such a rule":      {pod("p", ruled(all)), knowing, true},
		"one for itself":   {pod("p", ruled(corev1.ContainerRestartRuleActionRestart)), knowing, false},
		"no rule":          {pod("p"), knowing, false},
		"a node of before": {pod("p", ruled(all)), node("node-1", corev1.ConditionTrue), false},
		"no node":          {pod("p", ruled(all)), nil, false},
	} {
		if got := convert(test.pod, test.node).Containers[0].RestartsAll; got != test.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}
