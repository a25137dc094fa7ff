package cluster

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/reconciler"
)

// The annotations by which a pod says what is happening to it.
const (
	updateAnnotation = "patchwave.dev/update"
	drainAnnotation  = "patchwave.dev/drain"
)

// kruiseGate is OpenKruise's readiness gate. It is used on pods that declare
// it and are not OpenKruise's own.
const kruiseGate = "InPlaceUpdateReady"

// leaving begins what is said of a pod that will not be there for long.
const leaving = "it is about to be taken away: "

// convert turns a Kubernetes pod into what the reconciler looks at.
func convert(pod *corev1.Pod, node *corev1.Node) reconciler.Pod {
	p := reconciler.Pod{
		Name: pod.Name, UID: string(pod.UID), ResourceVersion: pod.ResourceVersion,
		Node: pod.Spec.NodeName, NodeReady: node != nil && nodeReady(node), NodeSince: nodeSince(node), NodeLabels: labelsOf(node),
		Generation: pod.Generation, ObservedGeneration: pod.Status.ObservedGeneration,
		Gate:       gateOf(pod),
		Containers: containers(pod, node),
		Marks:      marks(pod.Annotations[updateAnnotation]),
		Drain:      drainMark(pod.Annotations[drainAnnotation]),
	}
	if begun := pod.Status.StartTime; begun != nil {
		p.Begun = begun.Time
	}
	if ready, ok := condition(pod, corev1.PodReady); ok {
		p.Ready = reconciler.Condition{True: ready.Status == corev1.ConditionTrue, Since: ready.LastTransitionTime.Time}
	}
	if scheduled, ok := condition(pod, corev1.PodScheduled); ok && scheduled.Status == corev1.ConditionFalse {
		p.Unscheduled = scheduled.Message
	}
	if target, ok := condition(pod, corev1.DisruptionTarget); ok && target.Status == corev1.ConditionTrue {
		p.Leaving = leaving + cmp.Or(target.Message, target.Reason)
	}
	ready, ok := condition(pod, corev1.ContainersReady)
	p.ContainersReady = ok && ready.Status == corev1.ConditionTrue
	if seconds := pod.Spec.TerminationGracePeriodSeconds; seconds != nil {
		p.TerminationGrace = time.Duration(*seconds) * time.Second
	}
	return p
}

// ours tells whether a pod may be patched at all: not one that ends, mirrors a
// static pod or belongs to a Job.
func ours(pod *corev1.Pod) bool { return untouchable(pod) == "" }

// gateTypes are the gates of ours that the pod declares: the one that is closed to
// drain it, and another that only has to be open; "" for none.
func gateTypes(pod *corev1.Pod) (first, second string) {
	owner := metav1.GetControllerOfNoCopy(pod)
	kruise := owner != nil && strings.HasPrefix(owner.APIVersion, "apps.kruise.io/")
	declares := func(kind corev1.PodConditionType) bool {
		return slices.ContainsFunc(pod.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool { return g.ConditionType == kind })
	}
	own, borrowed := declares(reconciler.GateType), declares(kruiseGate) && !kruise
	switch {
	case own && borrowed:
		return reconciler.GateType, kruiseGate
	case own:
		return reconciler.GateType, ""
	case borrowed:
		return kruiseGate, ""
	}
	return "", ""
}

func gateOf(pod *corev1.Pod) reconciler.Gate {
	var gate reconciler.Gate
	gate.Type, gate.Second = gateTypes(pod)
	for _, kind := range []string{gate.Second, gate.Type} {
		if c, ok := condition(pod, corev1.PodConditionType(kind)); ok && kind != "" {
			gate.Closed = gate.Closed || c.Status != corev1.ConditionTrue
			gate.Since = c.LastTransitionTime.Time
		}
	}
	if _, set := condition(pod, corev1.PodConditionType(gate.Type)); !set {
		gate.Since = time.Time{} // it is newborn
	}
	return gate
}

func condition(pod *corev1.Pod, kind corev1.PodConditionType) (corev1.PodCondition, bool) {
	i := slices.IndexFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind })
	if i < 0 {
		return corev1.PodCondition{}, false
	}
	return pod.Status.Conditions[i], true
}

