package cluster

import (
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// owned is the part of managedFields that speaks of containers' images, in a pod
// or in a template:
// {"f:spec": {"f:containers": {"k:{\"name\":\"server\"}": {"f:image": {}}}}}.
// Its keys are what structured-merge-diff writes for a list with the key "name".
type owned struct {
	Spec struct {
		Containers     map[string]ownedContainer `json:"f:containers"`
		InitContainers map[string]ownedContainer `json:"f:initContainers"`
	} `json:"f:spec"`
}

type ownedContainer struct {
	Image *struct{} `json:"f:image"`
}

// slimPod drops what is large and not looked at, and keeps of managedFields one
// entry a container: who wrote its image last, and when. The container stands in
// Subresource.
func slimPod(pod *corev1.Pod) *corev1.Pod {
	writers := map[string]metav1.ManagedFieldsEntry{}
	for _, entry := range pod.ManagedFields {
		for _, container := range imagesOwned(entry) {
			known, twice := writers[container]
			if !twice || known.Time.Before(entry.Time) { // where several own it, they wrote the same
				writers[container] = metav1.ManagedFieldsEntry{Manager: entry.Manager, Subresource: container, Time: entry.Time}
			}
		}
	}
	pod.ManagedFields = slices.Collect(maps.Values(writers))
	return pod
}

// isSlim tells whether an entry is one that we kept: informers hand an object of
// their first list to their transformer twice.
func isSlim(entry metav1.ManagedFieldsEntry) bool {
	return entry.FieldsV1 == nil && entry.Subresource != ""
}

// imagesOwned names the containers whose image an entry owns.
func imagesOwned(entry metav1.ManagedFieldsEntry) []string {
	if isSlim(entry) {
		return []string{entry.Subresource}
	}
	var fields owned
	if entry.Subresource != "" || entry.FieldsV1 == nil || json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) != nil {
		return nil
	}
	return fields.images()
}

// images names the containers whose image is owned.
func (fields owned) images() []string {
	var containers []string
	for _, list := range []map[string]ownedContainer{fields.Spec.InitContainers, fields.Spec.Containers} {
		for key, container := range list {
			if name := containerName(key); name != "" && container.Image != nil {
				containers = append(containers, name)
			}
		}
	}
	return containers
}

// containerName reads k:{"name":"server"}.
func containerName(key string) string {
	var named struct {
		Name string `json:"name"`
	}
	if len(key) < 2 || json.Unmarshal([]byte(key[2:]), &named) != nil {
		return ""
	}
	return named.Name
}

// writer returns who wrote a container's image last, and when, of a slim pod.
func writer(pod *corev1.Pod, container string) (manager string, at metav1.Time) {
	for _, entry := range pod.ManagedFields {
		if entry.Subresource == container && entry.Time != nil {
			return entry.Manager, *entry.Time
		}
	}
	return "", metav1.Time{}
}
