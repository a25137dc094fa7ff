package cluster

import (
	"cmp"
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// Observe gathers what the plan's target owns, and the plan's record.
func (c *Cluster) Observe(_ context.Context, plan reconciler.Plan) (reconciler.Observed, error) {
	ns, ok := c.namespaces[plan.Metadata.Namespace]
	if !ok {
		return reconciler.Observed{}, fmt.Errorf("observing plan %q: namespace %q is not watched; add it to the source's namespaces",
			plan.Key(), plan.Metadata.Namespace)
	}
	if err := c.unread(ns); err != nil {
		return reconciler.Observed{}, err
	}
	members, owners, missing, err := c.target(ns, plan.Metadata.Namespace, plan.Spec.Target)
	if err != nil {
		return reconciler.Observed{}, fmt.Errorf("observing plan %q: %w", plan.Key(), err)
	}
	record, recorded := c.upgrade(ns, plan.Key())
	if recorded && c.foreign(record.Spec.Instance) {
		return reconciler.Observed{}, fmt.Errorf("observing plan %q: its record belongs to instance %q; rename the plan, or stop that instance when nothing is under way, and then "+
			"`patchwave adopt %s -n %s --instance %s` hands the plan over",
			plan.Key(), record.Spec.Instance, plan.Metadata.Name, plan.Metadata.Namespace, c.instance)
	}
	observed := reconciler.Observed{Missing: missing, Owners: owners}
	var pods []*corev1.Pod
	for _, member := range members {
		if pod, ok := c.see(member); ok {
			observed.Pods, pods = append(observed.Pods, pod), append(pods, c.pods.newest(member.pod))
		}
	}
	if observed.Ending, err = c.ending(ns, plan.Spec.Target); err != nil {
		return reconciler.Observed{}, fmt.Errorf("observing plan %q: %w", plan.Key(), err)
	}
	if observed.Budgets, err = c.budgets(ns, pods); err != nil {
		return reconciler.Observed{}, fmt.Errorf("observing plan %q: %w", plan.Key(), err)
	}
	if recorded {
		observed.Status = record.Status
		observed.Request = record.request()
		observed.Mirrored = record.mirrors(c.mirrorOf(plan)) && !record.heeded(record.Status)
	}
	return observed, nil
}

// member is a pod of a target, with its workload and the images that this one's
// template names.
type member struct {
	pod      *corev1.Pod
	template []spec.Image
	owner    string
	readyFor time.Duration
}

func (w workload) members(pods []*corev1.Pod) []member {
	images := w.images()
	members := make([]member, 0, len(pods))
	for _, pod := range pods {
		members = append(members, member{pod, images, string(w.GetUID()), w.readyFor()})
	}
	return members
}

// see turns a member into what the reconciler looks at, if it may be patched.
func (c *Cluster) see(m member) (reconciler.Pod, bool) {
	pod := c.pods.newest(m.pod)
	if !ours(pod) {
		return reconciler.Pod{}, false
	}
	converted := convert(pod, c.node(pod.Spec.NodeName))
	converted.Template, converted.Owner, converted.MinReady = m.template, m.owner, m.readyFor
	if asked := c.namespaces[pod.Namespace].evictions.of(pod); asked != "" && converted.Leaving == "" {
		converted.Leaving = leaving + asked
	}
	if drain := converted.Drain; drain != nil {
		drain.Plan = c.whose(drain.Plan, drain.Instance)
	}
	return converted, true
}

// Drained are the namespace's pods that were drained for any plan of this instance.
func (c *Cluster) Drained(namespace string) []reconciler.Pod {
	var drained []reconciler.Pod
	for _, stored := range c.namespaces[namespace].pods.GetStore().List() {
		pod := c.pods.newest(stored.(*corev1.Pod))
		if pod.Annotations[drainAnnotation] == "" || !ours(pod) {
			continue
		}
		if one := convert(pod, nil); one.Drain == nil || !c.foreign(one.Drain.Instance) {
			drained = append(drained, one)
		}
	}
	return drained
}

// foreign tells whether a record or a note is another instance's.
func (c *Cluster) foreign(instance string) bool {
	return instance != "" && c.instance != "" && instance != c.instance
}

func (c *Cluster) node(name string) *corev1.Node {
	object, ok, err := c.nodes.GetStore().GetByKey(name)
	if err != nil || !ok {
		return nil
	}
	return object.(*corev1.Node)
}

// target finds the pods and what makes them, or says why there is nothing to work on.
func (c *Cluster) target(ns namespace, namespace string, target spec.Target) (members []member, owners []align.Owner, missing string, err error) {
	matches, err := matcher(target)
	if err != nil {
		return nil, nil, "", err
	}
	var unusable []string
	if target.Kind == "Pod" {
		members, unusable = ns.barePods(matches)
		if len(members) == 0 {
			missing = cmp.Or(first(unusable), c.absent(ns, namespace, target))
		}
		return members, nil, missing, nil
	}
	for _, workload := range c.workloads(ns, target.Kind) {
		if !matches(workload) {
			continue
		}
		if owner := metav1.GetControllerOfNoCopy(workload); owner != nil {
			unusable = append(unusable, fmt.Sprintf("%s %s %s", target.Kind, workload.GetName(), ns.belongs(namespace, owner)))
			continue
		}
		owned, err := ns.owned(workload)
		if err != nil {
			return nil, nil, "", err
		}
		members = append(members, workload.members(owned)...)
		owners = append(owners, c.owner(ns, workload, owned))
	}
	if len(owners) == 0 {
		missing = cmp.Or(first(unusable), c.absent(ns, namespace, target))
	}
	return members, owners, missing, nil
}

// ending counts the bare pods that are terminating.
func (c *Cluster) ending(ns namespace, target spec.Target) (ending int, err error) {
	matches, err := matcher(target)
	if target.Kind != "Pod" || err != nil {
		return 0, err
	}
	for _, object := range ns.pods.GetStore().List() {
		pod := c.pods.newest(object.(*corev1.Pod))
		if matches(pod) && pod.DeletionTimestamp != nil && metav1.GetControllerOfNoCopy(pod) == nil {
			ending++
		}
	}
	return ending, nil
}

// barePods are pods that nobody owns, and why others that match cannot be upgraded.
func (ns namespace) barePods(matches func(metav1.Object) bool) (members []member, unusable []string) {
	for _, object := range ns.pods.GetStore().List() {
		pod := object.(*corev1.Pod)
		if !matches(pod) {
			continue
		}
		if why := ns.unusable(pod); why != "" {
			unusable = append(unusable, why)
			continue
		}
		members = append(members, member{pod: pod})
	}
	return members, unusable
}

// matcher tells whether an object is the target, by name or by labels.
func matcher(target spec.Target) (func(metav1.Object) bool, error) {
	if target.Name != "" {
		return func(object metav1.Object) bool { return object.GetName() == target.Name }, nil
	}
	selector, err := labelSelector(target)
	return func(object metav1.Object) bool { return selector.Matches(labels.Set(object.GetLabels())) }, err
}

func labelSelector(target spec.Target) (labels.Selector, error) {
	selector := &metav1.LabelSelector{MatchLabels: target.Selector.MatchLabels}
	for _, e := range target.Selector.MatchExpressions {
		selector.MatchExpressions = append(selector.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: e.Key, Operator: metav1.LabelSelectorOperator(e.Operator), Values: e.Values,
		})
	}
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return labels.Nothing(), fmt.Errorf("reading the target's selector: %w", err)
	}
	return parsed, nil
}

// upgrade returns the record, never older than our own last write.
func (c *Cluster) upgrade(ns namespace, key spec.Key) (*Upgrade, bool) {
	if object, ok, err := ns.upgrades.GetStore().GetByKey(key.String()); err == nil && ok {
		return c.upgrades.newest(object.(*Upgrade)), true
	}
	for _, written := range c.upgrades.ahead() {
		if written.key() == key {
			return written, true
		}
	}
	return nil, false
}
