// Package e2e plays patchwave's real binary on a real control plane with
// simulated nodes, a real Git server and a GitHub that checks every request.
package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/e2e/stage"
	"github.com/patchwave/patchwave/report/githubtest"
)

// The tests touch no cluster that was not named for them: an ordinary
// $KUBECONFIG may lead to production.
const (
	kubeconfigVariable = "PATCHWAVE_TEST_KUBECONFIG"
	auditVariable      = "PATCHWAVE_TEST_AUDIT_LOG"
	registryVariable   = "PATCHWAVE_TEST_REGISTRY"  // of a real node, see localkube
	localkubeVariable  = "PATCHWAVE_TEST_LOCALKUBE" // the program; the kubeconfig's folder is its --dir
)

var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(kubeconfigVariable) == "" {
		fmt.Printf("SKIPPED: no cluster; `make test` starts one, or name one in %s\n", kubeconfigVariable)
		os.Exit(0)
	}
	folder, err := os.MkdirTemp("", "patchwave-e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(folder, "patchwave")
	arguments := []string{"build", "-o", binary}
	if cgo, err := exec.Command("go", "env", "CGO_ENABLED").Output(); err == nil && strings.TrimSpace(string(cgo)) == "1" {
		arguments = append(arguments, "-race")
	}
	build := exec.Command("go", append(arguments, "../cmd/patchwave")...)
	if out, err := build.CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	_ = os.RemoveAll(folder) // the system's temporary folder is swept anyway
	os.Exit(code)
}

// play is one test's stage, with patchwave on it.
type play struct {
	*stage.Stage
	t       *testing.T
	ctx     context.Context
	process *stage.Process
}

var unfit = regexp.MustCompile("[^a-z0-9]+")

// begin sets a stage of the test's own and starts patchwave, beside others.
func begin(t *testing.T) *play {
	t.Helper()
	t.Parallel()
	return beginAlone(t)
}

// beginAlone does the same while no other test runs.
func beginAlone(t *testing.T) *play {
	t.Helper()
	return beginFor(t, 4*time.Minute)
}

// beginFor does the same for a test that takes so long at most. A short -timeout
// makes it fail early, and say what it waited for.
func beginFor(t *testing.T, most time.Duration) *play {
	t.Helper()
	if deadline, ok := t.Deadline(); ok {
		const toEnd = 15 * time.Second
		most = min(most, time.Until(deadline)-toEnd)
	}
	ctx, cancel := context.WithTimeout(context.Background(), most)
	t.Cleanup(cancel)
	name := strings.Trim(unfit.ReplaceAllString(strings.ToLower(t.Name()), "-"), "-")
	s, err := stage.Set(ctx, stage.Options{
		Binary: binary, Kubeconfig: os.Getenv(kubeconfigVariable),
		Namespace: name, Instance: name, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &play{Stage: s, t: t, ctx: ctx}
	t.Cleanup(p.end)
	p.start()
	return p
}

func (p *play) start() {
	p.t.Helper()
	process, err := p.Start()
	if err != nil {
		p.t.Fatal(err)
	}
	p.process = process
}

// lapse ends the Lease of a killed process, for which the next would wait 15 s.
func (p *play) lapse() {
	p.t.Helper()
	if err := p.Lapse(p.ctx); err != nil {
		p.t.Fatal(err)
	}
}

// localkube runs one of its commands on the tests' cluster.
func (p *play) localkube(arguments ...string) {
	p.t.Helper()
	command := exec.Command(os.Getenv(localkubeVariable), append(arguments, "--dir", filepath.Dir(os.Getenv(kubeconfigVariable)))...)
	if out, err := command.CombinedOutput(); err != nil {
		p.t.Errorf("%q: %v: %s", command, err, out)
	}
}

// end stops patchwave gracefully and looks whether GitHub had to complain.
func (p *play) end() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := p.process.Stop(ctx); err != nil {
		p.t.Errorf("a stop should be clean: %v", err)
	}
	if violations := p.GitHub.Violations(); len(violations) > 0 {
		p.t.Errorf("requests that break GitHub's description:\n%s", strings.Join(violations, "\n"))
	}
	if p.t.Failed() {
		log, _ := os.ReadFile(p.process.Log)
		p.t.Logf("patchwave printed:\n%s", log)
	}
	if err := p.Close(); err != nil {
		p.t.Error(err)
	}
}

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: lobby, namespace: NAMESPACE}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: lobby}}
  template:
    metadata: {labels: {app: lobby}}
    spec:
      GATES
      containers:
        - {name: server, image: "registry.example.com/lobby:v1"}
        - {name: logger, image: "registry.example.com/logger:v1"}
