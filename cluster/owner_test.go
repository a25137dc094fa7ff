package cluster

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A tool that owns an image of the template would write it back; one that owns
// something else would not, nor does a person with kubectl.
func TestApplier(t *testing.T) {
	const image = `{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"server\"}":{"f:image":{}}}}}}}`
	const replicas = `{"f:spec":{"f:replicas":{}}}`
	for _, test := range []struct {
		manager, fields string
		operation       metav1.ManagedFieldsOperationType
		want            string
	}{
		{"argocd-controller", image, metav1.ManagedFieldsOperationApply, "Argo CD (field manager argocd-controller)"},
		{"argocd-controller", image, metav1.ManagedFieldsOperationUpdate, "Argo CD (field manager argocd-controller)"},
		{"kustomize-controller", image, metav1.ManagedFieldsOperationApply, "Flux (field manager kustomize-controller)"},
		{"helm", image, metav1.ManagedFieldsOperationUpdate, "Helm (field manager helm)"},
		{"deployer", image, metav1.ManagedFieldsOperationApply, "field manager deployer"},
		{"deployer", image, metav1.ManagedFieldsOperationUpdate, ""},
		{"kubectl", image, metav1.ManagedFieldsOperationApply, ""},
		{"helm", replicas, metav1.ManagedFieldsOperationUpdate, ""},
	} {
		t.Run(test.manager, func(t *testing.T) {
			entry := managed(test.manager, "", test.fields, 0)
			entry.Operation = test.operation
			var object any = &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{entry}}}
			for range 2 { // as informers may do
				object, _ = slim(object)
			}
			w, _ := asWorkload(object)
			if got := w.applier(); got != test.want {
				t.Errorf("the applier is %q, want %q", got, test.want)
			}
			if kept := w.GetManagedFields(); len(kept) > 1 || strings.Contains(test.fields, "replicas") && len(kept) > 0 {
				t.Errorf("of managedFields %v are kept", kept)
			}
		})
	}
}
