package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// reads keeps which kinds of a namespace are read, and why others are not. Informers
// try again by themselves, after 1 s at first and a minute at most.
type reads struct {
	namespace string // "" for what is in none
	changed   func()

	mu        sync.Mutex
	informers map[string]cache.SharedIndexInformer // by resource
	failed    map[string]error                     // why the last request for it failed
}

func newReads(namespace string, changed func()) *reads {
	return &reads{namespace: namespace, changed: changed, informers: map[string]cache.SharedIndexInformer{}, failed: map[string]error{}}
}

// informer is one of a resource.
func (r *reads) informer(resource string, client rest.Interface, example runtime.Object) cache.SharedIndexInformer {
	return r.informerOf(resource, cache.NewListWatchFromClient(client, resource, r.namespace, fields.Everything()), example, slim)
}

// dynamic is an informer of a resource for which there is no Go type of the API's.
func (r *reads) dynamic(resource string, client dynamic.ResourceInterface, change cache.TransformFunc) cache.SharedIndexInformer {
	way := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return client.List(ctx, options)
		},
		WatchFuncWithContext: client.Watch,
	}
	return r.informerOf(resource, way, &unstructured.Unstructured{}, change)
}

func (r *reads) informerOf(resource string, way *cache.ListWatch, example runtime.Object, change cache.TransformFunc) cache.SharedIndexInformer {
	note := func(err error) { r.note(resource, err) }
	informer := cache.NewSharedIndexInformer(noted{cache.ToListerWatcherWithContext(way), note}, example, 0, cache.Indexers{})
	if err := informer.SetTransform(change); err != nil {
		panic("the informer was just made: " + err.Error())
	}
	r.informers[resource] = informer
	return informer
}

// start runs the informers.
func (r *reads) start(ctx context.Context, wake func()) error {
	for resource, informer := range r.informers {
		err := informer.SetWatchErrorHandlerWithContext(func(context.Context, *cache.Reflector, error) {}) // it was noted
		if err == nil {
			_, err = informer.AddEventHandler(onAny(wake))
		}
		if err != nil {
			return fmt.Errorf("watching %s: %w", resource, err)
		}
		go informer.RunWithContext(ctx)
	}
	return nil
}

// note keeps what became of a request. While it fails for one reason, its first words
// stay: it is tried in several ways, which are refused with a word's difference.
func (r *reads) note(resource string, err error) {
	r.mu.Lock()
	before := r.failed[resource]
	same := (err == nil) == (before == nil) && apierrors.ReasonForError(err) == apierrors.ReasonForError(before)
	if !same {
		r.failed[resource] = err
	}
	r.mu.Unlock()
	if !same {
		r.changed()
	}
}

// settled reports whether of everything it is known whether it can be read.
func (r *reads) settled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for resource, informer := range r.informers {
		if !informer.HasSynced() && r.failed[resource] == nil {
			return false
		}
	}
	return true
}

// missing says what cannot be read; nil where all is. What was read once is relied on
// while the API server is away, but not when it says that we may not read it any more.
func (r *reads) missing() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, resource := range slices.Sorted(maps.Keys(r.informers)) {
		if err := r.failed[resource]; !r.informers[resource].HasSynced() || denied(err) || apierrors.IsUnauthorized(err) {
			names = append(names, resource)
		}
	}
	if len(names) == 0 {
		return nil
	}
	what := strings.Join(names, ", ")
	if r.namespace != "" {
		what += " in namespace " + r.namespace
	}
	for _, name := range names {
		if err := r.failed[name]; err != nil {
			return fmt.Errorf("cannot read %s: %w", what, explained(err, r.namespace))
		}
	}
	return fmt.Errorf("still reading %s", what)
}

// noted tells what becomes of each request.
type noted struct {
	cache.ListerWatcherWithContext
	note func(error)
}

// List is not called: there is one with a context.
func (n noted) List(options metav1.ListOptions) (runtime.Object, error) {
	return n.ListWithContext(context.Background(), options)
}

// Watch is not called, either.
func (n noted) Watch(options metav1.ListOptions) (watch.Interface, error) {
	return n.WatchWithContext(context.Background(), options)
}

// ListWithContext lists, and tells how it went.
func (n noted) ListWithContext(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	list, err := n.ListerWatcherWithContext.ListWithContext(ctx, options)
	n.tell(ctx, err)
	return list, err
}

// WatchWithContext watches, and tells how it began. A server that does not send lists
// by a watch is asked for one next.
func (n noted) WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	watching, err := n.ListerWatcherWithContext.WatchWithContext(ctx, options)
	if unknown := apierrors.IsBadRequest(err) || apierrors.IsInvalid(err); !unknown || options.SendInitialEvents == nil {
		n.tell(ctx, err)
	}
	return watching, err
}

func (n noted) tell(ctx context.Context, err error) {
	if ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		n.note(err)
	}
}
