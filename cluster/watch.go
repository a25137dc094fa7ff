package cluster

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

	reads *reads // what of these is read

	evictions evictions
}

// Cluster observes and acts within some namespaces. It is the reconciler's
// World and Archive.
type Cluster struct {
	*Connection
	log        *slog.Logger
	namespaces map[string]namespace
	nodes      cache.SharedIndexInformer
	nodesRead  *reads
	pods       overlay[*corev1.Pod]
	owners     overlay[metav1.Object]
	upgrades   overlay[*Upgrade]
	newborn    workqueue.TypedRateLimitingInterface[string] // keys of pods
	evictable  bool                                         // the API server knows eviction requests
	instance   string
}

// Watch starts the informers and waits until they know the cluster, or what of it
// they cannot read; wake is called with a namespace whenever something in it, or a
// node, has changed. What cannot be read is tried again, and closes its namespace alone.
//
// Records of another instance are left alone; an empty instance owns none.
func Watch(ctx context.Context, c *Connection, instance string, names []string, wake func(namespace string), log *slog.Logger) (*Cluster, error) {
	if _, err := c.kube.Discovery().ServerVersion(); err != nil {
		return nil, fmt.Errorf("reaching the API server: %w", err)
	}
	cluster := &Cluster{
		Connection: c, instance: instance, log: log, namespaces: map[string]namespace{},
		newborn: newbornQueue(), evictable: c.servesEvictions(),
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
	if c.leases != nil {
		c.leases.tell(wake)
	}
	return cluster, cluster.settle(ctx)
}

func (c *Cluster) watch(ctx context.Context, name string, wake func()) error {
	core, apps, policy := c.kube.CoreV1().RESTClient(), c.kube.AppsV1().RESTClient(), c.kube.PolicyV1().RESTClient()
	r := newReads(name, wake)
	ns := namespace{
		pods:     r.informer("pods", core, &corev1.Pod{}),
		budgets:  r.informer("poddisruptionbudgets", policy, &policyv1.PodDisruptionBudget{}),
		upgrades: c.upgradeInformer(name, r),

		deployments:  r.informer("deployments", apps, &appsv1.Deployment{}),
		replicaSets:  r.informer("replicasets", apps, &appsv1.ReplicaSet{}),
		statefulSets: r.informer("statefulsets", apps, &appsv1.StatefulSet{}),
		daemonSets:   r.informer("daemonsets", apps, &appsv1.DaemonSet{}),
		revisions:    r.informer("controllerrevisions", apps, &appsv1.ControllerRevision{}),

		reads: r,
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
	var err error
	if ns.evictions, err = c.watchEvictions(ctx, name, wake); err != nil {
		return err
	}
	c.namespaces[name] = ns
	return r.start(ctx, wake)
}

// watchNodes reads the nodes, which are in no namespace.
func (c *Cluster) watchNodes(ctx context.Context, wake func()) error {
	c.nodesRead = newReads("", wake)
	c.nodes = c.nodesRead.informer("nodes", c.kube.CoreV1().RESTClient(), &corev1.Node{})
	_, err := c.nodes.AddEventHandler(nodeEvents(wake))
	if err != nil {
		return fmt.Errorf("listening to nodes: %w", err)
	}
	return c.nodesRead.start(ctx, func() {})
}

// nodeEvents tells only of nodes that come, go, or turn Ready or not: their heartbeats
// wake nobody.
func nodeEvents(wake func()) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { wake() },
		DeleteFunc: func(any) { wake() },
		UpdateFunc: func(before, after any) {
			if nodeReady(before.(*corev1.Node)) != nodeReady(after.(*corev1.Node)) {
				wake()
			}
		},
	}
}

// settle waits until of everything it is known whether it can be read.
func (c *Cluster) settle(told context.Context) error {
	ctx, cancel := context.WithTimeout(told, syncTime)
	defer cancel()
	settled := []cache.InformerSynced{c.nodesRead.settled}
	for _, ns := range c.namespaces {
		settled = append(settled, ns.reads.settled, ns.evictions.settled)
	}
	cache.WaitForCacheSync(ctx.Done(), settled...) // what is late comes in later
	return told.Err()
}

// unread says what of a namespace, or of the nodes, cannot be read.
func (c *Cluster) unread(ns namespace) error {
	return cmp.Or(ns.reads.missing(), c.nodesRead.missing())
}

// Closed says why nothing can be done in a namespace now: something of it cannot be
// read, or this process does not lead there. It is nil where work can be done.
func (c *Cluster) Closed(name string) error {
	ns, ok := c.namespaces[name]
	if !ok {
		return fmt.Errorf("namespace %q is not watched; add it to the source's namespaces", name)
	}
	if err := c.unread(ns); err != nil || c.leases == nil {
		return err
	}
	return c.leases.closed(name)
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
