package cluster

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

var past = metav1.NewTime(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))

// showing is a cluster whose informers show these objects of namespace games.
func showing(t *testing.T, objects ...metav1.Object) *Cluster {
	t.Helper()
	informer := func(kind runtime.Object) cache.SharedIndexInformer {
		return cache.NewSharedIndexInformer(&cache.ListWatch{}, kind, 0, cache.Indexers{byOwner: ownerUID})
	}
	ns := namespace{
		pods: informer(&corev1.Pod{}), replicaSets: informer(&appsv1.ReplicaSet{}),
		deployments: informer(&appsv1.Deployment{}), statefulSets: informer(&appsv1.StatefulSet{}), daemonSets: informer(&appsv1.DaemonSet{}),
		revisions: informer(&appsv1.ControllerRevision{}), budgets: informer(&policyv1.PodDisruptionBudget{}), upgrades: informer(&Upgrade{}),
	}
	c := &Cluster{Connection: &Connection{}, namespaces: map[string]namespace{"games": ns}, nodes: informer(&corev1.Node{})}
	for _, object := range objects {
		if err := c.informerOf(object).GetStore().Add(object); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *Cluster) informerOf(object metav1.Object) cache.SharedIndexInformer {
	ns := c.namespaces["games"]
	switch object.(type) {
	case *corev1.Node:
		return c.nodes
	case *appsv1.Deployment:
		return ns.deployments
	case *appsv1.ReplicaSet:
		return ns.replicaSets
	case *appsv1.StatefulSet:
		return ns.statefulSets
	case *appsv1.DaemonSet:
		return ns.daemonSets
	case *appsv1.ControllerRevision:
		return ns.revisions
	case *policyv1.PodDisruptionBudget:
		return ns.budgets
	case *Upgrade:
		return ns.upgrades
	}
	return ns.pods
}

// request is what an API server was asked.
type request struct {
	method, path string
	dryRun       bool
	body         map[string]any
}

// asking connects a cluster to an API server that gives one answer to
// everything, and returns what it was asked.
func asking(t *testing.T, c *Cluster, code int, answer any) *[]request {
	t.Helper()
	return handling(t, c, code, func(request) any { return answer })
}

// handling answers each request in its own way.
func handling(t *testing.T, c *Cluster, code int, answer func(request) any) *[]request {
	t.Helper()
	var asked []request
	serve(t, c, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		one := request{method: r.Method, path: r.URL.Path, dryRun: r.URL.Query().Get("dryRun") == metav1.DryRunAll}
		_ = json.Unmarshal(text, &one.body)
		asked = append(asked, one)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(answer(one))
	})
	return &asked
}

// serve connects a cluster to an API server.
func serve(t *testing.T, c *Cluster, handler http.HandlerFunc) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	config := &rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}
	connection, err := connect(config, "games")
	if err != nil {
		t.Fatal(err)
	}
	c.Connection = connection
}

// refusing is an answer of an API server.
func refusing(code int, reason metav1.StatusReason, causes ...metav1.StatusCause) metav1.Status {
	return metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: string(reason),
		Details: &metav1.StatusDetails{Causes: causes},
	}
}

type change func(*corev1.Pod)

// pod is healthy, with a server and nothing else.
func pod(name string, changes ...change) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "games", UID: types.UID("uid-" + name), ResourceVersion: "5", Generation: 2,
			Labels: map[string]string{"app": "lobby"},
		},
		Spec: corev1.PodSpec{
			NodeName: "node-1", RestartPolicy: corev1.RestartPolicyAlways, TerminationGracePeriodSeconds: new(int64(30)),
			Containers: []corev1.Container{{Name: "server", Image: "app:v1"}},
		},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, ObservedGeneration: 2, StartTime: &past,
			Conditions: []corev1.PodCondition{
				{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: past},
				{Type: corev1.ContainersReady, Status: corev1.ConditionTrue, LastTransitionTime: past},
			},
			ContainerStatuses: []corev1.ContainerStatus{{
				Name: "server", Image: "docker.io/library/app:v1", ImageID: "sha256:1", ContainerID: "containerd://1",
				Started: new(true), State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: past}},
			}},
		},
	}
	for _, change := range changes {
		change(p)
	}
	return p
}

// ownedBy makes a controller of some kind the pod's owner.
func ownedBy(apiVersion, kind, name string) change {
	return func(p *corev1.Pod) { p.OwnerReferences = owner(apiVersion, kind, name) }
}

func owner(apiVersion, kind, name string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, UID: types.UID("uid-" + name), Controller: new(true)}}
}

func gates(kinds ...corev1.PodConditionType) change {
	return func(p *corev1.Pod) {
		for _, kind := range kinds {
			p.Spec.ReadinessGates = append(p.Spec.ReadinessGates, corev1.PodReadinessGate{ConditionType: kind})
		}
	}
}

func with(kind corev1.PodConditionType, status corev1.ConditionStatus) change {
	return func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: past})
	}
}

func annotated(key, value string) change {
	return func(p *corev1.Pod) { p.Annotations = map[string]string{key: value} }
}

func restarts(policy corev1.RestartPolicy) change {
	return func(p *corev1.Pod) { p.Spec.RestartPolicy = policy }
}

// state replaces what the kubelet says of the server.
func state(s corev1.ContainerState) change {
	return func(p *corev1.Pod) { p.Status.ContainerStatuses[0].State = s }
}

func exitedWith(code int32) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code}}
}

// initContainer adds one before the server; one that restarts always is a sidecar.
func initContainer(name string, policy *corev1.ContainerRestartPolicy, s corev1.ContainerState) change {
	return func(p *corev1.Pod) {
		p.Spec.InitContainers = append(p.Spec.InitContainers, corev1.Container{Name: name, Image: name + ":v1", RestartPolicy: policy})
		p.Status.InitContainerStatuses = append(p.Status.InitContainerStatuses, corev1.ContainerStatus{Name: name, Image: name + ":v1", State: s})
	}
}

func deployment(name, uid string) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: "games", UID: types.UID(uid), Labels: map[string]string{"app": name, "tier": "front"},
	}}
}

func replicaSet(name, deployment string) *appsv1.ReplicaSet {
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "games", UID: types.UID("uid-" + name)}}
	if deployment != "" {
		set.OwnerReferences = owner("apps/v1", "Deployment", deployment)
	}
	return set
}

func node(name string, ready corev1.ConditionStatus) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
		{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionTrue}, {Type: corev1.NodeReady, Status: ready},
	}}}
}
