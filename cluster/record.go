package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// Records are this instance's records in all watched namespaces.
func (c *Cluster) Records() []reconciler.Record {
	var all []*Upgrade
	known := map[spec.Key]bool{}
	for _, ns := range c.namespaces {
		for _, stored := range ns.upgrades.GetStore().List() {
			upgrade := c.upgrades.newest(stored.(*Upgrade))
			known[upgrade.key()] = true
			all = append(all, upgrade)
		}
	}
	for _, upgrade := range c.upgrades.ahead() {
		if !known[upgrade.key()] {
			all = append(all, upgrade)
		}
	}
	var records []reconciler.Record
	for _, upgrade := range all {
		if !c.foreign(upgrade.Spec.Instance) {
			records = append(records, upgrade.Record())
		}
	}
	return records
}

// Save writes the mirror where the plan has changed, then the status.
func (c *Cluster) Save(ctx context.Context, plan reconciler.Plan, status reconciler.Status) error {
	ns := c.namespaces[plan.Metadata.Namespace]
	known, exists := c.upgrade(ns, plan.Key())
	upgrade := known
	wanted := c.mirrorOf(plan)
	var err error
	if !exists {
		upgrade, err = c.create(ctx, plan.Key(), wanted)
	} else if !known.mirrors(wanted) {
		changed := *known
		changed.Spec = wanted
		upgrade, err = c.write(ctx, &changed)
	}
	if err != nil {
		return fmt.Errorf("recording plan %q: %w", plan.Key(), explained(c.refused(err, known), plan.Metadata.Namespace))
	}
	if !upgrade.mirrors(wanted) { // or it would be written again and again
		return fmt.Errorf("recording plan %q: the cluster keeps only a part of it: its CRD is of another version; "+
			"apply what `patchwave install` prints", plan.Key())
	}
	changed := *upgrade
	changed.Status = status
	changed.Status.ObservedGeneration = upgrade.Generation
	saved, err := c.write(ctx, &changed, "status")
	if err == nil && saved.heeded(status) {
		_, err = c.write(ctx, saved.withoutRequest())
	}
	if err != nil {
		return fmt.Errorf("recording the status of plan %q: %w", plan.Key(), c.refused(err, upgrade))
	}
	return nil
}

// Remove deletes the record of a plan that is gone, as it was observed. It stands
// as last written until the informer has heard of its end: an older form of it
// would be told of again.
func (c *Cluster) Remove(ctx context.Context, key spec.Key) error {
	ns := c.namespaces[key.Namespace]
	upgrade, ok := c.upgrade(ns, key)
	if !ok {
		return nil
	}
	guard := v1.DeleteOptions{Preconditions: &v1.Preconditions{UID: &upgrade.UID, ResourceVersion: &upgrade.ResourceVersion}}
	err := c.records(key.Namespace).Delete(ctx, key.Name, guard)
	if err = c.refused(err, upgrade); err != nil && !errors.Is(err, reconciler.ErrStale) {
		return fmt.Errorf("removing the record of plan %q: %w", key, err)
	}
	return nil
}

func (c *Cluster) records(namespace string) dynamic.ResourceInterface {
	return c.dynamic.Resource(upgrades).Namespace(namespace)
}

func (c *Cluster) create(ctx context.Context, key spec.Key, wanted UpgradeSpec) (*Upgrade, error) {
	upgrade := &Upgrade{
		TypeMeta:   v1.TypeMeta{APIVersion: spec.APIVersion, Kind: UpgradeKind},
		ObjectMeta: v1.ObjectMeta{Name: key.Name, Namespace: key.Namespace},
		Spec:       wanted,
	}
	sent, err := upgrade.toUnstructured()
	if err != nil {
		return upgrade, err
	}
	return c.keep(c.records(key.Namespace).Create(ctx, sent, v1.CreateOptions{FieldManager: FieldManager}))
}

// write replaces the record, or its status, as it was observed.
func (c *Cluster) write(ctx context.Context, upgrade *Upgrade, subresource ...string) (*Upgrade, error) {
	upgrade.TypeMeta = v1.TypeMeta{APIVersion: spec.APIVersion, Kind: UpgradeKind}
	sent, err := upgrade.toUnstructured()
	if err != nil {
		return upgrade, err
	}
	return c.keep(c.records(upgrade.Namespace).Update(ctx, sent, v1.UpdateOptions{FieldManager: FieldManager}, subresource...))
}

// keep lays what a write returned over the informer's.
func (c *Cluster) keep(written *unstructured.Unstructured, err error) (*Upgrade, error) {
	if err != nil {
		return nil, err
	}
	upgrade, err := fromUnstructured(written)
	if err == nil {
		c.upgrades.wrote(upgrade)
	}
	return upgrade, err
}

// refused tells a stale write from a real error. A record deleted by hand is
// forgotten, and made anew at the next look, once the informer does not show it
// any more; where it was to be made, it is the namespace that is not there.
func (c *Cluster) refused(err error, upgrade *Upgrade) error {
	if apierrors.IsNotFound(err) {
		if upgrade == nil {
			return err
		}
		store := c.namespaces[upgrade.Namespace].upgrades.GetStore()
		if _, shown, _ := store.GetByKey(upgrade.key().String()); !shown {
			c.upgrades.forget(upgrade.UID)
		}
	}
	return stale(err)
}

// Upgrades reads records from the API server: the named one, or all of a
// namespace, or with an empty namespace all there are.
func (c *Connection) Upgrades(ctx context.Context, namespace string, name ...string) ([]Upgrade, error) {
	records := c.dynamic.Resource(upgrades).Namespace(namespace)
	var found []unstructured.Unstructured
	if len(name) == 1 && namespace != "" {
		one, err := records.Get(ctx, name[0], v1.GetOptions{})
		if err != nil {
			return nil, unread(err)
		}
		found = append(found, *one)
	} else {
		list, err := records.List(ctx, v1.ListOptions{})
		if err != nil {
			return nil, unread(err)
		}
		found = list.Items
	}
	return decoded(found, name)
}

func decoded(found []unstructured.Unstructured, name []string) ([]Upgrade, error) {
	var all []Upgrade
	for i := range found {
		upgrade, err := fromUnstructured(&found[i])
		if err != nil {
			return nil, err
		}
		if len(name) == 0 || upgrade.Name == name[0] {
			all = append(all, *upgrade)
		}
	}
	return all, nil
}

// unread explains why records cannot be read.
func unread(err error) error {
	if apierrors.IsNotFound(err) && strings.Contains(err.Error(), "could not find the requested resource") {
		return fmt.Errorf("the cluster does not know upgrades.patchwave.dev; `patchwave install` prints what it needs: %w", err)
	}
	return fmt.Errorf("reading upgrades: %w", err)
}
