package cluster

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestUpPatchDown is the room's whole promise: up, a pod restarted in place as by a kubelet, up again, down, nothing
// left.
func TestUpPatchDown(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a control plane; the first time it builds one, for minutes")
	}
	dir := newFolder(t)
	up(t, Options{Dir: dir, Nodes: 3})
	l := newLab(t, dir)
	processes := l.s.Processes // as the first up left them
	l.createPod()

	born := l.until("the pod without a gate condition", func(p pod) bool { return p.is("ContainersReady", "True") })
	if !born.is("Ready", "False") {
		t.Errorf("Ready although its gate has no condition: %+v", born.Status.Conditions)
	}
	l.gate("True")
	l.until("Ready after the gate", func(p pod) bool { return p.is("Ready", "True") })

	l.image("app:v2")
	l.until("restarted, not Ready", func(p pod) bool { return p.container().RestartCount == 1 && p.is("Ready", "False") })
	second := l.until("Ready again", func(p pod) bool { return p.container().RestartCount == 1 && p.is("Ready", "True") })
	l.sameUnit(born, second)
	if second.container().ContainerID == born.container().ContainerID || second.container().Image != "app:v2" {
		t.Errorf("container: %+v", second.container())
	}
	if second.Status.ObservedGeneration != second.Metadata.Generation {
		t.Errorf("generation %d, observed %d", second.Metadata.Generation, second.Status.ObservedGeneration)
	}

	l.gate("False")
	l.until("not Ready after the gate", func(p pod) bool { return p.is("Ready", "False") })
	l.image("app:bad-1")
	failed := l.until("ErrImagePull", func(p pod) bool { return p.container().State.Waiting.Reason == "ErrImagePull" })
	if c := failed.container(); c.ContainerID != second.container().ContainerID || c.Image != "app:v2" || c.RestartCount != 1 {
		t.Errorf("after a failed pull: %+v", c)
	}
	l.image("app:v3")
	l.gate("True")
	third := l.until("healed", func(p pod) bool { return p.container().Image == "app:v3" && p.is("Ready", "True") })
	l.sameUnit(born, third)

	if said := up(t, Options{Dir: dir, Nodes: 2}); strings.Count(said, "already running") != len(components) {
		t.Errorf("the second up said:\n%s", said)
	}
	if err := processes["kwok"].Stop(0); err != nil {
		t.Fatal(err)
	}
	if err := StopControllers(dir); err != nil || processes["kube-controller-manager"].Alive() {
		t.Fatalf("the controller manager should have stopped: %v", err)
	}
	if said := up(t, Options{Dir: dir, Nodes: 2}); strings.Count(said, "already running") != len(components)-2 {
		t.Errorf("the up after two components' end said:\n%s", said)
	}
	l.image("app:v4")
	l.until("restarted by the new kwok", func(p pod) bool { return p.container().RestartCount == 3 && p.is("Ready", "True") })
	if writers := l.writers(); writers["localkube-admin"] != 8 || writers["localkube-kwok"] == 0 {
		t.Errorf("writes to the pod in the audit log: %v", writers)
	}
	l.deletePod()
	if err := Down(dir, t.Output()); err != nil {
		t.Fatal(err)
	}
	for name, p := range processes {
		if p.Alive() {
			t.Errorf("%s lives on", name)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is left: %v", err)
	}
}

func up(t *testing.T, o Options) string {
	t.Helper()
	var said bytes.Buffer
	o.Out = &said
	if err := Up(t.Context(), o); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	t.Log(said.String())
	return said.String()
}

// pod is as much of a pod as the test looks at.
type pod struct {
	Metadata struct {
		UID        string
		Generation int64
	}
	Spec   struct{ NodeName string }
	Status struct {
		PodIP              string
		ObservedGeneration int64
		Conditions         []struct{ Type, Status string }
		ContainerStatuses  []container
	}
}

type container struct {
	Image, ContainerID string
	RestartCount       int
	State              struct{ Waiting struct{ Reason string } }
}

func (p pod) is(kind, status string) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == kind {
			return c.Status == status
		}
	}
	return false
}

func (p pod) container() container {
	if len(p.Status.ContainerStatuses) == 0 {
		return container{}
	}
	return p.Status.ContainerStatuses[0]
}

