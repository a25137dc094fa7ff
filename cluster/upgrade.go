package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// UpgradeKind is the record's kind: not the plan's, so that a plan can never
// be applied to the cluster as one.
const UpgradeKind = "Upgrade"

var upgrades = schema.GroupVersionResource{Group: "patchwave.dev", Version: "v1alpha1", Resource: "upgrades"}

// Upgrade is the record of a plan as the API server keeps it.
type Upgrade struct {
	v1.TypeMeta   `json:",inline"`
	v1.ObjectMeta `json:"metadata"`
	Spec          UpgradeSpec       `json:"spec"`
	Status        reconciler.Status `json:"status,omitzero"`
}

// UpgradeSpec mirrors the plan in force, so that it stays in force while Git
// cannot be read or has a broken form of it.
type UpgradeSpec struct {
	// Instance is the patchwave whose record it is.
	Instance string        `json:"instance,omitempty"`
	Source   string        `json:"source"`
	Digest   string        `json:"digest"`
	Plan     spec.PlanSpec `json:"plan"`
}

// key is the identity of the record's plan.
func (u *Upgrade) key() spec.Key { return spec.Key{Namespace: u.Namespace, Name: u.Name} }

func (c *Cluster) mirrorOf(plan reconciler.Plan) UpgradeSpec {
	return UpgradeSpec{Instance: c.instance, Source: plan.Source, Digest: plan.Digest, Plan: plan.Spec}
}

// mirrors tells whether the record shows this very plan of this source. What counts is what
// the API server keeps: an empty list is none there.
func (u *Upgrade) mirrors(mirror UpgradeSpec) bool {
	kept, errKept := json.Marshal(u.Spec)
	wanted, errWanted := json.Marshal(mirror)
	return errKept == nil && errWanted == nil && bytes.Equal(kept, wanted)
}

// DeepCopyObject makes an Upgrade a runtime.Object. Nobody changes one in place.
func (u *Upgrade) DeepCopyObject() runtime.Object {
	other := *u
	other.ObjectMeta = *u.ObjectMeta.DeepCopy()
	return &other
}

// Record is the upgrade as the reconciler knows it.
func (u *Upgrade) Record() reconciler.Record {
	plan := spec.Plan{
		APIVersion: spec.APIVersion, Kind: spec.PlanKind,
		Metadata: spec.Metadata{Name: u.Name, Namespace: u.Namespace},
		Spec:     u.Spec.Plan,
	}
	return reconciler.Record{Source: u.Spec.Source, Digest: u.Spec.Digest, Plan: plan, Status: u.Status}
}

// upgradeInformer keeps typed upgrades: they are read at every look, so they
// are parsed once.
func (c *Cluster) upgradeInformer(namespace string, r *reads) cache.SharedIndexInformer {
	return r.dynamic(upgrades.Resource, c.records(namespace), typed)
}

// typed turns what the API server sends into an Upgrade. One that somebody
// edited into nonsense becomes one without a digest: it is never acted on.
func typed(object any) (any, error) {
	sent, ok := object.(*unstructured.Unstructured)
	if !ok {
		return object, nil
	}
	upgrade, err := fromUnstructured(sent)
	if err != nil {
		meta := v1.ObjectMeta{Name: sent.GetName(), Namespace: sent.GetNamespace(), UID: sent.GetUID(), ResourceVersion: sent.GetResourceVersion()}
		return &Upgrade{ObjectMeta: meta}, nil
	}
	return upgrade, nil
}

func fromUnstructured(sent *unstructured.Unstructured) (*Upgrade, error) {
	text, err := sent.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("reading upgrade %q: %w", sent.GetName(), err)
	}
	var upgrade Upgrade
	if json.Unmarshal(text, &upgrade) == nil {
		upgrade.ManagedFields = nil
		return &upgrade, nil
	}
	// A record is a public place: a status that makes no sense is none.
	unstructured.RemoveNestedField(sent.Object, "status")
	if text, err = sent.MarshalJSON(); err == nil {
		upgrade = Upgrade{}
		err = json.Unmarshal(text, &upgrade)
	}
	if err != nil {
		return nil, fmt.Errorf("reading upgrade %q: %w", sent.GetName(), err)
	}
	upgrade.ManagedFields = nil
	return &upgrade, nil
}

func (u *Upgrade) toUnstructured() (*unstructured.Unstructured, error) {
	text, err := json.Marshal(u)
	if err != nil {
		return nil, fmt.Errorf("writing upgrade %q: %w", u.Name, err)
	}
	var sent unstructured.Unstructured
	err = sent.UnmarshalJSON(text)
	return &sent, err
}
