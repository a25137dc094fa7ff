package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

// evictionRequests are how somebody asks for a pod to go (KEP-4563). Kubernetes serves
// them since 1.37, where its feature gate EvictionRequestAPI is on.
var evictionRequests = schema.GroupVersionResource{Group: "lifecycle.k8s.io", Version: "v1alpha1", Resource: "evictionrequests"}

// byTarget indexes eviction requests by the UID of their pod.
const byTarget = "target"

// evictions are a namespace's eviction requests, as far as they can be read: nothing
// waits for them but the first look. The zero value has none.
type evictions struct {
	informer cache.SharedIndexInformer
	reads    *reads
}

// servesEvictions reports whether the API server knows eviction requests, as far as it
// says. It is asked once, so that one that does not is not asked again and again.
func (c *Connection) servesEvictions() bool {
	_, err := c.kube.Discovery().ServerResourcesForGroupVersion(evictionRequests.GroupVersion().String())
	return !denied(err)
}

// watchEvictions reads the eviction requests of a namespace, where there are any.
func (c *Cluster) watchEvictions(ctx context.Context, name string, wake func()) (evictions, error) {
	if !c.evictable {
		return evictions{}, nil
	}
	r := newReads(name, wake)
	informer := r.dynamic(evictionRequests.Resource, c.dynamic.Resource(evictionRequests).Namespace(name), slim)
	if err := informer.AddIndexers(cache.Indexers{byTarget: targetUID}); err != nil {
		return evictions{}, fmt.Errorf("indexing eviction requests of namespace %q: %w", name, err)
	}
	return evictions{informer, r}, r.start(ctx, wake)
}

// settled reports whether it is known if they can be read.
func (e evictions) settled() bool { return e.reads == nil || e.reads.settled() }

// of says who asks for the pod's eviction, "" for nobody. What may not be read any more
// counts for nothing: a request that was withdrawn since would hold its pod for good.
func (e evictions) of(pod *corev1.Pod) string {
	if e.informer == nil || e.reads.missing() != nil {
		return ""
	}
	found, err := e.informer.GetIndexer().ByIndex(byTarget, string(pod.UID))
	if err != nil {
		return ""
	}
	var asking []*unstructured.Unstructured
	for _, one := range found {
		if request := one.(*unstructured.Unstructured); inForce(request) {
			asking = append(asking, request)
		}
	}
	if len(asking) == 0 {
		return ""
	}
	first := slices.MinFunc(asking, func(a, b *unstructured.Unstructured) int { return cmp.Compare(a.GetName(), b.GetName()) })
	requester, _, _ := unstructured.NestedString(first.Object, "spec", "requester")
	return fmt.Sprintf("%s asks for its eviction by EvictionRequest %s", requester, first.GetName())
}

// inForce reports whether the request still asks for an eviction: deleting it withdraws
// it, and one that has failed is tried again only when its spec is changed.
func inForce(request *unstructured.Unstructured) bool {
	intent, _, _ := unstructured.NestedString(request.Object, "spec", "intent")
	return intent == "Eviction" && request.GetDeletionTimestamp() == nil && !givenUp(request)
}

// givenUp reports whether nobody acts on the request any more, as it now is.
func givenUp(request *unstructured.Unstructured) bool {
	seen, _, _ := unstructured.NestedInt64(request.Object, "status", "observedGeneration")
	conditions, _, _ := unstructured.NestedSlice(request.Object, "status", "conditions")
	return seen >= request.GetGeneration() && slices.ContainsFunc(conditions, func(one any) bool {
		condition, _ := one.(map[string]any)
		return condition["type"] == "Failed" && condition["status"] == string(metav1.ConditionTrue)
	})
}

func targetUID(object any) ([]string, error) {
	uid, _, _ := unstructured.NestedString(object.(*unstructured.Unstructured).Object, "spec", "target", "pod", "uid")
	return []string{uid}, nil
}