// side is the second container, where there is one.
func (p pod) side() container {
	if len(p.Status.ContainerStatuses) < 2 {
		return container{}
	}
	return p.Status.ContainerStatuses[1]
}

// lab is a test's hand in the cluster.
type lab struct {
	t *testing.T
	s *state
	a api
}

const gateType = "example.com/Open"

func newLab(t *testing.T, dir string) *lab {
	s, err := load(dir)
	if err != nil || s == nil {
		t.Fatalf("loading the state: %v", err)
	}
	a, err := s.api()
	if err != nil {
		t.Fatal(err)
	}
	return &lab{t, s, a}
}

func (l *lab) url(tail string) string { return l.s.apiURL() + "/api/v1/namespaces/default/pods" + tail }

func (l *lab) createPod() {
	l.t.Helper()
	l.create("pods", object{
		"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "p"},
		"spec": object{
			"readinessGates": []object{{"conditionType": gateType}},
			"containers":     []object{{"name": "app", "image": "app:v1"}},
		},
	})
}

func (l *lab) create(resource string, o object) {
	l.t.Helper()
	code, err := l.a.do(l.t.Context(), http.MethodPost, l.s.apiURL()+"/api/v1/namespaces/default/"+resource, o, nil)
	if err != nil || code != http.StatusCreated {
		l.t.Fatalf("creating one of %s: %d, %v", resource, code, err)
	}
}

func (l *lab) deletePod() {
	l.t.Helper()
	if _, err := l.a.do(l.t.Context(), http.MethodDelete, l.url("/p"), nil, nil); err != nil {
		l.t.Fatal(err)
	}
	l.poll("the pod's end", func() bool {
		code, _ := l.a.do(l.t.Context(), http.MethodGet, l.url("/p"), nil, nil)
		return code == http.StatusNotFound
	})
}

func (l *lab) patch(tail string, body object) {
	l.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		l.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(l.t.Context(), http.MethodPatch, l.url("/p"+tail), bytes.NewReader(data))
	if err != nil {
		l.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/strategic-merge-patch+json")
	response, err := l.a.client.Do(request)
	if err != nil {
		l.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		l.t.Fatalf("patching %s: %s", data, response.Status)
	}
}

func (l *lab) image(image string) {
	l.t.Helper()
	l.patch("", object{"spec": object{"containers": []object{{"name": "app", "image": image}}}})
}

func (l *lab) gate(status string) {
	l.t.Helper()
	l.patch("/status", object{"status": object{"conditions": []object{{
		"type": gateType, "status": status, "lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
	}}}})
}

// until answers the first state of the pod that will do.
func (l *lab) until(what string, done func(pod) bool) pod {
	l.t.Helper()
	var seen pod
	l.poll(what, func() bool {
		seen = pod{}
		code, err := l.a.do(l.t.Context(), http.MethodGet, l.url("/p"), nil, &seen)
		return err == nil && code == http.StatusOK && done(seen)
	})
	return seen
}

func (l *lab) poll(what string, done func() bool) {
	l.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !done() {
		if time.Now().After(deadline) {
			l.t.Fatalf("waiting for %s in vain\n%s", what, l.s.tails())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (l *lab) sameUnit(a, b pod) {
	l.t.Helper()
	if a.Metadata.UID != b.Metadata.UID || a.Status.PodIP != b.Status.PodIP || a.Status.PodIP == "" {
		l.t.Errorf("not the same pod: %s at %q, then %s at %q", a.Metadata.UID, a.Status.PodIP, b.Metadata.UID, b.Status.PodIP)
	}
}

// writers counts the writes to the pod by user, as other tests do.
func (l *lab) writers() map[string]int {
	l.t.Helper()
	file, err := os.Open(l.s.auditLog())
	if err != nil {
		l.t.Fatal(err)
	}
	defer file.Close()
	count := map[string]int{}
	scan := bufio.NewScanner(file)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		var event struct {
			User      struct{ Username string }
			ObjectRef struct{ Resource, Name string }
		}
		if err := json.Unmarshal(scan.Bytes(), &event); err != nil {
			l.t.Fatal(fmt.Errorf("reading the audit log: %w", err))
		}
		if event.ObjectRef.Resource == "pods" && event.ObjectRef.Name == "p" {
			count[event.User.Username]++
		}
	}
	return count
}
