package simulation

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/cluster/clustertest"
	"github.com/patchwave/patchwave/reconciler"
)

// stored is a pod in the API server's own form, as far as it concerns our writes.
func (p *pod) stored() *corev1.Pod {
	stored := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: p.name, UID: types.UID(p.uid), ResourceVersion: itoa(p.version), Generation: p.generation,
	}}
	for _, b := range p.boxes {
		c := corev1.Container{Name: b.name, Image: b.image}
		if b.sidecar {
			c.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
		}
		if b.init || b.sidecar {
			stored.Spec.InitContainers = append(stored.Spec.InitContainers, c)
		} else {
			stored.Spec.Containers = append(stored.Spec.Containers, c)
		}
	}
	return stored
}

// takes gives the API server a write in the form in which patchwave sends it, and
// answers with the pod that it would store.
func (p *process) takes(action reconciler.Action, pod *pod) (*corev1.Pod, error) {
	body, subresource, err := cluster.PatchOf(action, "prod", time.Now())
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	patched, err := clustertest.Patch(pod.stored(), text, strings.Join(subresource, "/"))
	switch {
	case apierrors.IsConflict(err):
		return nil, fmt.Errorf("409: %w", reconciler.ErrStale)
	case err != nil: // whatever the cluster does, such a write is never taken
		p.breaks("1 scope", "the API server refuses what we write to pod %s: %v", pod.name, err)
		return nil, errInvalid
	}
	return patched, nil
}

// imagesIn are the images that a stored pod asks for, by container.
func imagesIn(stored *corev1.Pod) map[string]string {
	images := map[string]string{}
	for _, list := range [][]corev1.Container{stored.Spec.InitContainers, stored.Spec.Containers} {
		for _, c := range list {
			images[c.Name] = c.Image
		}
	}
	return images
}
