package e2e

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/e2e/stage"
)

// beside starts another process of the instance, whose kubeconfig's context names
// another namespace.
func (p *play) beside() *stage.Process {
	p.t.Helper()
	kubeconfig, err := p.SignIn(p.ctx, "other", p.Namespace)
	if err != nil {
		p.t.Fatal(err)
	}
	process, err := p.StartWith(kubeconfig, "other.log")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if p.process != process {
			process.Kill()
		}
	})
	return process
}

// prints waits until a process has printed a text.
func (p *play) prints(process *stage.Process, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("it prints %q", text), func() (bool, string) {
		log, err := os.ReadFile(process.Log)
		return strings.Contains(string(log), text), fmt.Sprint(string(log), err)
	})
}

// credentials are those that have written since then, but to Leases, and how often.
func (p *play) credentials(since int64) map[string]int {
	p.t.Helper()
	count := map[string]int{}
	for _, w := range p.writes(since) {
		if w.ObjectRef.Resource != "leases" {
			count[strings.Join(w.User.Extra["authentication.kubernetes.io/credential-id"], " ")]++
		}
	}
	return count
}

// Whatever the contexts of two kubeconfigs say, one process leads. When it ends, the
// other goes on.
func TestOneLeaderWhereverItRuns(t *testing.T) {
	p := begin(t)
	p.deploy(4, gated)
	before := p.pods()
	p.await(p.commit("v1"), p.about(), "success")
	since := p.audited()
	other := p.beside()
	p.prints(other, "leads since 20")
	p.await(p.commit("v2", "maxUnavailable: 2", "gracePeriodSeconds: 1"), p.about(), "success")
	p.sameButRestarted(before, "v2", 1)
	if wrote := p.credentials(since); len(wrote) != 1 {
		t.Errorf("%d processes have written: %v", len(wrote), wrote)
	}
	if err := p.process.Stop(p.ctx); err != nil {
		t.Error(err)
	}
	p.process = other
	p.await(p.commit("v3", "maxUnavailable: 2"), p.about(), "success")
	p.sameButRestarted(before, "v3", 2)
}

// A process that stands still past its Lease, in the middle of a roll-out, writes
// nothing when it goes on: another leads.
func TestFrozenPastItsLease(t *testing.T) {
	p := begin(t)
	p.deploy(6, gated)
	before := p.pods()
	since := p.audited()
	commit := p.commit("v2", "maxUnavailable: 2", "gracePeriodSeconds: 3")
	p.until("a pod is under way", func() (bool, string) {
		wrote := p.writes(since)
		return slices.ContainsFunc(wrote, func(w write) bool { return w.ObjectRef.Resource == "pods" }), fmt.Sprint(wrote)
	})
	frozen, its := p.process, slices.Collect(maps.Keys(p.credentials(since)))
	p.t.Cleanup(frozen.Kill)
	if err := frozen.Freeze(); err != nil {
		t.Fatal(err)
	}
	p.process = p.beside()
	p.prints(p.process, "leads since 20")
	p.await(commit, p.about(), "success")
	p.sameButRestarted(before, "v2", 1)
	if both := p.credentials(since); len(its) != 1 || len(both) != 2 {
		t.Fatalf("one process should have written before, %v, and the other then: %v", its, both)
	}
	since = p.audited()
	if err := frozen.Thaw(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-frozen.Ended():
	case <-p.ctx.Done():
		t.Fatal("it goes on though another process leads")
	}
	if wrote := p.credentials(since); wrote[its[0]] > 0 {
		t.Errorf("it has written after it was thawed, by %s: %v", its[0], wrote)
	}
	log, _ := os.ReadFile(frozen.Log)
	if !strings.Contains(string(log), "lost the Lease "+p.Namespace+"/patchwave-"+p.Instance) {
		t.Errorf("it should say that it has lost its Lease:\n%s", log)
	}
}

// lines are how many lines of the log hold all these texts.
func (p *play) lines(texts ...string) int {
	p.t.Helper()
	log, err := os.ReadFile(p.process.Log)
	if err != nil {
		p.t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(log)) {
		all := true
		for _, text := range texts {
			all = all && strings.Contains(line, text)
		}
		if all {
			count++
		}
	}
	return count
}

// A namespace without rights stops only itself, says so once, and comes in with the
// rights; so does one that is deleted and made anew.
func TestOneNamespaceStopsItself(t *testing.T) {
	p := begin(t)
	other := p.Namespace + "-other"
	t.Cleanup(func() { _ = p.Kube.CoreV1().Namespaces().Delete(p.ctx, other, metav1.DeleteOptions{}) })
	elsewhere := func(text string) string { return strings.ReplaceAll(text, p.Namespace, other) }
	planned := func(tag string) map[string]string {
		text := strings.NewReplacer("NAMESPACE", p.Namespace, "TAG", tag).Replace(plan)
		return map[string]string{"plans/lobby.yaml": text, "plans/other.yaml": elsewhere(text)}
	}
	makes := func() {
		t.Helper()
		text := strings.NewReplacer("NAMESPACE", other, "REPLICAS", "1", "GATES", "").Replace(deployment)
		if err := p.Make(p.ctx, other); err != nil {
			t.Fatal(err)
		}
		if err := p.Apply(p.ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	p.deploy(2, gated)
	makes()
	p.prints(p.process, "patchwave starts") // before that, a signal just ends it
	if err := p.process.Stop(p.ctx); err != nil {
		t.Error(err)
	}
	process, err := p.Start("--namespaces", other)
	if err != nil {
		t.Fatal(err)
	}
	p.process = process
	about := p.Instance + "/" + other + "/lobby"

	commit := p.push(planned("v2"))
	p.await(commit, p.about(), "success")
	p.prints(p.process, "cannot work on the namespace")
	if got := p.lines("WARN", other); got != 1 || p.lines("WARN", other, "is forbidden", "`patchwave install --namespaces "+other+"` prints") != 1 {
		t.Errorf("the missing rights cost %d lines", got)
	}
	if err := p.Allow(p.ctx, other); err != nil {
		t.Fatal(err)
	}
	p.await(commit, about, "success")

	if err := p.Kube.CoreV1().Namespaces().Delete(p.ctx, other, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	p.until("the namespace is gone", func() (bool, string) {
		_, err := p.Kube.CoreV1().Namespaces().Get(p.ctx, other, metav1.GetOptions{})
		return apierrors.IsNotFound(err), fmt.Sprint(err)
	})
	p.until("it says so", func() (bool, string) {
		return p.lines("cannot work on the namespace", other) >= 2, ""
	})
	p.await(p.push(planned("v3")), p.about(), "success")
	makes()
	if err := p.Allow(p.ctx, other); err != nil {
		t.Fatal(err)
	}
	p.await(p.push(planned("v4")), about, "success")
	if got := p.lines("WARN", "cannot work on the namespace", other); got > 4 {
		t.Errorf("the namespace that was gone cost %d lines", got)
	}
}
