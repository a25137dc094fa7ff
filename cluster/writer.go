package cluster

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// owned is the part of managedFields that speaks of containers' images:
// {"f:spec": {"f:containers": {"k:{\"name\":\"server\"}": {"f:image": {}}}}}.
// Its keys are what structured-merge-diff writes for a list with the key "name".
type owned struct {
	Spec struct {
		Containers     map[string]ownedContainer `json:"f:containers,omitempty"`
		InitContainers map[string]ownedContainer `json:"f:initContainers,omitempty"`
	} `json:"f:spec"`
}

type ownedContainer struct {
	Image *struct{} `json:"f:image,omitempty"`
}

// imageFields keeps, of a pod that we have patched, who wrote which image.
// Nothing else of managedFields is ever looked at.
func imageFields(object metav1.Object) []metav1.ManagedFieldsEntry {
	if object.GetAnnotations()[updateAnnotation] == "" {
		return nil
	}
	var kept []metav1.ManagedFieldsEntry
	for _, entry := range object.GetManagedFields() {
		var fields owned
		if entry.Subresource != "" || entry.FieldsV1 == nil || json.Unmarshal(entry.FieldsV1.Raw, &fields) != nil {
			continue
		}
		text, err := json.Marshal(fields)
		if err != nil {
			continue
		}
		kept = append(kept, metav1.ManagedFieldsEntry{Manager: entry.Manager, Time: entry.Time, FieldsV1: &metav1.FieldsV1{Raw: text}})
	}
	return kept
}

// imageWriters are, by container, the field managers that wrote the images
// last. Where several own one, they wrote the same.
func imageWriters(pod *corev1.Pod) map[string]string {
	writers, since := map[string]string{}, map[string]*metav1.Time{}
	for _, entry := range imageFields(pod) {
		var fields owned
		if json.Unmarshal(entry.FieldsV1.Raw, &fields) != nil {
			continue
		}
		for _, list := range []map[string]ownedContainer{fields.Spec.Containers, fields.Spec.InitContainers} {
			for key, container := range list {
				name := containerName(key)
				if container.Image != nil && (writers[name] == "" || since[name].Before(entry.Time)) {
					writers[name], since[name] = entry.Manager, entry.Time
				}
			}
		}
	}
	return writers
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