`

const gated = "readinessGates: [{conditionType: patchwave.dev/InPlaceReady}]"

// deploy makes a Deployment of so many pods and waits until they run.
func (p *play) deploy(replicas int, gates string) {
	p.t.Helper()
	text := strings.NewReplacer("NAMESPACE", p.Namespace, "REPLICAS", fmt.Sprint(replicas), "GATES", gates).Replace(deployment)
	if err := p.Apply(p.ctx, text); err != nil {
		p.t.Fatal(err)
	}
	p.until(fmt.Sprintf("%d pods are Ready", replicas), func() (bool, string) {
		ready := 0
		for _, pod := range p.pods() {
			if pod.ready {
				ready++
			}
		}
		return ready == replicas, fmt.Sprint(ready, " are")
	})
}

const plan = `
apiVersion: patchwave.dev/v1alpha1
kind: UpgradePlan
metadata: {name: lobby, namespace: NAMESPACE}
spec:
  target: {kind: Deployment, name: lobby}
  images: [{container: server, image: "registry.example.com/lobby:TAG"}]
`

// commit puts a plan for an image's tag into Git, with more lines of its spec.
func (p *play) commit(tag string, lines ...string) string {
	p.t.Helper()
	text := strings.NewReplacer("NAMESPACE", p.Namespace, "TAG", tag).Replace(plan)
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return p.push(map[string]string{"plans/lobby.yaml": text})
}

func (p *play) push(files map[string]string) string {
	p.t.Helper()
	commit, err := p.Plans.Commit("change the plans", files)
	if err != nil {
		p.t.Fatal(err)
	}
	return commit
}

// about is the context of the lobby plan's status.
func (p *play) about() string { return p.Instance + "/" + p.Namespace + "/lobby" }

// await waits for a status on a commit.
func (p *play) await(commit, context, state string) githubtest.Status {
	p.t.Helper()
	var found githubtest.Status
	p.until(fmt.Sprintf("GitHub shows %s %s on %.7s", context, state, commit), func() (bool, string) {
		for _, status := range p.GitHub.Statuses(p.Repository, commit) {
			if status.Context == context {
				found = status
			}
		}
		return found.State == state, fmt.Sprintf("%s %q", found.State, found.Description)
	})
	return found
}

func (p *play) until(what string, ask func() (bool, string)) {
	p.t.Helper()
	err := stage.Until(p.ctx, what, func(context.Context) (bool, string) {
		select {
		case <-p.process.Ended():
			p.t.Fatalf("patchwave has ended while waiting until %s", what)
		default:
		}
		return ask()
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// view is what a test looks at of a pod.
type view struct {
	uid, ip, node, image, logger string
	restarts                     int32
	ready                        bool
}

// pods are the namespace's living pods by name.
func (p *play) pods() map[string]view {
	p.t.Helper()
	views := map[string]view{}
	for _, pod := range p.living() {
		views[pod.Name] = viewOf(pod)
	}
	return views
}

// living are the namespace's pods that are not terminating.
func (p *play) living() []corev1.Pod {
	p.t.Helper()
	list, err := p.Kube.CoreV1().Pods(p.Namespace).List(p.ctx, metav1.ListOptions{})
	if err != nil {
		p.t.Fatal(err)
	}
	return slices.DeleteFunc(list.Items, func(pod corev1.Pod) bool { return pod.DeletionTimestamp != nil })
}

func viewOf(pod corev1.Pod) view {
	v := view{uid: string(pod.UID), ip: pod.Status.PodIP, node: pod.Spec.NodeName}
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == "server" {
			v.image, v.restarts = status.Image, status.RestartCount
		} else {
			v.logger = status.ContainerID
		}
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			v.ready = condition.Status == corev1.ConditionTrue
		}
	}
	return v
}

// sameButRestarted checks that each pod is the one it was, restarted so many
// times more, on the image wanted, with its other container untouched.
func (p *play) sameButRestarted(before map[string]view, tag string, times int32) {
	p.t.Helper()
	after := p.pods()
	for name, was := range before {
		is := after[name]
		if is.uid != was.uid || is.ip != was.ip || is.node != was.node || is.logger != was.logger {
			p.t.Errorf("pod %s is not the one it was: %+v, was %+v", name, is, was)
		}
		if is.restarts != was.restarts+times {
			p.t.Errorf("pod %s restarted %d times, want %d", name, is.restarts-was.restarts, times)
		}
		if !strings.HasSuffix(is.image, ":"+tag) || !is.ready {
			p.t.Errorf("pod %s runs %s, ready %t; want :%s and ready", name, is.image, is.ready, tag)
		}
	}
}
