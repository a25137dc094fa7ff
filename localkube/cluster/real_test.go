package cluster

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/localkube/machine"
)

// TestRealNode is what a real node promises: containers are replaced in place by a real kubelet, a Service leads to
// them from the machine, and not a trace is left.
func TestRealNode(t *testing.T) {
	l, before := upReal(t)
	l.createReal()
	born := l.until("Ready", func(p pod) bool { return p.is("Ready", "True") })
	if born.Spec.NodeName != realNode {
		t.Fatalf("it runs on %q", born.Spec.NodeName)
	}
	l.put(born, "kept", "what was there before")
	l.answers(l.serviceURL(), "v1 p")

	second := l.restarted(born, "v2", 1)
	l.answers(l.serviceURL(), "v2 p")
	l.failedPull(second)
	l.fixedForward(born)
	l.kubeletStopped(born)

	inside := l.namespaces()
	if err := Down(l.s.dir, t.Output()); err != nil {
		t.Fatal(err)
	}
	l.nothingLeft(before, inside)
}

// TestAKilledNodeLeavesNothingRunning takes away the process that all hangs on, without a word.
func TestAKilledNodeLeavesNothingRunning(t *testing.T) {
	l, before := upReal(t)
	l.createReal()
	born := l.until("Ready", func(p pod) bool { return p.is("Ready", "True") })
	inside := l.namespaces()
	if err := l.s.Processes[nodeComponent].Stop(0); err != nil {
		t.Fatal(err)
	}
	l.poll("the end of all in the node", func() bool { return len(users(inside)) == 0 && !l.s.linked() })

	up(t, Options{Dir: l.s.dir, Nodes: 1}) // has a real node, and keeps it
	l.until("Ready again, as after a reboot", func(p pod) bool {
		return p.is("Ready", "True") && p.container().ContainerID != born.container().ContainerID
	})
	if err := Down(l.s.dir, t.Output()); err != nil {
		t.Fatal(err)
	}
	l.nothingLeft(before, inside)
}

// upReal starts a cluster with a real node, and answers what the machine was like before.
func upReal(t *testing.T) (*lab, footprint) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a real node; the first time it builds one, for minutes")
	}
	if err := machine.Check(); err != nil {
		t.Skipf("SKIPPED, NOTHING PROVED ON A REAL KUBELET: %v", err)
	}
	dir := newFolder(t)
	before := takeFootprint(t)
	up(t, Options{Dir: dir, Nodes: 1, Real: true})
	return newLab(t, dir), before
}

func (l *lab) createReal() {
	l.t.Helper()
	probe := object{"httpGet": object{"path": "/healthz", "port": 8080}, "periodSeconds": 1}
	l.create("pods", object{
		"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "p", "labels": object{"app": "p"}},
		"spec": object{
			"nodeSelector":                  object{"localkube/node": "real"},
			"tolerations":                   []object{{"key": "localkube/real", "operator": "Exists"}},
			"terminationGracePeriodSeconds": 5,
			"volumes":                       []object{{"name": "data", "emptyDir": object{}}},
			"containers": []object{
				{
					"name": "app", "image": registry + "/game:v1", "readinessProbe": probe,
					"volumeMounts": []object{{"name": "data", "mountPath": "/data"}},
				},
				{"name": "side", "image": registry + "/side:v1", "env": []object{{"name": "GAME_ADDRESS", "value": ":8081"}}},
			},
		},
	})
	l.create("services", object{
		"apiVersion": "v1", "kind": "Service", "metadata": object{"name": "p"},
		"spec": object{"selector": object{"app": "p"}, "ports": []object{{"port": 80, "targetPort": 8080}}},
	})
}

// restarted patches the image, and looks that nothing else of the pod changes.
func (l *lab) restarted(before pod, version string, count int) pod {
	l.t.Helper()
	began := time.Now()
	l.image(registry + "/game:" + version)
	after := l.until("Ready on "+version, func(p pod) bool {
		c := p.container()
		return c.RestartCount >= count && c.ContainerID != before.container().ContainerID && p.is("Ready", "True")
	})
	l.t.Logf("Ready on %s %.2f s after the patch", version, time.Since(began).Seconds())
	l.sameUnit(before, after)
	if got := after.container().RestartCount; got != count {
		l.t.Errorf("restarted %d times, want %d", got, count)
	}
	l.same(before, after)
	return after
}

