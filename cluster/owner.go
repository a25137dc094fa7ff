package cluster

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
)

// alignAnnotation is what an owner carries while its template is aligned.
const alignAnnotation = "patchwave.dev/aligning"

// owner turns a workload into what an alignment looks at.
func (c *Cluster) owner(ns namespace, w workload, pods []*corev1.Pod) align.Owner {
	o := align.Owner{
		Kind: w.kind, Namespace: w.GetNamespace(), Name: w.GetName(), UID: string(w.GetUID()), ResourceVersion: w.GetResourceVersion(),
		Wanted: w.replicas, MinReady: w.readyFor(), Images: w.images(), Held: w.held(), HeldByUs: w.wrote(holdField), Appliers: w.appliers(),
	}
	if mark := c.alignMark(w); w.wrote(alignAnnotation) {
		o.Mark = mark
	} else {
		o.Disowned = mark
	}
	for _, pod := range pods {
		switch pod = c.pods.newest(pod); {
		case ours(pod):
			o.Pods = append(o.Pods, revisioned(pod))
		case w.kind != "Deployment" && c.endsForLong(pod):
			o.Ending++
		}
	}
	slices.SortFunc(o.Pods, func(a, b align.Pod) int { return cmp.Compare(a.Name, b.Name) })
	switch object := w.Object.(type) {
	case *appsv1.Deployment:
		o.Observed = object.Status.ObservedGeneration >= object.Generation
		o.Updated, o.Counted = int(object.Status.UpdatedReplicas), int(object.Status.Replicas)
		o.Sets = c.sets(ns, w)
	case *appsv1.StatefulSet:
		fillStatefulSet(&o, object)
		o.Reshaped = ns.reshaped(w, o.Mark)
	case *appsv1.DaemonSet:
		fillDaemonSet(&o, object)
		o.Revision, o.Reshaped = ns.newestRevision(w), ns.reshaped(w, o.Mark)
	}
	return o
}

// endsForLong tells whether a pod was to end so long ago that controllers know it.
func (c *Cluster) endsForLong(pod *corev1.Pod) bool {
	by, grace := pod.DeletionTimestamp, pod.DeletionGracePeriodSeconds
	return by != nil && grace != nil && c.Now().Sub(by.Add(-time.Duration(*grace)*time.Second)) > align.SeenBy
}

func fillStatefulSet(o *align.Owner, set *appsv1.StatefulSet) {
	o.Observed = set.Status.ObservedGeneration >= set.Generation
	o.OnDelete, o.Unknown = kindOfUpdate(set.Spec.UpdateStrategy.Type)
	rolling := set.Spec.UpdateStrategy.RollingUpdate
	o.Strategy, o.Revision = text(set.Spec.UpdateStrategy), set.Status.UpdateRevision
	if rolling != nil && rolling.Partition != nil && *rolling.Partition > 0 {
		o.Current = set.Status.CurrentRevision
	}
	o.Updated, o.Counted = int(set.Status.UpdatedReplicas), int(set.Status.Replicas)
}

func fillDaemonSet(o *align.Owner, set *appsv1.DaemonSet) {
	o.Observed = set.Status.ObservedGeneration >= set.Generation
	o.OnDelete, o.Unknown = kindOfUpdate(set.Spec.UpdateStrategy.Type)
	o.Strategy = text(set.Spec.UpdateStrategy)
	o.Updated, o.Counted = int(set.Status.UpdatedNumberScheduled), int(set.Status.CurrentNumberScheduled)
	o.Misplaced = int(set.Status.NumberMisscheduled)
}

// kindOfUpdate tells the types of update strategies apart. Newer releases of Kubernetes
// have further ones, such as a StatefulSet's Recreate: no type is taken for another.
func kindOfUpdate[T ~string](is T) (onDelete bool, unknown string) {
	switch is {
	case "", T(appsv1.RollingUpdateStatefulSetStrategyType):
		return false, ""
	case T(appsv1.OnDeleteStatefulSetStrategyType):
		return true, ""
	}
	return false, string(is)
}

// text is JSON; a strategy always has one.
func text(value any) string {
	encoded, _ := json.Marshal(value)
	return string(encoded)
}

