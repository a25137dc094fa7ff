package cluster

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// managed is an entry of managedFields as an API server writes it.
func managed(manager, subresource, fields string, after time.Duration) metav1.ManagedFieldsEntry {
	at := metav1.NewTime(past.Add(after))
	return metav1.ManagedFieldsEntry{
		Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", Time: &at,
		FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(fields), Subresource: subresource,
	}
}

// Who wrote an image last is read off managedFields, of which nothing else is kept.
func TestWriter(t *testing.T) {
	p := pod("p", func(p *corev1.Pod) {
		p.ManagedFields = []metav1.ManagedFieldsEntry{
			managed("kube-controller-manager", "", `{"f:metadata":{"f:labels":{}},"f:spec":{"f:containers":{
				"k:{\"name\":\"server\"}":{".":{},"f:image":{},"f:name":{}},"k:{\"name\":\"logger\"}":{"f:image":{}}},
				"f:initContainers":{"k:{\"name\":\"migrate\"}":{"f:image":{}}}}}`, 0),
			managed("kubectl-edit", "", `{"f:spec":{"f:containers":{"k:{\"name\":\"server\"}":{"f:image":{}}}}}`, time.Minute),
			managed("kubectl-label", "", `{"f:metadata":{"f:labels":{"f:a":{}}}}`, time.Hour),
			managed("kubelet", "status", `{"f:status":{}}`, time.Hour),
			managed("nonsense", "", `{"f:spec":[]}`, time.Hour),
		}
	})
	slim := slimPod(slimPod(p)) // as informers may do
	if len(slim.ManagedFields) != 3 {
		t.Errorf("%d entries are kept, want one for each container", len(slim.ManagedFields))
	}
	for container, want := range map[string]string{
		"server": "kubectl-edit", "logger": "kube-controller-manager", "migrate": "kube-controller-manager", "other": "",
	} {
		if manager, _ := writer(slim, container); manager != want {
			t.Errorf("the image of %s was written by %q, want %q", container, manager, want)
		}
	}
	if got := convert(slim, nil).Containers[0]; got.Writer != "kubectl-edit" || !got.WrittenAt.Equal(past.Add(time.Minute)) {
		t.Errorf("written by %s at %s", got.Writer, got.WrittenAt)
	}
}