// same looks at what must outlive every restart: the other container, the volume.
func (l *lab) same(before, after pod) {
	l.t.Helper()
	if b, a := before.side(), after.side(); a.ContainerID != b.ContainerID || a.RestartCount != 0 || a.ContainerID == "" {
		l.t.Errorf("the other container: %+v, then %+v", b, a)
	}
	l.answers("http://"+after.Status.PodIP+":8080/data/kept", "what was there before")
}

// failedPull: the old container is gone before the pull is tried.
func (l *lab) failedPull(before pod) {
	l.t.Helper()
	l.image(registry + "/game:bad-1")
	failed := l.until("a failed pull", func(p pod) bool {
		reason := p.container().State.Waiting.Reason
		return reason == "ErrImagePull" || reason == "ImagePullBackOff"
	})
	if c := failed.container(); c.RestartCount != before.container().RestartCount || failed.is("Ready", "True") {
		l.t.Errorf("after a failed pull: %+v, %+v", c, failed.Status.Conditions)
	}
	if _, err := fetch("http://" + failed.Status.PodIP + ":8080/"); err == nil {
		l.t.Error("the old container still answers")
	}
}

func (l *lab) fixedForward(born pod) {
	l.t.Helper()
	began := time.Now()
	l.image(registry + "/game:v3")
	healed := l.until("healed", func(p pod) bool { return p.container().Image == registry+"/game:v3" && p.is("Ready", "True") })
	l.t.Logf("Ready again %.2f s after the good image", time.Since(began).Seconds())
	l.sameUnit(born, healed)
	l.same(born, healed)
	l.answers(l.serviceURL(), "v3 p")
}

// kubeletStopped: what is patched meanwhile is done when it is back.
func (l *lab) kubeletStopped(born pod) {
	l.t.Helper()
	if err := HoldKubelet(l.t.Context(), l.s.dir, true, l.t.Output()); err != nil || l.s.listens(kubeletPort) {
		l.t.Fatalf("the kubelet is not stopped: %v", err)
	}
	l.image(registry + "/game:v4")
	l.answers(l.serviceURL(), "v3 p")
	if err := HoldKubelet(l.t.Context(), l.s.dir, false, l.t.Output()); err != nil || !l.s.listens(kubeletPort) {
		l.t.Fatalf("the kubelet does not run: %v", err)
	}
	back := l.until("done after all", func(p pod) bool { return p.container().Image == registry+"/game:v4" && p.is("Ready", "True") })
	l.sameUnit(born, back)
	l.same(born, back)
}

func (l *lab) serviceURL() string {
	l.t.Helper()
	var service struct{ Spec struct{ ClusterIP string } }
	url := l.s.apiURL() + "/api/v1/namespaces/default/services/p"
	if code, err := l.a.do(l.t.Context(), http.MethodGet, url, nil, &service); err != nil || code != http.StatusOK {
		l.t.Fatalf("reading the service: %d, %v", code, err)
	}
	return "http://" + service.Spec.ClusterIP + "/"
}

// answers waits: rules for services follow a pod's readiness within a second or so.
func (l *lab) answers(url, want string) {
	l.t.Helper()
	l.poll(fmt.Sprintf("%q from %s", want, url), func() bool {
		got, err := fetch(url)
		return err == nil && strings.TrimSpace(got) == want
	})
}

func (l *lab) put(p pod, name, content string) {
	l.t.Helper()
	request, err := http.NewRequestWithContext(l.t.Context(), http.MethodPut,
		"http://"+p.Status.PodIP+":8080/data/"+name, strings.NewReader(content))
	if err != nil {
		l.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		l.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		l.t.Fatalf("writing to the volume: %s", response.Status)
	}
}

// fetch uses a connection once: another could lead to another pod.
func fetch(url string) (string, error) {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return string(data), err
}

// namespaces are those of the node's first process, as the kernel names them.
func (l *lab) namespaces() []string {
	l.t.Helper()
	s, err := load(l.s.dir)
	if err != nil {
		l.t.Fatal(err)
	}
	l.s = s
	children, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.Processes[nodeComponent].PID))
	if err != nil {
		l.t.Fatal(err)
	}
	var names []string
	for _, path := range children {
		pids, _ := os.ReadFile(path)
		for _, pid := range strings.Fields(string(pids)) {
			names = append(names, namespacesOf(pid)...)
		}
	}
	if len(names) == 0 || len(users(names)) < 3 {
		l.t.Fatalf("the node's namespaces %q are used by %q", names, users(names))
	}
	return names
}
