package cluster

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/spec"
)

// workloadKinds are the kinds of workloads that a plan can name.
var workloadKinds = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"}

// unusable says why a pod cannot be upgraded by a plan of kind Pod, "" where it can.
func (ns namespace) unusable(pod *corev1.Pod) string {
	if why := untouchable(pod); why != "" {
		return fmt.Sprintf("pod %s %s", pod.Name, why)
	}
	if owner := metav1.GetControllerOfNoCopy(pod); owner != nil {
		return fmt.Sprintf("pod %s %s", pod.Name, ns.belongs(pod.Namespace, owner))
	}
	return ""
}

// untouchable says why a pod is never patched, whatever its owner; "" where it may be.
func untouchable(pod *corev1.Pod) string {
	owner := metav1.GetControllerOfNoCopy(pod)
	_, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]
	switch {
	case mirror:
		return fmt.Sprintf("mirrors a static pod of node %s: only the file there changes it", pod.Spec.NodeName)
	case owner != nil && owner.Kind == "Job":
		return fmt.Sprintf("belongs to Job %s: pods of Jobs are left alone", owner.Name)
	case pod.Status.Phase == corev1.PodSucceeded, pod.Status.Phase == corev1.PodFailed:
		return fmt.Sprintf("has finished (%s), and is not run again", pod.Status.Phase)
	case pod.DeletionTimestamp != nil:
		return "is being deleted"
	}
	return ""
}

// belongs says whose an object is, and what to do instead of naming it.
func (ns namespace) belongs(namespace string, owner *metav1.OwnerReference) string {
	owner = ns.topmost(namespace, owner)
	if isWorkload(owner) {
		return fmt.Sprintf("belongs to %s %s; name that as the target", owner.Kind, owner.Name)
	}
	return fmt.Sprintf("is managed by %s %s (%s): workloads and pods of another controller are not upgraded, since it would change them back; "+
		"change the image there", owner.Kind, owner.Name, owner.APIVersion)
}

// topmost is the owner above all others: one below would only be refused in its turn.
func (ns namespace) topmost(namespace string, owner *metav1.OwnerReference) *metav1.OwnerReference {
	const deepest = 5 // a circle has no top
	for range deepest {
		above := ns.controllerOf(namespace, owner)
		if above == nil {
			break
		}
		owner = above
	}
	return owner
}

// controllerOf is the controller of an owner, nil where it has none or is not known.
func (ns namespace) controllerOf(namespace string, owner *metav1.OwnerReference) *metav1.OwnerReference {
	if !isWorkload(owner) {
		return nil
	}
	stored, known, err := ns.informer(owner.Kind).GetStore().GetByKey(namespace + "/" + owner.Name)
	if err != nil || !known {
		return nil
	}
	return metav1.GetControllerOfNoCopy(stored.(metav1.Object))
}

// isWorkload reports whether an owner is of a kind that a plan can name: other
// controllers have kinds of the same names in groups of their own.
func isWorkload(owner *metav1.OwnerReference) bool {
	return owner.APIVersion == "apps/v1" && slices.Contains(workloadKinds, owner.Kind)
}

// absent says that nothing matches a target, and what does that may have been meant.
func (c *Cluster) absent(ns namespace, namespace string, target spec.Target) string {
	if target.Name != "" {
		return fmt.Sprintf("%s %s does not exist in namespace %s", target.Kind, target.Name, namespace) + c.namesake(ns, target)
	}
	selector, err := labelSelector(target)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("no %s in namespace %s matches %s", target.Kind, namespace, selector) + ns.fitsPods(namespace, target)
}

// namesake names an object of another kind that has the target's name.
func (c *Cluster) namesake(ns namespace, target spec.Target) string {
	for _, kind := range workloadKinds {
		for _, w := range c.workloads(ns, kind) {
			if w.GetName() == target.Name {
				return fmt.Sprintf("; there is %s %s", kind, target.Name)
			}
		}
	}
	return ""
}

// fitsPods tells of a selector that fits pods where it should fit their workload.
func (ns namespace) fitsPods(namespace string, target spec.Target) string {
	matches, err := matcher(target)
	if err != nil || target.Kind == "Pod" {
		return ""
	}
	var fit []string
	for _, stored := range ns.pods.GetStore().List() {
		pod := stored.(*corev1.Pod)
		owner := metav1.GetControllerOfNoCopy(pod)
		if owner == nil || !matches(pod) {
			continue
		}
		if top := ns.topmost(namespace, owner); isWorkload(top) && top.Kind == target.Kind {
			fit = append(fit, top.Name)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	return fmt.Sprintf("; pods of %[1]s %[2]s do, but a selector is of the labels of the %[1]s itself: select by those, or write `name: %[2]s`",
		target.Kind, slices.Min(fit))
}

// first is the first of some reasons by their text, with the number of the others.
func first(reasons []string) string {
	if len(reasons) == 0 {
		return ""
	}
	text := slices.Min(reasons)
	if others := len(reasons) - 1; others > 0 {
		text += fmt.Sprintf(" (and %d more like it)", others)
	}
	return text
}
