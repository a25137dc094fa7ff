package cluster

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/reconciler"
)

// The tests whose names begin with TestKnown each hold a bug that other tools
// for upgrades in place have or had, and prove that it is not here.

// observing is what a plan for Deployment lobby sees.
func observing(t *testing.T, c *Cluster, plan reconciler.Plan) []reconciler.Pod {
	t.Helper()
	observed, err := c.Observe(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	return observed.Pods
}

// Elsewhere: only the newest ReplicaSet's pods are found, so that those an
// unfinished roll-out left on an older one stay behind; or all that carry the
// labels are, those of a Deployment that was deleted among them.
func TestKnownPodsOfAnOldReplicaSet(t *testing.T) {
	before := replicaSet("before", "lobby") // of the Deployment that had the name before
	before.OwnerReferences[0].UID = "uid-of-the-deleted"
	c := showing(t, deployment("lobby", "uid-lobby"), replicaSet("old", "lobby"), replicaSet("new", "lobby"), before,
		pod("on-new", ownedBy("apps/v1", "ReplicaSet", "new")),
		pod("on-old", ownedBy("apps/v1", "ReplicaSet", "old")),
		pod("on-before", ownedBy("apps/v1", "ReplicaSet", "before")),
		pod("bare"))
	if got := names(observing(t, c, planFor(named("Deployment", "lobby")))); got != "on-new on-old" {
		t.Errorf("the target's pods: %q", got)
	}
}

// Elsewhere: a Terminating pod is patched, waited for, and counted as healthy.
func TestKnownTerminatingPods(t *testing.T) {
	inSet := ownedBy("apps/v1", "ReplicaSet", "set")
	c := showing(t, deployment("lobby", "uid-lobby"), replicaSet("set", "lobby"), budgetOfLobby(),
		pod("stays", inSet), pod("ends", inSet, terminating),
		pod("ends-drained", inSet, terminating, gates(ourGate), with(ourGate, "False"), annotated(drainAnnotation, `{"plan":"games/gone"}`)))
	observed, err := c.Observe(t.Context(), planFor(named("Deployment", "lobby")))
	if err != nil || names(observed.Pods) != "stays" || names(observed.Budgets[0].Members) != "stays" {
		t.Fatalf("the target's pods and the budget's: %+v, %v", observed, err)
	}
	if drained := c.Drained("games"); len(drained) > 0 {
		t.Errorf("given back although they end: %q", names(drained))
	}
}

func budgetOfLobby() *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "lobby", Namespace: "games"},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "lobby"}}},
	}
}

// meshed is a pod into which a webhook put a container in front, and of which
// the kubelet tells in an order of its own.
func meshed(p *corev1.Pod) {
	mesh := p.Status.ContainerStatuses[0]
	mesh.Name, mesh.Image, mesh.ContainerID = "mesh", "mesh:1", "containerd://mesh"
	p.Spec.Containers = slices.Insert(p.Spec.Containers, 0, corev1.Container{Name: "mesh", Image: "mesh:1"})
	p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, mesh)
}

// Elsewhere: containers and their statuses are paired by their places, and the
// patch names a place: the mesh is restarted, with the server's image.
func TestKnownReorderedContainers(t *testing.T) {
	c := showing(t, deployment("lobby", "uid-lobby"), replicaSet("set", "lobby"), node("node-1", "True"),
		pod("p", ownedBy("apps/v1", "ReplicaSet", "set"), meshed))
	plan := planFor(named("Deployment", "lobby"))
	pods := observing(t, c, plan)
	for i, want := range []string{"mesh containerd://mesh mesh:1", "server containerd://1 app:v1"} {
		if one := pods[0].Containers[i]; one.Name+" "+one.ID+" "+one.Image != want {
			t.Errorf("container %d is %+v, want %s", i, one, want)
		}
	}
	asked := asking(t, c, 200, pod("p", version9))
	decision := reconciler.Decide(plan, reconciler.Observed{Pods: pods}, past.Time)
	if err := c.Apply(t.Context(), "games", decision.Actions[0]); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal((*asked)[0].body["spec"])
	if want := `{"containers":[{"image":"app:v2","name":"server"}]}`; err != nil || string(got) != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
}

// Elsewhere: a gate that is declared and has no condition counts as closed by
// the tool, which then waits for itself.
func TestKnownGateWithoutCondition(t *testing.T) {
	c := showing(t, pod("p", gates(ourGate)))
	if gate := observing(t, c, planFor(named("Pod", "p")))[0].Gate; gate.Closed || gate.Type == "" || !gate.Since.IsZero() {
		t.Errorf("taken for drained: %+v", gate)
	}
	asked := asking(t, c, 200, pod("p", version9, gates(ourGate), with(ourGate, "True")))
	if err := c.openGate(t.Context(), "games/p"); err != nil || len(*asked) != 1 {
		t.Errorf("its gate is opened by %d writes: %v", len(*asked), err)
	}
}

