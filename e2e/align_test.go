package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestAligned takes each kind through its life.
func TestAligned(t *testing.T) {
	for _, kind := range slices.Sorted(maps.Keys(heads)) {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			o.rolls("v1")
			before, was := o.pods(), o.get()

			o.rolls("v2")
			o.sameButRestarted(before, "v2", 1)
			o.isAligned("v2", was)
			o.settled("v2")
			if kind != "DaemonSet" {
				o.scalesUp(before, "v2")
			}
			o.ordinaryRollOut("v3")

			before = o.pods()
			o.rolls("v4")
			o.sameButRestarted(before, "v4", 1)
			o.isAligned("v4", was)
			o.settled("v4")
		})
	}
}

// The other strategies that Kubernetes knows.
func TestStrategies(t *testing.T) {
	for name, head := range map[string]string{
		"Deployment Recreate":     "replicas: 3\n  strategy: {type: Recreate}",
		"Deployment no history":   "replicas: 3\n  revisionHistoryLimit: 0",
		"Deployment no surge":     "replicas: 3\n  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}",
		"DaemonSet surge":         "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
		"DaemonSet no history":    "revisionHistoryLimit: 0",
		"StatefulSet ordered":     "replicas: 3\n  podManagementPolicy: OrderedReady",
		"StatefulSet no history":  "replicas: 3\n  revisionHistoryLimit: 0",
		"StatefulSet all but one": "replicas: 3\n  updateStrategy: {rollingUpdate: {partition: 1}}",
	} {
		t.Run(name, func(t *testing.T) {
			kind, _, _ := strings.Cut(name, " ")
			o := begin(t).makesLike(kind, head)
			o.rolls("v1")
			before, was := o.pods(), o.get()
			for i, tag := range []string{"v2", "v3", "v1"} {
				o.rolls(tag)
				o.sameButRestarted(before, tag, int32(i+1))
				o.isAligned(tag, was)
				o.settled(tag)
			}
			if kind == "Deployment" && len(o.sets()) != 1 {
				t.Errorf("there are %d ReplicaSets, want the one", len(o.sets()))
			}
		})
	}
}

// scalesUp looks whether a pod made later comes up new, beside the old ones.
func (o owner) scalesUp(before map[string]view, tag string) {
	o.t.Helper()
	o.patch(`{"spec":{"replicas":4}}`)
	o.until("4 pods are Ready", func() (bool, string) {
		ready := 0
		for name, pod := range o.pods() {
			if pod.ready && strings.HasSuffix(pod.image, ":"+tag) {
				ready++
			}
			if was, old := before[name]; old && was.uid != pod.uid {
				o.t.Fatalf("pod %s was replaced", name)
			} else if !old && pod.restarts > 0 {
				o.t.Errorf("pod %s should come up on %s by itself", name, tag)
			}
		}
		return ready == 4, fmt.Sprint(ready, " are")
	})
}

// ordinaryRollOut is Kubernetes' own, which replaces the pods; the plan stalls
// until it follows.
func (o owner) ordinaryRollOut(tag string) {
	o.t.Helper()
	if o.kind == "ReplicaSet" { // has none
		return
	}
	if o.kind == "StatefulSet" {
		o.patch(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}`)
	}
	o.setImage(tag)
	o.settled(tag)
	o.shows("was changed to server=registry.example.com/lobby:" + tag)
	if o.kind == "StatefulSet" {
		o.patch(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}}}}`)
	}
	o.rolls(tag)
}

// Kubernetes has rolled out v2, so a ReplicaSet at v1 is left; its controller would
// take that one for the newest when the template comes back to v1 in place.
func TestAlignedToAnEarlierTemplate(t *testing.T) {
	o := begin(t).makes("Deployment")
	o.setImage("v2")
	o.settled("v2")
	o.rolls("v2")
	before, was := o.pods(), o.get()
	for range 2 { // the second time both are in its history
		o.rolls("v1")
		o.isAligned("v1", was)
		o.settled("v1")
		o.kept(before)
		o.rolls("v2")
		o.isAligned("v2", was)
		o.settled("v2")
		o.kept(before)
	}
	o.scalesUp(before, "v2")
	o.ordinaryRollOut("v1")
}

// Template: Leave touches no owner.
func TestTemplateLeft(t *testing.T) {
	for _, kind := range slices.Sorted(maps.Keys(heads)) {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			before, was, since := o.pods(), o.get(), o.audited()
			o.rolls("v2", "  template: Leave")
			o.sameButRestarted(before, "v2", 1)
			o.isAligned("v1", was)
			o.says("the template of the "+kind+" is left as it is", "status", "lobby", "-o", "json")
			o.ownersUnwritten(since)
		})
	}
}
