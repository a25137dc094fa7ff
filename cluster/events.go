package cluster

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// maxEvent is the API server's limit of an Event's message, in bytes.
const maxEvent = 1024

// Events writes Kubernetes Events.
type Events struct {
	*Cluster
	recorder record.EventRecorder
	stop     func()
}

// NewEvents starts the writer of Events; Stop ends it.
func NewEvents(c *Cluster) *Events {
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: c.kube.CoreV1().Events("")})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: FieldManager})
	return &Events{Cluster: c, recorder: recorder, stop: broadcaster.Shutdown}
}

// Stop ends the writer.
func (e *Events) Stop() { e.stop() }

// Turn writes an Event on the record and on the workload.
func (e *Events) Turn(plan reconciler.Plan, turn reconciler.Turn) {
	kind := corev1.EventTypeNormal
	if turn.Warning {
		kind = corev1.EventTypeWarning
	}
	for _, about := range e.about(plan) {
		e.recorder.Event(about, kind, turn.Reason, strings.ToValidUTF8(turn.Message[:min(len(turn.Message), maxEvent)], ""))
	}
}

// about are the objects that a plan's Events are written on.
func (e *Events) about(plan reconciler.Plan) []*corev1.ObjectReference {
	ns := e.namespaces[plan.Metadata.Namespace]
	var all []*corev1.ObjectReference
	if upgrade, ok := e.upgrade(ns, plan.Key()); ok {
		all = append(all, &corev1.ObjectReference{
			APIVersion: upgrades.GroupVersion().String(), Kind: UpgradeKind,
			Namespace: upgrade.Namespace, Name: upgrade.Name, UID: upgrade.UID,
		})
	}
	return append(all, e.named(ns, plan.Spec.Target)...)
}

// named are the objects that a target names.
func (c *Cluster) named(ns namespace, target spec.Target) []*corev1.ObjectReference {
	matches, err := matcher(target)
	if err != nil {
		return nil
	}
	var found []*corev1.ObjectReference
	note := func(version string, o metav1.Object) {
		if matches(o) {
			found = append(found, &corev1.ObjectReference{
				APIVersion: version, Kind: target.Kind, Namespace: o.GetNamespace(), Name: o.GetName(), UID: o.GetUID(),
			})
		}
	}
	for _, workload := range c.workloads(ns, target.Kind) {
		note("apps/v1", workload)
	}
	if target.Kind == "Pod" {
		for _, pod := range ns.pods.GetStore().List() {
			note("v1", pod.(metav1.Object))
		}
	}
	return found
}
