package e2e

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var alignments = flag.Int("alignments", 50, "so many alignments are tried one after the other; a thousand take some 15 minutes")

// many are the workloads of a test with many of them, by kind.
var many = map[string]int{"Deployment": 4, "StatefulSet": 3, "DaemonSet": 3}

// fleet are these workloads.
type fleet []owner

// all waits until something holds of each.
func (f fleet) all(what string, is func(owner, form) bool) {
	f[0].t.Helper()
	f[0].until("each workload is "+what, func() (bool, string) {
		for _, o := range f {
			if now := o.get(); !is(o, now) {
				return false, fmt.Sprintf("%s %s: %+v", o.kind, o.name, now)
			}
		}
		return true, ""
	})
}

func rolledOut(o owner, is form) bool {
	return is.Status.ObservedGeneration > 0 && is.rolledOut(o.kind)
}

// Many alignments without one replaced pod. The Deployments were rolled out by
// Kubernetes before, so each template that comes has an old ReplicaSet equal to it.
func TestManyAlignments(t *testing.T) {
	p := beginFor(t, 4*time.Minute+time.Duration(*alignments)*2*time.Second)
	owners := p.makesFleet()
	for _, tag := range []string{"v2", "v3"} {
		for _, o := range owners {
			if o.kind == "Deployment" {
				o.setImage(tag)
			}
		}
		owners.all("rolled out", rolledOut)
	}
	p.gone()
	before, done := p.pods(), 0
	for round := 0; done < *alignments; round++ {
		tag := fmt.Sprint("v", round%3+1)
		p.rollsFleet(tag)
		for _, o := range owners {
			if is := o.get(); is.tag() != tag || is.mark() != "" {
				t.Fatalf("%s %s should be aligned to %s, and names %s: %s", o.kind, o.name, tag, is.tag(), is.mark())
			}
			done++
		}
		if p.sameUIDs(before); t.Failed() {
			t.Fatalf("after %d alignments", done)
		}
	}
	owners.all("rolled out", rolledOut)
	p.sameUIDs(before)
	t.Logf("%d alignments, %d pods, none was replaced", done, len(before))
}

// makesFleet makes the workloads, each with a label by which plans select them.
func (p *play) makesFleet() (owners fleet) {
	p.t.Helper()
	smaller := strings.NewReplacer("replicas: 3", "replicas: 2", "partition: 2", "partition: 1")
	for kind, count := range many {
		for i := range count {
			o := owner{p, kind, fmt.Sprintf("%s-%d", strings.ToLower(kind), i), heads[kind]}
			if err := p.Apply(p.ctx, smaller.Replace(o.manifest())); err != nil {
				p.t.Fatal(err)
			}
			owners = append(owners, o)
		}
	}
	owners.all("rolled out", rolledOut)
	return owners
}

// rollsFleet brings all to a tag, and waits until the plans are complete.
func (p *play) rollsFleet(tag string) {
	p.t.Helper()
	p.awaitFleet(p.commitFleet(tag))
}

// commitFleet commits a plan for each kind.
func (p *play) commitFleet(tag string) string {
	p.t.Helper()
	files := map[string]string{}
	for kind := range many {
		name := strings.ToLower(kind)
		text := strings.NewReplacer("{name: lobby,", "{name: "+name+",", "name: lobby}", "selector: {matchLabels: {tier: game}}}",
			"NAMESPACE", p.Namespace, "TAG", tag, "Deployment", kind).Replace(plan)
		files["plans/"+name+".yaml"] = text + "  maxUnavailable: 100%\n"
	}
	return p.push(files)
}

func (p *play) awaitFleet(commit string) {
	p.t.Helper()
	for kind := range many {
		p.await(commit, p.Instance+"/"+p.Namespace+"/"+strings.ToLower(kind), "success")
	}
}

// gone waits until what Kubernetes replaced has ended.
func (p *play) gone() {
	p.t.Helper()
	p.until("no pod is terminating", func() (bool, string) {
		list, err := p.Kube.CoreV1().Pods(p.Namespace).List(p.ctx, metav1.ListOptions{})
		return err == nil && len(list.Items) == len(p.living()), ""
	})
}

// sameUIDs checks that the pods are those they were.
func (p *play) sameUIDs(before map[string]view) {
	p.t.Helper()
	after := p.pods()
	if len(after) != len(before) {
		p.t.Errorf("%d pods, and there were %d", len(after), len(before))
	}
	for name, was := range before {
		if after[name].uid != was.uid {
			p.t.Errorf("pod %s was replaced", name)
		}
	}
}

// The controller manager stops in the middle of alignments, and is back later: they
// wait for it, and end without a replaced pod.
func TestControllersStoppedDuringAlignment(t *testing.T) {
	if os.Getenv(localkubeVariable) == "" {
		t.Skipf("SKIPPED: %s does not say how to stop the controller manager", localkubeVariable)
	}
	p := beginAlone(t)
	t.Cleanup(p.goOn)
	t.Cleanup(func() { p.localkube("controllers", "start") })
	owners := p.makesFleet()
	p.rollsFleet("v1")
	before := p.pods()
	comesBack := func(commit, tag string) {
		p.localkube("controllers", "start")
		p.awaitFleet(commit)
		owners.all("aligned", func(o owner, is form) bool { return is.rolledOut(o.kind) && is.tag() == tag && is.mark() == "" })
		p.sameUIDs(before)
	}

	// Once when they have seen all that an alignment waits for before it lets go.
	p.stopAt("before its end")
	commit := p.commitFleet("v2")
	owners.all("stopped", func(o owner, _ form) bool { return p.printed(`action="releasing ` + o.kind + " " + o.name + `"`) })
	p.localkube("controllers", "stop")
	p.goOn()
	owners.all("released", func(_ owner, is form) bool { return strings.Contains(is.mark(), `"released":true`) })
	comesBack(commit, "v2")

	// Once before they have seen anything.
	p.localkube("controllers", "stop")
	commit = p.commitFleet("v3")
	owners.all("held, and not seen", func(_ owner, is form) bool {
		return is.mark() != "" && is.Status.ObservedGeneration < is.Metadata.Generation
	})
	comesBack(commit, "v3")
}
