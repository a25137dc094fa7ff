package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

// as applies the workload's manifest as a tool with a field manager of its own does.
func (o owner) as(manager, tag string) {
	o.t.Helper()
	text := strings.ReplaceAll(o.manifest(), "lobby:v1", "lobby:"+tag)
	request := o.Kube.AppsV1().RESTClient().Patch(types.ApplyPatchType).AbsPath(o.path()).Param("fieldManager", manager).Param("force", "true")
	if err := request.Body([]byte(text)).Do(o.ctx).Error(); err != nil {
		o.t.Fatal(err)
	}
}

// previews checks what `patchwave plan` says of a plan for the tag.
func (o owner) previews(tag, want string) {
	o.t.Helper()
	o.foresees(want, o.planned(tag))
}

// foresees checks what `patchwave plan` says of a plan.
func (p *play) foresees(want, plan string, flags ...string) {
	p.t.Helper()
	arguments := append([]string{"plan", p.file(plan), "--kubeconfig", os.Getenv(kubeconfigVariable)}, flags...)
	out, _ := exec.CommandContext(p.ctx, binary, arguments...).CombinedOutput()
	if !strings.Contains(string(out), want) {
		p.t.Errorf("patchwave plan printed %q, want %q", out, want)
	}
}

// file keeps a text for as long as the test takes.
func (p *play) file(text string) string {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "file.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// What somebody holds, rolls out or would write back is not aligned: plan and
// status say what and what to do, and no owner is written.
func TestNotAligned(t *testing.T) {
	onDelete := func(o owner) { o.patch(`{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}`) }
	rolling := func(o owner) {
		o.setImage("bad")
		o.until("its pods cannot start", func() (bool, string) {
			for _, pod := range o.pods() {
				if !pod.ready {
					return true, ""
				}
			}
			return false, "all are ready"
		})
	}
	by := func(manager string) func(owner) { return func(o owner) { o.as(manager, "v1") } }
	for _, test := range []struct {
		name, kind string
		does       func(owner)
		line       string // of the plan
		want       string
	}{
		{"paused", "Deployment", func(o owner) { o.patch(`{"spec":{"paused":true}}`) }, "", "it is paused, and not by patchwave; `kubectl rollout resume deployment/lobby -n "},
		{"two sets", "Deployment", rolling, "", "is rolling out: ReplicaSets "},
		{"rolling", "StatefulSet", func(o owner) {
			o.patch(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}`)
			rolling(o)
		}, "", "is at two revisions: pod lobby-"},
		{"rolling", "DaemonSet", rolling, "", "is at two revisions: pod lobby-"},
		{"on delete", "StatefulSet", onDelete, "", "its update strategy is OnDelete, and pods made anew would change; set RollingUpdate"},
		{"on delete", "DaemonSet", onDelete, "", "its update strategy is OnDelete, and pods made anew would change; set RollingUpdate"},
		{"Argo CD", "Deployment", by("argocd-controller"), "", "Argo CD (field manager argocd-controller) owns its images"},
		{"Flux", "StatefulSet", by("kustomize-controller"), "", "Flux (field manager kustomize-controller) owns its images"},
		{"Helm", "DaemonSet", by("helm"), "", "Helm (field manager helm) owns its images"},
		{"applier", "ReplicaSet", by("deployer"), "", "field manager deployer owns its images and would write them back, and a change there replaces every pod"},
		{"partition", "StatefulSet", func(owner) {}, "partition: 1", "the template is left as it is, as long as the partition keeps pods on the old image"},
	} {
		t.Run(test.kind+" "+test.name, func(t *testing.T) {
			o := begin(t).makes(test.kind)
			test.does(o)
			was, since := o.get(), o.audited()
			if test.line == "" {
				o.previews("v2", test.want)
			}
			o.plans("v2", "  "+test.line)
			o.until("the record says "+test.want, func() (bool, string) {
				out, err := o.patchwave("status", "lobby", "-o", "json")
				return err == nil && strings.Contains(out, test.want), out
			})
			if is := o.get(); is.tag() != was.tag() || is.mark() != "" {
				t.Errorf("the template names %s, and was %s; the mark is %q", is.tag(), was.tag(), is.mark())
			}
			o.ownersUnwritten(since)
		})
	}
}
