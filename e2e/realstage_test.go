package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const game = `
apiVersion: v1
kind: Service
metadata: {name: game, namespace: NAMESPACE}
spec:
  selector: {app: game}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: lobby, namespace: NAMESPACE, labels: {app: game}}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: game}}
  template:
    metadata: {labels: {app: game}}
    spec:
      nodeSelector: {localkube/node: real}
      tolerations: [{key: localkube/real, operator: Exists}]
      terminationGracePeriodSeconds: 10
      POD
      containers:
        - name: server
          image: REGISTRY/game:TAG
          readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
          SERVER
        OTHER
`

// shape is what the pods of a test are made of. Its lines are YAML.
type shape struct {
	replicas int
	tag      string   // of the server's image
	pod      []string // lines of the pod's spec
	server   []string // lines of the server's container
	other    string   // another container
}

// plain pods run a program that takes a second to shut down.
var plain = shape{replicas: 4, tag: "v1-stop1s", pod: []string{gated}}

func (s shape) manifest(namespace, registry string) string {
	text := strings.NewReplacer("REPLICAS", fmt.Sprint(s.replicas), "TAG", s.tag,
		"POD", strings.Join(s.pod, "\n      "), "SERVER", strings.Join(s.server, "\n          "), "OTHER", s.other).Replace(game)
	return strings.NewReplacer("NAMESPACE", namespace, "REGISTRY", registry).Replace(text)
}

// real is a play on a real kubelet, with a Service before the pods.
type real struct {
	*play
	registry, url string
}

// onReal sets such a stage, alone or beside others, and waits until the pods run.
func onReal(t *testing.T, begin func(*testing.T) *play, pods shape) *real {
	t.Helper()
	registry := os.Getenv(registryVariable)
	if registry == "" {
		t.Skipf("SKIPPED: no real node: %s is empty; see localkube/README.md", registryVariable)
	}
	r := &real{play: begin(t), registry: registry}
	if err := r.Apply(r.ctx, pods.manifest(r.Namespace, registry)); err != nil {
		t.Fatal(err)
	}
	r.untilReady(pods.replicas, pods.tag)
	service, err := r.Kube.CoreV1().Services(r.Namespace).Get(r.ctx, "game", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.url = "http://" + service.Spec.ClusterIP + "/"
	return r
}

func (r *real) untilReady(count int, tag string) {
	r.t.Helper()
	r.until(fmt.Sprintf("%d pods are Ready on %s", count, tag), func() (bool, string) {
		good := r.running(tag)
		return good == count, fmt.Sprint(good, " are")
	})
}

// running counts the pods that are Ready on a tag.
func (r *real) running(tag string) int {
	r.t.Helper()
	good := 0
	for _, pod := range r.pods() {
		if pod.ready && strings.HasSuffix(pod.image, ":"+tag) {
			good++
		}
	}
	return good
}

// roll commits an image's tag to roll out to the server.
func (r *real) roll(tag string, lines ...string) string {
	r.t.Helper()
	return r.rollOf("server", tag, lines...)
}

// rollOf does so for a container.
func (r *real) rollOf(container, tag string, lines ...string) string {
	r.t.Helper()
	return r.push(map[string]string{"plans/lobby.yaml": r.plan(container, tag, lines...)})
}

// plan is one for a container, with more lines of its spec.
func (r *real) plan(container, tag string, lines ...string) string {
	text := strings.NewReplacer("NAMESPACE", r.Namespace, "container: server", "container: "+container,
		"registry.example.com/lobby:TAG", r.registry+"/game:"+tag).Replace(plan)
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return text
}

// adopt commits the image that the pods have, which touches none of them.
func (r *real) adopt(tag string) map[string]view {
	r.t.Helper()
	r.await(r.roll(tag), r.about(), "success")
	return r.pods()
}

// state is a pod as it was seen, and when.
type state struct {
	*corev1.Pod
	at time.Time
}

// asks tells whether the pod's spec asks for a tag.
func (s state) asks(tag string) bool { return strings.HasSuffix(imageOf(s.Pod, "server"), ":"+tag) }

// watch passes on each state of each pod, from now on until the test ends.
func (r *real) watch() <-chan state {
	r.t.Helper()
	source, err := r.Kube.CoreV1().Pods(r.Namespace).Watch(r.ctx, metav1.ListOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(source.Stop)
	states := make(chan state, 10_000) // nobody who looks late shall miss one
	go func() {
		defer close(states)
		for event := range source.ResultChan() {
			if pod, ok := event.Object.(*corev1.Pod); ok {
				states <- state{pod, time.Now()}
			}
		}
	}()
	return states
}

// arrival waits for a state that is so, and is when it was seen.
func (r *real) arrival(states <-chan state, what string, so func(state) bool) time.Time {
	r.t.Helper()
	for {
		select {
		case seen, ok := <-states:
			if !ok {
				r.t.Fatalf("waiting until %s: the watch has ended", what)
			}
			if so(seen) {
				return seen.at
			}
		case <-r.ctx.Done():
			r.t.Fatalf("waiting until %s: %v", what, r.ctx.Err())
		}
	}
}

var direct = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// answer is what a program says, if it says something good.
func answer(method, url, body string) (text string, good bool) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err.Error(), false
	}
	response, err := direct.Do(request)
	if err != nil {
		return err.Error(), false
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	return strings.TrimSpace(string(said)), err == nil && response.StatusCode == http.StatusOK
}

// version is the one that a program says it is, or why it says none.
func version(address string) string {
	text, good := answer(http.MethodGet, "http://"+address+"/", "")
	if !good {
		return text
	}
	text, _, _ = strings.Cut(text, " ")
	return text
}
