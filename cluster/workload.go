package cluster

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// workload is an object that makes pods from a template.
type workload struct {
	metav1.Object

	kind     string
	template *corev1.PodTemplateSpec
	replicas int   // that it wants
	minReady int32 // minReadySeconds
}

func asWorkload(object any) (workload, bool) {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return workload{o, "Deployment", &o.Spec.Template, int(*cmp.Or(o.Spec.Replicas, &one)), o.Spec.MinReadySeconds}, true
	case *appsv1.ReplicaSet:
		return workload{o, "ReplicaSet", &o.Spec.Template, int(*cmp.Or(o.Spec.Replicas, &one)), o.Spec.MinReadySeconds}, true
	case *appsv1.StatefulSet:
		return workload{o, "StatefulSet", &o.Spec.Template, int(*cmp.Or(o.Spec.Replicas, &one)), o.Spec.MinReadySeconds}, true
	case *appsv1.DaemonSet:
		return workload{o, "DaemonSet", &o.Spec.Template, int(o.Status.DesiredNumberScheduled + o.Status.NumberMisscheduled), o.Spec.MinReadySeconds}, true
	}
	return workload{}, false
}

// readyFor is for how long one of its pods has to be Ready before it is available.
func (w workload) readyFor() time.Duration { return time.Duration(w.minReady) * time.Second }

// one is the API's default of replicas.
var one int32 = 1

// informer returns the workloads of a kind, nil for a kind that makes no pods.
func (ns namespace) informer(kind string) cache.SharedIndexInformer {
	return map[string]cache.SharedIndexInformer{
		"Deployment": ns.deployments, "ReplicaSet": ns.replicaSets, "StatefulSet": ns.statefulSets, "DaemonSet": ns.daemonSets,
	}[kind]
}

