package cluster

import (
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
)

// overlay lays the objects that our own writes returned over an informer's,
// until the informer has caught up: what we observe is never older than our
// own last write.
type overlay[T metav1.Object] struct {
	mu      sync.Mutex
	written map[types.UID]known[T]
}

// known is the newest that was seen of an object that we wrote.
type known[T metav1.Object] struct {
	object T
	shown  bool // by the informer, too
}

// wrote takes the object that a write returned.
func (o *overlay[T]) wrote(object T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.written == nil {
		o.written = map[types.UID]known[T]{}
	}
	if last, ok := o.written[object.GetUID()]; !ok || older(last.object, object) {
		o.written[object.GetUID()] = known[T]{object: object}
	}
}

// newest returns the newer of the informer's object and ours. It never goes back:
// one reader may hold what the informer had before it caught up, while another
// one has seen that it did.
func (o *overlay[T]) newest(cached T) T {
	o.mu.Lock()
	defer o.mu.Unlock()
	last, ok := o.written[cached.GetUID()]
	if ok && older(cached, last.object) {
		return last.object
	}
	if ok {
		o.written[cached.GetUID()] = known[T]{cached, true}
	}
	return cached
}

// forget drops a deleted object.
func (o *overlay[T]) forget(uid types.UID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.written, uid)
}

// ahead are the written objects that no informer has shown yet.
func (o *overlay[T]) ahead() []T {
	o.mu.Lock()
	defer o.mu.Unlock()
	var objects []T
	for _, last := range o.written {
		if !last.shown {
			objects = append(objects, last.object)
		}
	}
	return objects
}

// older compares resource versions, which Kubernetes lets clients order since 1.35.
func older(a, b metav1.Object) bool {
	order, err := resourceversion.CompareResourceVersion(a.GetResourceVersion(), b.GetResourceVersion())
	return err == nil && order < 0
}
