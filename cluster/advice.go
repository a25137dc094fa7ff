package cluster

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// explained adds to an answer of the API server what a person can do about it.
func explained(err error, namespace string) error {
	status := metav1.Status{}
	var answer apierrors.APIStatus
	if errors.As(err, &answer) {
		status = answer.Status()
	}
	switch {
	case err == nil:
		return nil
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("the API server does not accept the credentials of the kubeconfig's context (have they expired?): sign in again, or name another by --kubeconfig or --context: %w", err)
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return fmt.Errorf("namespace %s is being deleted: %w", namespace, err)
	case apierrors.IsNotFound(err) && status.Details != nil && status.Details.Kind == "namespaces":
		return fmt.Errorf("there is no namespace %s: make it, and then apply what `patchwave install --namespaces %s` prints: %w", namespace, namespace, err)
	case unknownRecords(err):
		return fmt.Errorf("the cluster does not know upgrades.patchwave.dev: apply what `patchwave install` prints: %w", err)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%w: apply what `patchwave install --namespaces %s` prints", err, namespace)
	}
	return err
}

// unknownRecords reports whether the API server does not serve our records. The client
// by which they are read and written names no group in its errors, those of other kinds do.
func unknownRecords(err error) bool {
	var answer apierrors.APIStatus
	if !unknownKind(err) || !errors.As(err, &answer) {
		return false
	}
	details := answer.Status().Details
	return details == nil || details.Group == "" || details.Group == upgrades.Group
}

// unknownKind reports whether the API server does not serve the kind that was asked for.
func unknownKind(err error) bool {
	return apierrors.IsNotFound(err) && strings.Contains(err.Error(), "could not find the requested resource")
}
