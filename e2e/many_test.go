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

// fleet are the workloads of a test with many of them, by kind.
var fleet = map[string]int{"Deployment": 4, "StatefulSet": 3, "DaemonSet": 3}

// Many alignments without one replaced pod. The Deployments were rolled out by
// Kubernetes before, so each template that comes has an old ReplicaSet equal to it.
func TestManyAlignments(t *testing.T) {
	p := beginFor(t, 4*time.Minute+time.Duration(*alignments)*2*time.Second)
	owners := p.makesFleet()
	for _, tag := range []string{"v2", "v3"} {
		for _, o := range owners["Deployment"] {
			o.setImage(tag)
		}
		for _, o := range owners["Deployment"] {
			o.until(o.name+" is rolled out", func() (bool, string) { return o.get().rolledOut(o.kind), "" })
		}
	}
	p.gone()
	before := p.pods()
	done := 0
	for round := 0; done < *alignments; round++ {
		tag := fmt.Sprint("v", round%3+1)
		p.rollsFleet(tag)
		for _, all := range owners {
			for _, o := range all {
				if is := o.get(); is.tag() != tag || is.mark() != "" {
					t.Fatalf("%s %s should be aligned to %s, and names %s: %s", o.kind, o.name, tag, is.tag(), is.mark())
				}
				done++
			}
		}
		if p.sameUIDs(before); t.Failed() {
			t.Fatalf("after %d alignments", done)
		}
	}
	for _, all := range owners {
		for _, o := range all {
			o.until(o.name+" is rolled out", func() (bool, string) { return o.get().rolledOut(o.kind), "" })
		}
	}
	p.sameUIDs(before)
	t.Logf("%d alignments, %d pods, none was replaced", done, len(before))
}

// makesFleet makes the workloads, each with a label by which plans select them.
func (p *play) makesFleet() map[string][]owner {
	p.t.Helper()
	owners := map[string][]owner{}
	for kind, count := range fleet {
		for i := range count {
			o := owner{p, kind, fmt.Sprintf("%s-%d", strings.ToLower(kind), i)}
			if err := p.Apply(p.ctx, strings.NewReplacer("replicas: 3", "replicas: 2", "partition: 2", "partition: 1").Replace(o.manifest())); err != nil {
				p.t.Fatal(err)
			}
			owners[kind] = append(owners[kind], o)
		}
	}
	for _, all := range owners {
		for _, o := range all {
			o.until(o.name+" has its pods", func() (bool, string) { return o.get().rolledOut(o.kind) && o.get().Status.ObservedGeneration > 0, "" })
		}
	}
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
	for kind := range fleet {
		name := strings.ToLower(kind)
		text := strings.NewReplacer("{name: lobby,", "{name: "+name+",", "name: lobby}", "selector: {matchLabels: {tier: game}}}",
			"NAMESPACE", p.Namespace, "TAG", tag, "Deployment", kind).Replace(plan)
		files["plans/"+name+".yaml"] = text + "  maxUnavailable: 100%\n"
	}
	return p.push(files)
}

func (p *play) awaitFleet(commit string) {
	p.t.Helper()
	for kind := range fleet {
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
	marked := func(what, part string) {
		p.until("each owner is "+what, func() (bool, string) {
			for _, all := range owners {
				for _, o := range all {
					if mark := o.get().mark(); !strings.Contains(mark, part) {
						return false, o.name + ": " + mark
					}
				}
			}
			return true, ""
		})
	}
	for i, place := range []string{"before its end", "after the hold"} {
		tag := fmt.Sprint("v", i+2)
		p.stopAt(place)
		commit := p.commitFleet(tag)
		marked("held", `"plan"`)
		p.localkube("controllers", "stop")
		p.goOn()
		if place == "before its end" { // their controllers have seen all that it waits for
			marked("released", `"released":true`)
		} else {
			p.until("it waits for the controllers", func() (bool, string) {
				out, err := p.patchwave("status")
				return err == nil && strings.Count(out, "has not seen it yet") == len(fleet), out
			})
		}
		p.localkube("controllers", "start")
		p.awaitFleet(commit)
		for _, all := range owners {
			for _, o := range all {
				o.until(o.name+" is rolled out", func() (bool, string) { return o.get().rolledOut(o.kind) && o.get().tag() == tag, "" })
			}
		}
		p.sameUIDs(before)
	}
}
