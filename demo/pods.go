package main

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// row is a pod as far as an upgrade may or may not change it.
type row struct {
	Name, Node string
	UID        types.UID
	IP, Image  string
	Restarts   int32
	Ready      bool
}

func rowOf(pod *corev1.Pod) row {
	r := row{Name: pod.Name, Node: pod.Spec.NodeName, UID: pod.UID, IP: pod.Status.PodIP, Ready: isTrue(pod, corev1.PodReady)}
	r.Image = pod.Spec.Containers[0].Image
	for _, status := range pod.Status.ContainerStatuses {
		r.Restarts += status.RestartCount
	}
	return r
}

// conditionOf returns the condition of that type, or an empty one.
func conditionOf(pod *corev1.Pod, kind corev1.PodConditionType) corev1.PodCondition {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == kind {
			return condition
		}
	}
	return corev1.PodCondition{}
}

func isTrue(pod *corev1.Pod, kind corev1.PodConditionType) bool {
	return conditionOf(pod, kind).Status == corev1.ConditionTrue
}

// upgraded is what the rows become when the pods named (none: all of them) get
// the image, with so many restarts.
func upgraded(rows []row, image string, restarts int32, ready bool, pods ...string) []row {
	rows = slices.Clone(rows)
	for i := range rows {
		if len(pods) == 0 || slices.Contains(pods, rows[i].Name) {
			rows[i].Image, rows[i].Ready = image, ready
			rows[i].Restarts += restarts
		}
	}
	return rows
}

// differences says in words what is not as it should be.
func differences(want, have []row) []string {
	var wrong []string
	for _, w := range want {
		i := slices.IndexFunc(have, func(h row) bool { return h.Name == w.Name })
		if i < 0 {
			wrong = append(wrong, "pod "+w.Name+" is gone")
			continue
		}
		wrong = append(wrong, w.differences(have[i])...)
	}
	for _, h := range have {
		if !slices.ContainsFunc(want, func(w row) bool { return h.Name == w.Name }) {
			wrong = append(wrong, "pod "+h.Name+" is new")
		}
	}
	return wrong
}

func (r row) differences(have row) []string {
	var wrong []string
	differ := func(what string, want, have any) {
		if want != have {
			wrong = append(wrong, fmt.Sprintf("pod %s: its %s is %v and should be %v", r.Name, what, have, want))
		}
	}
	differ("UID", r.UID, have.UID)
	differ("node", r.Node, have.Node)
	differ("IP", r.IP, have.IP)
	differ("image", r.Image, have.Image)
	differ("number of restarts", r.Restarts, have.Restarts)
	differ("readiness", r.Ready, have.Ready)
	return wrong
}

// beforeAndAfter puts the rows beside each other, with an arrow where they differ.
func beforeAndAfter(before, after []row) [][]string {
	cells := [][]string{{"POD", "NODE", "UID", "IP", "RESTARTS"}}
	for i, a := range before {
		b := after[i]
		cells = append(cells, []string{
			change(a.Name, b.Name), change(a.Node, b.Node), change(a.UID, b.UID), change(a.IP, b.IP), change(a.Restarts, b.Restarts),
		})
	}
	return cells
}

func change[T comparable](before, after T) string {
	if before == after {
		return fmt.Sprint(before)
	}
	return fmt.Sprintf("%v → %v", before, after)
}

// tagOf is the end of an image's name, which is what changes here.
func tagOf(image string) string { return image[strings.LastIndex(image, ":")+1:] }
