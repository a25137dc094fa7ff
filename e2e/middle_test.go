package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// stopping denies patchwave a write to owners of pods, so that an alignment comes to
// a stop in the middle.
const stopping = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAMESPACE}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments, replicasets, statefulsets, daemonsets]}]
  matchConditions: [{name: patchwave, expression: "request.userInfo.username.endsWith(':patchwave')"}]
  variables:
    - {name: before, expression: "has(oldObject.metadata.annotations) && 'patchwave.dev/aligning' in oldObject.metadata.annotations"}
    - {name: mark, expression: "has(object.metadata.annotations) && 'patchwave.dev/aligning' in object.metadata.annotations ? object.metadata.annotations['patchwave.dev/aligning'] : ''"}
  validations: [{expression: "has(request.dryRun) && request.dryRun || (ALLOWED)", message: "the test stops it here"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NAMESPACE}
spec:
  policyName: NAMESPACE
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAMESPACE}}}
`

// halts are the places where an alignment can be stopped, and what is still allowed.
var halts = map[string]string{
	"before all":        "false",
	"after the hold":    "request.kind.kind != 'ReplicaSet' && !variables.before",
	"before its end":    `!variables.mark.contains('"released":true')`,
	"after the release": "!variables.before || variables.mark != ''",
}

// stopAt lets alignments go so far.
func (p *play) stopAt(place string) {
	p.t.Helper()
	text := strings.NewReplacer("NAMESPACE", p.Namespace, "ALLOWED", strings.ReplaceAll(halts[place], `"`, `\"`)).Replace(stopping)
	if err := p.Apply(p.ctx, text); err != nil {
		p.t.Fatal(err)
	}
}

// stopped commits the plan with a tag and waits until its alignment is stopped there.
func (o owner) stopped(place, tag string) {
	o.t.Helper()
	o.stopAt(place)
	o.plans(tag)
	o.until("the alignment is stopped "+place, func() (bool, string) {
		out, err := o.patchwave("status", "lobby")
		return err == nil && strings.Contains(out, "the test stops it here"), out
	})
	mark := o.get().mark()
	if held := mark != ""; held != (place != "before all") || strings.Contains(mark, `"released":true`) != (place == "after the release") {
		o.t.Fatalf("it should be stopped %s, and its mark is %q", place, mark)
	}
}

// goOn lets alignments go on.
func (p *play) goOn() {
	p.t.Helper()
	for _, resource := range []string{"validatingadmissionpolicybindings", "validatingadmissionpolicies"} {
		kind := schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: resource}
		err := p.Dynamic.Resource(kind).Delete(p.ctx, p.Namespace, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			p.t.Fatal(err)
		}
	}
}

// unmarked waits until nothing holds the owner.
func (o owner) unmarked() {
	o.t.Helper()
	o.until("nothing holds the "+o.kind, func() (bool, string) {
		mark := o.get().mark()
		return mark == "", mark
	})
}

// Killed between any two writes, of each kind: the next process ends it, no pod is
// replaced, and nothing is left held.
func TestAlignmentKilled(t *testing.T) {
	for _, kind := range slices.Sorted(maps.Keys(heads)) {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			before, was := o.pods(), o.get()
			t.Cleanup(o.goOn)
			for i, place := range []string{"before all", "after the hold", "before its end", "after the release"} {
				if kind == "ReplicaSet" && i > 0 {
					return // it takes one write
				}
				tag := fmt.Sprint("v", i+2)
				o.stopped(place, tag)
				o.process.Kill()
				o.goOn()
				o.lapse()
				o.start()
				o.until("the plan is complete", func() (bool, string) {
					out, err := o.patchwave("status", "lobby")
					return err == nil && strings.Contains(out, "True") && o.get().tag() == tag, out
				})
				o.sameButRestarted(before, tag, int32(i+1))
				o.isAligned(tag, was)
				o.settled(tag)
			}
		})
	}
}

// What becomes of the plan in the middle: a newer commit, the older one again, its
// record deleted, another target, deleted. Each ends well, too.
func TestPlanChangedInTheMiddle(t *testing.T) {
	for _, kind := range []string{"DaemonSet", "Deployment", "StatefulSet"} {
		t.Run(kind, func(t *testing.T) {
			o := begin(t).makes(kind)
			o.rolls("v1")
			before, was := o.pods(), o.get()
			t.Cleanup(o.goOn)
			ends := func(commit, tag string) {
				t.Helper()
				o.goOn()
				if commit != "" {
					o.await(commit, o.about(), "success")
				}
				o.unmarked()
				o.isAligned(tag, was)
				o.settled(tag)
				o.kept(before)
			}
			o.stopped("before its end", "v2")
			ends(o.plans("v3"), "v3")
			o.stopped("before its end", "v2")
			ends(o.plans("v3"), "v3")

			o.stopped("after the hold", "v4")
			if err := o.Dynamic.Resource(upgrades).Namespace(o.Namespace).Delete(o.ctx, "lobby", metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			ends("", "v4")
			o.stopped("before its end", "v5")
			o.push(map[string]string{"plans/lobby.yaml": strings.Replace(o.planned("v5"), "name: lobby}", "name: elsewhere}", 1)})
			o.shows(kind + " elsewhere does not exist")
			ends("", "v5")
			o.rolls("v5")

			o.stopped("after the hold", "v6")
			o.push(map[string]string{"plans/lobby.yaml": "", "plans/README.yaml": "# no plan"})
			ends("", "v6")
		})
	}
}
