package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// syncTime is how long the first look at the cluster may take.
const syncTime = 30 * time.Second

// byOwner indexes objects by the UID of their controller, "" for none.
const byOwner = "owner"

// namespace holds the informers of one namespace. Nothing outside the
// namespaces that the configuration names is ever read.
type namespace struct {
	pods, budgets, upgrades cache.SharedIndexInformer

	deployments, replicaSets, statefulSets, daemonSets, revisions cache.SharedIndexInformer
}

// Cluster observes and acts within some namespaces. It is the reconciler's
// World and Archive.
type Cluster struct {
	*Connection
	log        *slog.Logger
	namespaces map[string]namespace
	nodes      cache.SharedIndexInformer
	pods       overlay[*corev1.Pod]
	owners     overlay[metav1.Object]
	upgrades   overlay[*Upgrade]
	newborn    workqueue.TypedRateLimitingInterface[string] // keys of pods
	instance   string
	sync       []cache.InformerSynced
}

// Watch starts the informers and waits until they know the cluster; wake is
// called with a namespace whenever something in it, or a node, has changed.
//
// Records of another instance are left alone; an empty instance owns none.
func Watch(ctx context.Context, c *Connection, instance string, names []string, wake func(namespace string), log *slog.Logger) (*Cluster, error) {
	if _, err := c.kube.Discovery().ServerVersion(); err != nil {
		return nil, fmt.Errorf("reaching the API server: %w", err)
	}
	cluster := &Cluster{
		Connection: c, instance: instance, log: log, namespaces: map[string]namespace{},
		newborn: workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]()),
	}
	for _, name := range names {
		if err := cluster.watch(ctx, name, func() { wake(name) }); err != nil {
			return nil, err
		}
	}
	everywhere := func() {
		for _, name := range names {
			wake(name)
		}
	}
	if err := cluster.watchNodes(ctx, everywhere); err != nil {
		return nil, err
	}
	return cluster, cluster.wait(ctx)
}

func (c *Cluster) watch(ctx context.Context, name string, wake func()) error {
	factory := informers.NewSharedInformerFactoryWithOptions(c.kube, 0, informers.WithNamespace(name), informers.WithTransform(slim))
	ns := namespace{
		pods:     factory.Core().V1().Pods().Informer(),
		budgets:  factory.Policy().V1().PodDisruptionBudgets().Informer(),
		upgrades: c.upgradeInformer(name),

		deployments:  factory.Apps().V1().Deployments().Informer(),
		replicaSets:  factory.Apps().V1().ReplicaSets().Informer(),
		statefulSets: factory.Apps().V1().StatefulSets().Informer(),
		daemonSets:   factory.Apps().V1().DaemonSets().Informer(),
		revisions:    factory.Apps().V1().ControllerRevisions().Informer(),
	}
	for _, owned := range []cache.SharedIndexInformer{ns.pods, ns.replicaSets, ns.revisions} {
		if err := owned.AddIndexers(cache.Indexers{byOwner: ownerUID}); err != nil {
			return fmt.Errorf("indexing objects of namespace %q by owner: %w", name, err)
		}
	}
	if _, err := ns.pods.AddEventHandler(c.podEvents()); err != nil {
		return fmt.Errorf("listening to pods of namespace %q: %w", name, err)
	}
	for _, workloads := range []cache.SharedIndexInformer{ns.deployments, ns.replicaSets, ns.statefulSets, ns.daemonSets} {
		_, err := workloads.AddEventHandler(cache.ResourceEventHandlerFuncs{DeleteFunc: func(gone any) { forget(&c.owners, gone) }})
		if err != nil {
			return fmt.Errorf("listening to workloads of namespace %q: %w", name, err)
		}
	}
	if _, err := ns.upgrades.AddEventHandler(cache.ResourceEventHandlerFuncs{DeleteFunc: func(gone any) { forget(&c.upgrades, gone) }}); err != nil {
		return fmt.Errorf("listening to upgrades of namespace %q: %w", name, err)
	}
	c.namespaces[name] = ns
	for kind, informer := range map[string]cache.SharedIndexInformer{
		"pods": ns.pods, "poddisruptionbudgets": ns.budgets, "upgrades": ns.upgrades,
		"deployments": ns.deployments, "replicasets": ns.replicaSets, "statefulsets": ns.statefulSets,
		"daemonsets": ns.daemonSets, "controllerrevisions": ns.revisions,
	} {
		if err := c.start(ctx, informer, kind+" in namespace "+name, wake); err != nil {
			return err
		}
	}
	return nil
}