// drainable is a plan with a grace, and a pod with an open gate under it.
func drainable(t *testing.T) (*Cluster, reconciler.Plan) {
	c := showing(t, deployment("lobby", "uid-lobby"), replicaSet("set", "lobby"), node("node-1", "True"), gatedPod("True"))
	plan := planFor(named("Deployment", "lobby"))
	plan.Spec.GracePeriodSeconds = 10
	return c, plan
}

func gatedPod(status corev1.ConditionStatus, changes ...change) *corev1.Pod {
	return pod("p", append([]change{ownedBy("apps/v1", "ReplicaSet", "set"), gates(ourGate), with(ourGate, status)}, changes...)...)
}

// pass is one look and its writes, with what they did: the verbs, in order.
func pass(t *testing.T, c *Cluster, plan reconciler.Plan, seen reconciler.Memory, now time.Time) (verbs string, err error) {
	t.Helper()
	observed := reconciler.Observed{Pods: observing(t, c, plan)}
	seen.Note(plan, observed, now)
	for _, action := range reconciler.Decide(plan, observed, now).Actions {
		verbs += string(action.Verb)
		err = errors.Join(err, c.Apply(t.Context(), "games", action))
	}
	return verbs, err
}

// Elsewhere: the cache does not show the tool's own write yet, so it drains once
// more, or takes the pod for one that needs no drain.
func TestKnownStaleCacheAfterOurOwnWrite(t *testing.T) {
	c, plan := drainable(t)
	asking(t, c, 200, gatedPod("False", version9)) // its Ready has not followed
	seen, at := reconciler.Memory{}, past.Add(time.Hour)
	if did, err := pass(t, c, plan, seen, at); did != "Drain" || err != nil {
		t.Fatalf("does %q: %v", did, err)
	}
	for range 3 { // the informer still shows version 5, with its gate open
		at = at.Add(time.Minute)
		if did, _ := pass(t, c, plan, seen, at); did != "" {
			t.Fatalf("does %q %s after the drain, and Ready was never seen to follow", did, at.Sub(past.Time))
		}
	}
	unready := gatedPod("False", version9, func(p *corev1.Pod) {
		p.ResourceVersion, p.Status.Conditions[0].Status = "10", corev1.ConditionFalse
	})
	if err := c.informerOf(unready).GetStore().Update(unready); err != nil {
		t.Fatal(err)
	}
	for after, want := range []string{0: "", 9: "", 10: "Patch"} {
		if did, _ := pass(t, c, plan, seen, at.Add(time.Duration(after)*time.Second)); did != want {
			t.Errorf("%d s after it was seen drained: does %q, want %q", after, did, want)
		}
	}
}

// Elsewhere: a pod whose Ready=False is out of date is taken for one that does
// not serve, and patched without a drain. Here the API server refuses the write,
// for it names the version decided on.
func TestKnownStaleCacheOfAPodThatServesAgain(t *testing.T) {
	c, plan := drainable(t)
	down := gatedPod("True", func(p *corev1.Pod) { p.Status.Conditions[0].Status = corev1.ConditionFalse })
	if err := c.informerOf(down).GetStore().Update(down); err != nil {
		t.Fatal(err)
	}
	serve(t, c, func(w http.ResponseWriter, r *http.Request) { // its pod is at version 6, and Ready
		var sent metav1.PartialObjectMetadata
		_ = json.NewDecoder(r.Body).Decode(&sent)
		w.Header().Set("Content-Type", "application/json")
		if sent.ResourceVersion != "6" && sent.ResourceVersion != "" {
			w.WriteHeader(http.StatusConflict)
			_ = json.NewEncoder(w).Encode(refusing(http.StatusConflict, metav1.StatusReasonConflict))
			return
		}
		_ = json.NewEncoder(w).Encode(gatedPod("True", version9))
	})
	did, err := pass(t, c, plan, reconciler.Memory{}, past.Add(time.Hour))
	if did != "Patch" || !errors.Is(err, reconciler.ErrStale) {
		t.Errorf("does %q: %v, want a write that is refused as stale", did, err)
	}
}

// Elsewhere: a container that has exited for good is written to, and its restart
// waited for.
func TestKnownExitedContainer(t *testing.T) {
	exited := pod("p", restarts("Never"), meshed, func(p *corev1.Pod) { p.Status.ContainerStatuses[0].State = exitedWith(0) })
	plan := planFor(named("Pod", "p"))
	if did, _ := pass(t, showing(t, exited), plan, reconciler.Memory{}, past.Time); did != "" {
		t.Errorf("does %q to a container that is not run again", did)
	}
}
