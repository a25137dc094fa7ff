package cluster

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/spec"
)

// How many pods a workload wants, and for how long it wants them Ready, is its own word.
func TestObserveWhatIsWanted(t *testing.T) {
	named := metav1.ObjectMeta{Name: "db", Namespace: "games", UID: "uid-db"}
	of := func(kind, name string, changes ...change) metav1.Object {
		return pod(name, append([]change{ownedBy("apps/v1", kind, "db")}, changes...)...)
	}
	for name, test := range map[string]struct {
		kind         string
		owner        metav1.Object
		pods         []metav1.Object
		wanted, seen int
		ready        time.Duration
	}{
		"replicas left out are one": {"ReplicaSet", &appsv1.ReplicaSet{ObjectMeta: named}, nil, 1, 0, 0},
		"scaled to none":            {"StatefulSet", &appsv1.StatefulSet{ObjectMeta: named, Spec: appsv1.StatefulSetSpec{Replicas: new(int32(0))}}, nil, 0, 0, 0},
		"terminating, finished and none at all": {
			"StatefulSet", &appsv1.StatefulSet{ObjectMeta: named, Spec: appsv1.StatefulSetSpec{Replicas: new(int32(4)), MinReadySeconds: 45}},
			[]metav1.Object{of("StatefulSet", "db-0"), of("StatefulSet", "db-1", terminating), of("StatefulSet", "db-2", phase(corev1.PodFailed))},
			4, 1, 45 * time.Second,
		},
		"a DaemonSet's is its status's, those misplaced as well": {
			"DaemonSet", &appsv1.DaemonSet{ObjectMeta: named, Spec: appsv1.DaemonSetSpec{MinReadySeconds: 7}, Status: appsv1.DaemonSetStatus{DesiredNumberScheduled: 3, NumberMisscheduled: 1, CurrentNumberScheduled: 2}},
			[]metav1.Object{of("DaemonSet", "db-a"), of("DaemonSet", "db-b")},
			4, 2, 7 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			observed, err := showing(t, append(test.pods, test.owner)...).Observe(t.Context(), planFor(spec.Target{Kind: test.kind, Name: "db"}))
			if err != nil || observed.Missing != "" || len(observed.Owners) != 1 {
				t.Fatalf("%v, %q, owners %v", err, observed.Missing, observed.Owners)
			}
			owner := observed.Owners[0]
			if owner.Wanted != test.wanted || len(observed.Pods) != test.seen || owner.MinReady != test.ready {
				t.Errorf("wants %d and has %d, Ready for %s; want %d, %d and %s", owner.Wanted, len(observed.Pods), owner.MinReady, test.wanted, test.seen, test.ready)
			}
			for _, pod := range observed.Pods {
				if pod.MinReady != test.ready {
					t.Errorf("pod %s has to be Ready for %s", pod.Name, pod.MinReady)
				}
			}
		})
	}
}

// Bare pods are wanted by nobody; those that end are counted while they do.
func TestObserveBarePodsThatEnd(t *testing.T) {
	objects := []metav1.Object{pod("a"), pod("b", terminating), pod("c", phase(corev1.PodSucceeded)), pod("d", terminating, ownedBy("apps/v1", "ReplicaSet", "set"))}
	observed, err := showing(t, objects...).Observe(t.Context(), planFor(selecting("Pod", map[string]string{"app": "lobby"})))
	if err != nil || observed.Ending != 1 || len(observed.Pods) != 1 {
		t.Errorf("%v: %d end beside %v", err, observed.Ending, names(observed.Pods))
	}
}

// What the scheduler and the disruption controller say of a pod.
func TestConvertConditions(t *testing.T) {
	says := func(kind corev1.PodConditionType, status corev1.ConditionStatus, reason, message string) change {
		return func(p *corev1.Pod) {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: kind, Status: status, Reason: reason, Message: message})
		}
	}
	for name, test := range map[string]struct {
		change               change
		unscheduled, leaving string
	}{
		"no room":             {says(corev1.PodScheduled, "False", "Unschedulable", "0/4 nodes are available"), "0/4 nodes are available", ""},
		"scheduled":           {says(corev1.PodScheduled, "True", "", ""), "", ""},
		"evicted":             {says(corev1.DisruptionTarget, "True", "EvictionByEvictionAPI", "Eviction API: evicting"), "", "Eviction API: evicting"},
		"preempted":           {says(corev1.DisruptionTarget, "True", "PreemptionByScheduler", ""), "", "PreemptionByScheduler"},
		"not evicted at last": {says(corev1.DisruptionTarget, "False", "", "Eviction API: evicting"), "", ""},
	} {
		p := convert(pod("p", test.change), nil)
		if p.Unscheduled != test.unscheduled || !strings.HasSuffix(p.Leaving, test.leaving) || (p.Leaving == "") != (test.leaving == "") {
			t.Errorf("%s: unscheduled %q, leaving %q", name, p.Unscheduled, p.Leaving)
		}
	}
}

func phase(is corev1.PodPhase) change { return func(p *corev1.Pod) { p.Status.Phase = is } }

// An update strategy that is not known is told of, and is not taken for another.
func TestUpdateStrategies(t *testing.T) {
	for kind, want := range map[string]struct {
		onDelete bool
		unknown  string
	}{"": {}, "RollingUpdate": {}, "OnDelete": {onDelete: true}, "Recreate": {unknown: "Recreate"}, "recreate": {unknown: "recreate"}} {
		set := &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{UpdateStrategy: appsv1.StatefulSetUpdateStrategy{Type: appsv1.StatefulSetUpdateStrategyType(kind)}}}
		daemons := &appsv1.DaemonSet{Spec: appsv1.DaemonSetSpec{UpdateStrategy: appsv1.DaemonSetUpdateStrategy{Type: appsv1.DaemonSetUpdateStrategyType(kind)}}}
		c := showing(t)
		for _, object := range []any{set, daemons} {
			w, _ := asWorkload(object)
			if o := c.owner(c.namespaces["games"], w, nil); o.OnDelete != want.onDelete || o.Unknown != want.unknown {
				t.Errorf("%s of type %q: OnDelete %t, unknown %q", w.kind, kind, o.OnDelete, o.Unknown)
			}
		}
	}
}
