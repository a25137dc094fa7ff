package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

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
metadata: {name: lobby, namespace: NAMESPACE}
spec:
  replicas: 4
  selector: {matchLabels: {app: game}}
  template:
    metadata: {labels: {app: game}}
    spec:
      nodeSelector: {localkube/node: real}
      tolerations: [{key: localkube/real, operator: Exists}]
      terminationGracePeriodSeconds: 10
      GATES
      volumes: [{name: data, emptyDir: {}}]
      containers:
        - name: server
          image: REGISTRY/game:v1-stop1s
          volumeMounts: [{name: data, mountPath: /data}]
          readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
`

// real is a play on a real kubelet: a Service before four pods of a program
// that takes a second to shut down.
type real struct {
	*play
	registry, url string
}

func beginReal(t *testing.T, gates string) *real {
	t.Helper()
	registry := os.Getenv(registryVariable)
	if registry == "" {
		t.Skipf("SKIPPED: no real node: %s is empty; see localkube/README.md", registryVariable)
	}
	r := &real{play: beginAlone(t), registry: registry}
	text := strings.NewReplacer("NAMESPACE", r.Namespace, "REGISTRY", registry, "GATES", gates).Replace(game)
	if err := r.Apply(r.ctx, text); err != nil {
		t.Fatal(err)
	}
	r.untilReady(4, "v1-stop1s")
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
		good := 0
		for _, pod := range r.pods() {
			if pod.ready && strings.HasSuffix(pod.image, ":"+tag) {
				good++
			}
		}
		return good == count, fmt.Sprint(good, " are")
	})
}

// roll commits an image's tag to roll out.
func (r *real) roll(tag string, lines ...string) string {
	r.t.Helper()
	text := strings.NewReplacer("NAMESPACE", r.Namespace, "registry.example.com/lobby:TAG", r.registry+"/game:"+tag).Replace(plan)
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return r.push(map[string]string{"plans/lobby.yaml": text})
}

// Under load a gated roll-out loses not one request.
func TestRealNotOneRequestLost(t *testing.T) {
	r := beginReal(t, gated)
	r.await(r.roll("v1-stop1s"), r.about(), "success")
	before := r.pods()
	clients := ask(r.url)
	r.await(r.roll("v2-stop1s", "gracePeriodSeconds: 2", "maxUnavailable: 1"), r.about(), "success")
	r.until("5000 requests are answered", func() (bool, string) {
		n := clients.answered.Load()
		return n >= 5000, fmt.Sprint(n)
	})
	answered, lost, why := clients.end()
	t.Logf("gated, grace 2 s: %d of %d requests lost", lost, answered+lost)
	if lost > 0 {
		t.Errorf("the first was lost by: %s", why)
	}
	r.sameButRestarted(before, "v2-stop1s", 1)
}

// Without a gate nothing drains: the losses are printed, for comparison.
func TestRealWithoutGate(t *testing.T) {
	r := beginReal(t, "")
	r.await(r.roll("v1-stop1s"), r.about(), "success")
	before := r.pods()
	clients := ask(r.url)
	r.await(r.roll("v2-stop1s", "maxUnavailable: 1"), r.about(), "success")
	answered, lost, _ := clients.end()
	t.Logf("without a gate: %d of %d requests lost", lost, answered+lost)
	r.sameButRestarted(before, "v2-stop1s", 1)
}

// A missing tag takes one pod down and no more; fixed forward it serves again.
func TestRealMissingTag(t *testing.T) {
	r := beginReal(t, gated)
	r.await(r.roll("v1-stop1s"), r.about(), "success")
	before := r.pods()
	bad := r.roll("bad-1", "gracePeriodSeconds: 1", "maxUnavailable: 1", "progressDeadlineSeconds: 8")
	status := r.await(bad, r.about(), "failure")
	// The kubelet shows these in turn, CrashLoopBackOff for a restart just before.
	reason := regexp.MustCompile("container server: (ErrImagePull|ImagePullBackOff|CrashLoopBackOff)")
	if !reason.MatchString(status.Description) {
		t.Errorf("the status should give the kubelet's reason: %q", status.Description)
	}
	down := ""
	for name, pod := range r.pods() {
		if !pod.ready {
			down += name
		}
	}
	if _, one := before[down]; !one {
		t.Fatalf("one pod should be down, not %q", down)
	}
	if _, err := r.Plans.Revert(bad); err != nil {
		t.Fatal(err)
	}
	r.untilReady(4, "v1-stop1s")
	delete(before, down)
	r.sameButRestarted(before, "v1-stop1s", 0)
}