// sets are a Deployment's, the oldest first, as its controller sorts them.
func (c *Cluster) sets(ns namespace, deployment workload) []align.Set {
	found, _ := ns.replicaSets.GetIndexer().ByIndex(byOwner, string(deployment.GetUID()))
	var all []*appsv1.ReplicaSet
	for _, stored := range found {
		all = append(all, c.owners.newest(stored.(metav1.Object)).(*appsv1.ReplicaSet))
	}
	slices.SortFunc(all, func(a, b *appsv1.ReplicaSet) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	var sets []align.Set
	own, marked := bare(deployment.template), deployment.noted()
	for _, set := range all {
		w, _ := asWorkload(set)
		sets = append(sets, align.Set{
			Name: set.Name, UID: string(set.UID), ResourceVersion: set.ResourceVersion,
			Observed: set.Status.ObservedGeneration >= set.Generation,
			Replicas: max(w.replicas, int(set.Status.Replicas)),
			Like:     apiequality.Semantic.DeepEqual(bare(&set.Spec.Template), own), Images: w.images(),
			Stale: w.noted() && !marked,
		})
	}
	return sets
}

// newestRevision is the hash of the ControllerRevision that a DaemonSet made
// last, if that is of its present template.
func (ns namespace) newestRevision(set workload) string {
	var newest *appsv1.ControllerRevision
	for _, revision := range ns.revisionsOf(set) {
		if newest == nil || revision.Revision > newest.Revision {
			newest = revision
		}
	}
	if newest == nil {
		return ""
	}
	template := templateIn(newest)
	if !like(template, set.template) || !slices.Equal(workload{template: template}.images(), set.images()) {
		return ""
	}
	return newest.Labels[appsv1.ControllerRevisionHashLabelKey]
}

// reshaped compares a template with that of the revision in the mark, but for the
// images that are aligned. Where it is cleaned up already, its shape tells: that is
// less, and another release of patchwave might compute it otherwise.
func (ns namespace) reshaped(w workload, mark *align.Mark) bool {
	for _, revision := range ns.revisionsOf(w) {
		// Pods of a StatefulSet are labelled with its name, those of a DaemonSet with its hash.
		if mark != nil && (mark.Revision == revision.Name || mark.Revision == revision.Labels[appsv1.ControllerRevisionHashLabelKey]) {
			return workload{template: templateIn(revision)}.differsIn(w, mark.Images)
		}
	}
	return mark != nil && mark.Shape != "" && mark.Shape != shape(w)
}

// shape is a hash of a template without its images.
func shape(w workload) string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(text(bare(w.template))))
	return strconv.FormatUint(sum.Sum64(), 36)
}

func (ns namespace) revisionsOf(w workload) (all []*appsv1.ControllerRevision) {
	found, _ := ns.revisions.GetIndexer().ByIndex(byOwner, string(w.GetUID()))
	for _, stored := range found {
		all = append(all, stored.(*appsv1.ControllerRevision))
	}
	return all
}

// templateIn is the template that a revision keeps, empty where it makes no sense.
func templateIn(revision *appsv1.ControllerRevision) *corev1.PodTemplateSpec {
	var content struct {
		Spec struct {
			Template corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	_ = json.Unmarshal(revision.Data.Raw, &content)
	return &content.Spec.Template
}

// alignMark reads the annotation; one that makes no sense is none.
func (c *Cluster) alignMark(w workload) *align.Mark {
	var mark align.Mark
	if json.Unmarshal([]byte(w.GetAnnotations()[alignAnnotation]), &mark) != nil || mark.Plan == "" {
		return nil
	}
	mark.Plan = c.whose(mark.Plan, mark.Instance)
	return &mark
}

// noted reports whether it carries the annotation, whatever that says.
func (w workload) noted() bool {
	_, there := w.GetAnnotations()[alignAnnotation]
	return there
}

// whose names a plan that a note speaks of; that of another instance is none of
// ours, though it may have the same name.
func (c *Cluster) whose(plan, instance string) string {
	if c.foreign(instance) {
		return plan + " of instance " + instance
	}
	return plan
}

// Held are the namespace's workloads that any plan of this instance aligns, with
// their pods.
func (c *Cluster) Held(namespace string) reconciler.Held {
	ns := c.namespaces[namespace]
	var held reconciler.Held
	for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet"} {
		for _, w := range c.workloads(ns, kind) {
			if !w.wrote(alignAnnotation) {
				continue
			}
			if mark := c.alignMark(w); mark == nil || c.foreign(mark.Instance) {
				continue
			}
			pods, _ := ns.owned(w)
			held.Owners = append(held.Owners, c.owner(ns, w, pods))
			for _, member := range w.members(pods) {
				if pod, ok := c.see(member); ok {
					held.Pods = append(held.Pods, pod)
				}
			}
		}
	}
	return held
}