// workloads are those of a kind, by name.
func (c *Cluster) workloads(ns namespace, kind string) []workload {
	informer := ns.informer(kind)
	if informer == nil {
		return nil
	}
	var all []workload
	for _, stored := range informer.GetStore().List() {
		if w, ok := asWorkload(c.owners.newest(stored.(metav1.Object))); ok {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b workload) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return all
}

// images are those of the template, init containers first.
func (w workload) images() []spec.Image {
	var images []spec.Image
	for _, list := range [][]corev1.Container{w.template.Spec.InitContainers, w.template.Spec.Containers} {
		for _, c := range list {
			images = append(images, spec.Image{Container: c.Name, Image: c.Image})
		}
	}
	return images
}

// owned goes by ownerReference UIDs alone: a label proves nothing.
func (ns namespace) owned(w workload) ([]*corev1.Pod, error) {
	makers := []types.UID{w.GetUID()}
	if w.kind == "Deployment" {
		sets, err := ns.replicaSets.GetIndexer().ByIndex(byOwner, string(w.GetUID()))
		if err != nil {
			return nil, err
		}
		for _, set := range sets {
			makers = append(makers, set.(*appsv1.ReplicaSet).UID)
		}
	}
	var pods []*corev1.Pod
	for _, maker := range makers {
		owned, err := ns.pods.GetIndexer().ByIndex(byOwner, string(maker))
		if err != nil {
			return nil, err
		}
		for _, pod := range owned {
			pods = append(pods, pod.(*corev1.Pod))
		}
	}
	return pods, nil
}

// like tells whether two templates differ in nothing but images and the label by
// which a Deployment tells its ReplicaSets apart.
func like(a, b *corev1.PodTemplateSpec) bool {
	return apiequality.Semantic.DeepEqual(bare(a), bare(b))
}

// differsIn tells whether two templates differ in more than these containers' images.
func (w workload) differsIn(other workload, images []spec.Image) bool {
	beside := func(own spec.Image) bool { _, aligned := spec.ImageFor(images, own.Container); return aligned }
	return !like(w.template, other.template) ||
		!slices.Equal(slices.DeleteFunc(w.images(), beside), slices.DeleteFunc(other.images(), beside))
}

func bare(template *corev1.PodTemplateSpec) *corev1.PodTemplateSpec {
	bare := template.DeepCopy()
	delete(bare.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	for _, list := range [][]corev1.Container{bare.Spec.InitContainers, bare.Spec.Containers} {
		for i := range list {
			list[i].Image = ""
		}
	}
	return bare
}

// appliedBy are tools that would write their own manifest back: their field
// managers, whatever the operation. kubectl is a person.
var appliedBy = map[string]string{
	"argocd-controller": "Argo CD", "argocd-application-controller": "Argo CD",
	"kustomize-controller": "Flux", "helm-controller": "Flux", "helm": "Helm", "Helm": "Helm",
}

// holdField stands for the field by which an alignment holds an owner.
const holdField = "spec/hold"

// owners keeps of managedFields who owns images of a template, the annotation of an
// alignment and the field that holds, one entry a field and manager; the container, or
// the field, stands in Subresource.
func owners(entries []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
	var kept []metav1.ManagedFieldsEntry
	for _, entry := range entries {
		if isSlim(entry) {
			kept = append(kept, entry)
			continue
		}
		var fields struct {
			Metadata struct {
				Annotations map[string]struct{} `json:"f:annotations"`
			} `json:"f:metadata"`
			Spec struct {
				Template owned     `json:"f:template"`
				Paused   *struct{} `json:"f:paused"`
				Strategy struct {
					Type *struct{} `json:"f:type"`
				} `json:"f:updateStrategy"`
			} `json:"f:spec"`
		}
		if entry.Subresource != "" || entry.FieldsV1 == nil || json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) != nil {
			continue
		}
		owns := fields.Spec.Template.images()
		if _, notes := fields.Metadata.Annotations["f:"+alignAnnotation]; notes {
			owns = append(owns, alignAnnotation)
		}
		if fields.Spec.Paused != nil || fields.Spec.Strategy.Type != nil {
			owns = append(owns, holdField)
		}
		for _, field := range owns {
			kept = append(kept, metav1.ManagedFieldsEntry{Manager: entry.Manager, Operation: entry.Operation, Subresource: field})
		}
	}
	return kept
}

// appliers names the tools that own images of containers.
func (w workload) appliers() map[string]string {
	named := map[string]string{}
	for _, entry := range w.GetManagedFields() {
		if tool := appliedBy[entry.Manager]; tool != "" {
			named[entry.Subresource] = tool + " (field manager " + entry.Manager + ")"
		} else if entry.Operation == metav1.ManagedFieldsOperationApply && entry.Manager != "kubectl" && entry.Manager != FieldManager {
			named[entry.Subresource] = "field manager " + entry.Manager
		}
	}
	return named
}

// held tells whether its controller is kept from rolling out.
func (w workload) held() bool {
	switch object := w.Object.(type) {
	case *appsv1.Deployment:
		return object.Spec.Paused
	case *appsv1.StatefulSet:
		rolling := object.Spec.UpdateStrategy.RollingUpdate
		return rolling != nil && rolling.Partition != nil && *rolling.Partition == align.HoldAt
	case *appsv1.DaemonSet:
		return object.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType
	}
	return false
}

// wrote tells whether patchwave itself has written the annotation of an alignment, or
// the field that holds an owner. A Deployment's annotations are copied to its
// ReplicaSets, and `kubectl rollout undo` copies them back, however old.
func (w workload) wrote(field string) bool {
	return slices.ContainsFunc(w.GetManagedFields(), func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Subresource == field && entry.Manager == FieldManager
	})
}

// revisioned is a pod as an owner with revisions sees it.
func revisioned(pod *corev1.Pod) align.Pod {
	return align.Pod{
		Name: pod.Name, UID: string(pod.UID), ResourceVersion: pod.ResourceVersion,
		Revision: pod.Labels[appsv1.ControllerRevisionHashLabelKey],
	}
}
