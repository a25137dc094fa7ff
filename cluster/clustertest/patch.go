// Package clustertest plays the API server's part where patchwave writes to pods: it
// takes a patch as kube-apiserver does, or refuses it for the same reason. An
// end-to-end test compares the two over the pods and patches that Pod and Body make up.
package clustertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Patch answers a strategic merge patch of a stored pod, or of its status where the
// subresource says so. It returns the pod as it would be stored, under its old
// resourceVersion, or the API server's error: 400, 409 or 422.
//
// The rules are those of Kubernetes 1.36 (ValidatePodUpdate, ValidatePodStatusUpdate)
// for what patchwave may write: metadata, images, conditions. Of the rest of a spec
// any change is refused; the API server would take further tolerations, fewer
// scheduling gates and an earlier activeDeadlineSeconds.
func Patch(stored *corev1.Pod, body []byte, subresource string) (*corev1.Pod, error) {
	patched, err := merge(stored, body)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	if patched.ResourceVersion != stored.ResourceVersion {
		return nil, apierrors.NewConflict(schema.GroupResource{Resource: "pods"}, stored.Name, fmt.Errorf("it has been modified"))
	}
	var problems field.ErrorList
	if subresource == "status" {
		patched.Spec, patched.OwnerReferences = stored.Spec, stored.OwnerReferences
		problems = ofConditions(patched.Status.Conditions)
	} else {
		patched.Status = stored.Status
		problems = ofSpec(&patched.Spec, &stored.Spec)
	}
	problems = append(validation.ValidateObjectMetaUpdate(&patched.ObjectMeta, &stored.ObjectMeta, field.NewPath("metadata")), problems...)
	if len(problems) > 0 {
		return nil, apierrors.NewInvalid(schema.GroupKind{Kind: "Pod"}, stored.Name, problems)
	}
	if !apiequality.Semantic.DeepEqual(patched.Spec, stored.Spec) {
		patched.Generation++
	}
	return patched, nil
}

func merge(stored *corev1.Pod, body []byte) (*corev1.Pod, error) {
	text, err := json.Marshal(stored)
	if err != nil {
		return nil, err
	}
	if text, err = strategicpatch.StrategicMergePatch(text, body, &corev1.Pod{}); err != nil {
		return nil, err
	}
	patched := &corev1.Pod{}
	return patched, json.Unmarshal(text, patched)
}

// ofSpec tells what an update of a pod's spec may not do. As in the API server, every
// image is looked at, and of a list that grows or shrinks no more than that is told.
func ofSpec(patched, stored *corev1.PodSpec) field.ErrorList {
	at := field.NewPath("spec")
	problems := ofImages(patched.Containers, at.Child("containers"))
	problems = append(problems, ofImages(patched.InitContainers, at.Child("initContainers"))...)
	switch {
	case len(patched.Containers) != len(stored.Containers):
		return append(problems, field.Forbidden(at.Child("containers"), "pod updates may not add or remove containers"))
	case len(patched.InitContainers) != len(stored.InitContainers):
		return append(problems, field.Forbidden(at.Child("initContainers"), "pod updates may not add or remove containers"))
	}
	other := patched.DeepCopy()
	keepImages(other.Containers, stored.Containers)
	keepImages(other.InitContainers, stored.InitContainers)
	if !apiequality.Semantic.DeepEqual(other, stored) {
		problems = append(problems, field.Forbidden(at, "pod updates may not change fields other than images"))
	}
	return problems
}

func ofImages(containers []corev1.Container, at *field.Path) (problems field.ErrorList) {
	for i, c := range containers {
		switch image := at.Index(i).Child("image"); {
		case c.Image == "":
			problems = append(problems, field.Required(image, ""))
		case strings.TrimSpace(c.Image) != c.Image:
			problems = append(problems, field.Invalid(image, c.Image, "must not have leading or trailing whitespace"))
		}
	}
	return problems
}

// keepImages gives containers the images of those that stood in the same places.
func keepImages(containers, stored []corev1.Container) {
	for i := range containers {
		containers[i].Image = stored[i].Image
	}
}

func ofConditions(conditions []corev1.PodCondition) (problems field.ErrorList) {
	for i, c := range conditions {
		for _, message := range utilvalidation.IsQualifiedName(string(c.Type)) {
			problems = append(problems, field.Invalid(field.NewPath("status", "conditions").Index(i).Child("Type"), c.Type, message))
		}
	}
	return problems
}

// Told is an API server's error in short: its code, and the fields that it names.
func Told(err error) string {
	var status apierrors.APIStatus
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &status):
		return err.Error()
	}
	fields := map[string]bool{}
	if details := status.Status().Details; details != nil {
		for _, cause := range details.Causes {
			fields[cause.Field] = true
		}
	}
	return fmt.Sprint(status.Status().Code, " ", slices.Sorted(maps.Keys(fields)))
}
