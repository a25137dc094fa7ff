package cluster

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Lacks reports whether the cluster is known to have no namespace of the name. Who may
// not read namespaces cannot know.
func (c *Connection) Lacks(ctx context.Context, namespace string) bool {
	_, err := c.kube.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
	return apierrors.IsNotFound(err) && !unknownKind(err)
}