// watchNodes tells only of nodes that turn Ready or not: their heartbeats wake nobody.
func (c *Cluster) watchNodes(ctx context.Context, wake func()) error {
	c.nodes = informers.NewSharedInformerFactoryWithOptions(c.kube, 0, informers.WithTransform(slim)).Core().V1().Nodes().Informer()
	_, err := c.nodes.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { wake() },
		DeleteFunc: func(any) { wake() },
		UpdateFunc: func(before, after any) {
			if nodeReady(before.(*corev1.Node)) != nodeReady(after.(*corev1.Node)) {
				wake()
			}
		},
	})
	if err != nil {
		return fmt.Errorf("listening to nodes: %w", err)
	}
	return c.start(ctx, c.nodes, "nodes", func() {})
}

// start runs an informer that says what it is not allowed to read.
func (c *Cluster) start(ctx context.Context, informer cache.SharedIndexInformer, what string, wake func()) error {
	err := informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		c.log.Warn("cannot watch "+what+"; trying again", "error", err)
	})
	if err != nil {
		return fmt.Errorf("watching %s: %w", what, err)
	}
	if _, err := informer.AddEventHandler(onAny(wake)); err != nil {
		return fmt.Errorf("watching %s: %w", what, err)
	}
	c.sync = append(c.sync, informer.HasSynced)
	go informer.RunWithContext(ctx)
	return nil
}

// wait blocks until every informer has its first list.
func (c *Cluster) wait(told context.Context) error {
	ctx, cancel := context.WithTimeout(told, syncTime)
	defer cancel()
	if !cache.WaitForCacheSync(ctx.Done(), c.sync...) {
		if told.Err() != nil {
			return told.Err()
		}
		names := slices.Sorted(maps.Keys(c.namespaces))
		return fmt.Errorf("reading the cluster (namespaces %s) did not succeed within %s; "+
			"the warnings above say what is missing: `patchwave install` prints the CRD and the roles", strings.Join(names, ", "), syncTime)
	}
	return nil
}

func onAny(wake func()) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { wake() },
		UpdateFunc: func(any, any) { wake() },
		DeleteFunc: func(any) { wake() },
	}
}

// podEvents hands newborn pods to the gate loop and forgets deleted ones.
func (c *Cluster) podEvents() cache.ResourceEventHandler {
	look := func(object any) {
		if pod := object.(*corev1.Pod); waitsForGate(pod) {
			c.newborn.Add(pod.Namespace + "/" + pod.Name)
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    look,
		UpdateFunc: func(_, after any) { look(after) },
		DeleteFunc: func(gone any) { forget(&c.pods, gone) },
	}
}

func forget[T metav1.Object](o *overlay[T], gone any) {
	if unknown, ok := gone.(cache.DeletedFinalStateUnknown); ok {
		gone = unknown.Obj
	}
	if object, ok := gone.(metav1.Object); ok {
		o.forget(object.GetUID())
	}
}

// slim drops what is large and not looked at.
func slim(object any) (any, error) {
	if pod, ok := object.(*corev1.Pod); ok {
		return slimPod(pod), nil
	}
	if workload, ok := asWorkload(object); ok {
		workload.SetManagedFields(owners(workload.GetManagedFields()))
		return object, nil
	}
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetManagedFields(nil)
	}
	return object, nil
}

func ownerUID(object any) ([]string, error) {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return nil, err
	}
	if owner := metav1.GetControllerOfNoCopy(accessor); owner != nil {
		return []string{string(owner.UID)}, nil
	}
	return []string{""}, nil
}