// containers are the pod's containers, its init containers first.
func containers(pod *corev1.Pod, node *corev1.Node) []reconciler.Container {
	var all []reconciler.Container
	for _, c := range pod.Spec.InitContainers {
		sidecar := c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		container := filled(c, pod.Status.InitContainerStatuses, pod.Spec.RestartPolicy)
		container.Init, container.Sidecar = !sidecar, sidecar
		all = append(all, container)
	}
	for _, c := range pod.Spec.Containers {
		all = append(all, filled(c, pod.Status.ContainerStatuses, pod.Spec.RestartPolicy))
	}
	rules := restartsAll(pod, node)
	for i, c := range all {
		all[i].RestartsAll = rules[c.Name]
		manager, at := writer(pod, c.Name)
		all[i].Writer, all[i].WrittenAt = manager, at.Time
	}
	return all
}

// restartsAllFeature is what a node declares that acts on rules of the kind
// RestartAllContainers; on by default since Kubernetes 1.36.
const restartsAllFeature = "RestartAllContainersOnContainerExits"

// restartsAll are the containers whose exit may restart all others, where the node
// says that it knows such rules.
func restartsAll(pod *corev1.Pod, node *corev1.Node) map[string]bool {
	rules := map[string]bool{}
	if node == nil || !slices.Contains(node.Status.DeclaredFeatures, restartsAllFeature) {
		return rules
	}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, c := range list {
			rules[c.Name] = slices.ContainsFunc(c.RestartPolicyRules, func(rule corev1.ContainerRestartRule) bool {
				return rule.Action == corev1.ContainerRestartRuleActionRestartAllContainers
			})
		}
	}
	return rules
}

// filled is a container with its status, where the kubelet has given one.
func filled(c corev1.Container, statuses []corev1.ContainerStatus, policy corev1.RestartPolicy) reconciler.Container {
	container := reconciler.Container{Name: c.Name, Image: c.Image}
	i := slices.IndexFunc(statuses, func(s corev1.ContainerStatus) bool { return s.Name == c.Name })
	if i < 0 {
		return container
	}
	if c.RestartPolicy != nil { // the container's own, as a native sidecar has it
		policy = corev1.RestartPolicy(*c.RestartPolicy)
	}
	status := statuses[i]
	container.ID, container.ImageID, container.RunningImage = status.ContainerID, status.ImageID, status.Image
	if running := status.State.Running; running != nil {
		container.Running = status.Started == nil || *status.Started
		container.StartedAt = running.StartedAt.Time
	}
	if waiting := status.State.Waiting; waiting != nil {
		container.Waiting, container.Message = waiting.Reason, waiting.Message
	}
	container.Exited = exited(status.State.Terminated, policy)
	return container
}

// exited tells whether a container has ended and is not run again.
func exited(terminated *corev1.ContainerStateTerminated, policy corev1.RestartPolicy) bool {
	if terminated == nil {
		return false
	}
	return policy == corev1.RestartPolicyNever || policy == corev1.RestartPolicyOnFailure && terminated.ExitCode == 0
}

// marks reads the annotation; one that makes no sense is none.
func marks(text string) reconciler.Marks {
	var marks reconciler.Marks
	if text == "" || json.Unmarshal([]byte(text), &marks) != nil {
		return nil
	}
	return slices.DeleteFunc(marks, func(m reconciler.Mark) bool { return m.Container == "" || m.Digest == "" || m.Time.IsZero() })
}

// drainMark reads for which plan the gate was closed; nonsense is for nobody.
func drainMark(text string) *reconciler.DrainMark {
	var mark reconciler.DrainMark
	if text == "" || json.Unmarshal([]byte(text), &mark) != nil || mark.Plan == "" {
		return nil
	}
	return &mark
}

func nodeReady(node *corev1.Node) bool {
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func labelsOf(node *corev1.Node) map[string]string {
	if node == nil {
		return nil
	}
	return node.Labels
}

// nodeSince is when the node turned Ready, or ceased to be.
func nodeSince(node *corev1.Node) time.Time {
	if node == nil {
		return time.Time{}
	}
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}
