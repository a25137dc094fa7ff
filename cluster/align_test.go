package cluster

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

func template(image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{{Name: "migrate", Image: "app:v1"}},
		Containers:     []corev1.Container{{Name: "server", Image: image}, {Name: "logger", Image: "log:v1"}},
	}}
}

// Each step is one write, guarded by UID and resourceVersion, and says no more than
// it has to.
func TestSteps(t *testing.T) {
	const guard = `"resourceVersion":"7","uid":"uid-lobby"`
	owner := func(kind string) align.Owner {
		return align.Owner{Kind: kind, Name: "lobby", UID: "uid-lobby", ResourceVersion: "7", Mark: &align.Mark{Plan: "games/lobby"}}
	}
	edited := owner("DaemonSet")
	edited.Strategy = `{"type":"OnDelete","rollingUpdate":{"maxUnavailable":3}}` // by somebody, in the middle
	set := &align.Set{Name: "lobby-1", UID: "uid-lobby-1", ResourceVersion: "8"}
	mark := align.Mark{Plan: "games/lobby", Strategy: `{"type":"RollingUpdate","rollingUpdate":{"partition":2}}`}
	note := `"annotations":{"patchwave.dev/aligning":` + text(text(mark)) + `}`
	images := []spec.Image{{Container: "server", Image: "app:v2"}, {Container: "migrate", Image: "app:v2"}, {Container: "injected", Image: "mesh:v2"}}
	const both = `{"spec":{"containers":[{"image":"app:v2","name":"server"}],"initContainers":[{"image":"app:v2","name":"migrate"}]}}`
	for _, test := range []struct {
		step       align.Step
		path, want string
	}{
		{align.Step{Verb: align.Hold, Owner: owner("Deployment"), Mark: mark}, "deployments/lobby", `{"metadata":{` + note + `,` + guard + `},"spec":{"paused":true}}`},
		{
			align.Step{Verb: align.Hold, Owner: owner("StatefulSet"), Mark: mark},
			"statefulsets/lobby",
			`{"metadata":{` + note + `,` + guard + `},"spec":{"updateStrategy":{"rollingUpdate":{"partition":2147483647},"type":"RollingUpdate"}}}`,
		},
		{
			align.Step{Verb: align.Hold, Owner: owner("DaemonSet"), Mark: mark},
			"daemonsets/lobby",
			`{"metadata":{` + note + `,` + guard + `},"spec":{"updateStrategy":{"rollingUpdate":null,"type":"OnDelete"}}}`,
		},
		{
			align.Step{Verb: align.SetTemplate, Owner: owner("Deployment"), Set: set, Images: images},
			"replicasets/lobby-1",
			`{"metadata":{"resourceVersion":"8","uid":"uid-lobby-1"},"spec":{"template":` + both + `}}`,
		},
		{
			align.Step{Verb: align.Distinguish, Owner: owner("Deployment"), Set: set},
			"replicasets/lobby-1",
			`{"metadata":{"resourceVersion":"8","uid":"uid-lobby-1"},"spec":{"template":{"metadata":{"annotations":{"patchwave.dev/distinct":"8"}}}}}`,
		},
		{
			align.Step{Verb: align.Unmark, Owner: owner("Deployment"), Set: set},
			"replicasets/lobby-1",
			`{"metadata":{"annotations":{"patchwave.dev/aligning":null},"resourceVersion":"8","uid":"uid-lobby-1"}}`,
		},
		{
			align.Step{Verb: align.Label, Owner: owner("DaemonSet"), Pod: align.Pod{Name: "p", UID: "uid-p", ResourceVersion: "9"}, Revision: "abc"},
			"pods/p",
			`{"metadata":{"labels":{"controller-revision-hash":"abc"},"resourceVersion":"9","uid":"uid-p"}}`,
		},
		{
			align.Step{Verb: align.Release, Owner: owner("Deployment"), Mark: mark, Images: images},
			"deployments/lobby",
			`{"metadata":{` + note + `,` + guard + `},"spec":{"paused":null,"template":` + both + `}}`,
		},
		{align.Step{Verb: align.Release, Owner: owner("Deployment"), Mark: mark}, "deployments/lobby", `{"metadata":{` + note + `,` + guard + `},"spec":{"paused":null}}`},
		{
			align.Step{Verb: align.Release, Owner: owner("StatefulSet"), Mark: align.Mark{Strategy: `{"type":"OnDelete"}`}},
			"statefulsets/lobby",
			`{"metadata":{"annotations":{"patchwave.dev/aligning":"{\"plan\":\"\",\"images\":null,\"before\":null,\"strategy\":\"{\\\"type\\\":\\\"OnDelete\\\"}\"}"},` + guard + `},"spec":{"updateStrategy":{"rollingUpdate":null,"type":"OnDelete"}}}`,
		},
		{
			align.Step{Verb: align.Release, Owner: owner("StatefulSet"), Mark: mark},
			"statefulsets/lobby",
			`{"metadata":{` + note + `,` + guard + `},"spec":{"updateStrategy":{"rollingUpdate":{"partition":2},"type":"RollingUpdate"}}}`,
		},
		{
			align.Step{Verb: align.Release, Owner: owner("DaemonSet"), Mark: mark},
			"daemonsets/lobby",
			`{"metadata":{` + note + `,` + guard + `},"spec":{"updateStrategy":{"rollingUpdate":{"partition":2},"type":"RollingUpdate"}}}`,
		},
		{
			align.Step{Verb: align.Release, Owner: edited, Mark: mark},
			"daemonsets/lobby",
			`{"metadata":{` + note + `,` + guard + `},"spec":{"updateStrategy":{"rollingUpdate":{"maxUnavailable":3},"type":"RollingUpdate"}}}`,
		},
		{
			align.Step{Verb: align.Release, Owner: owner("DaemonSet"), Mark: align.Mark{Plan: "games/lobby", Strategy: "nonsense"}},
			"daemonsets/lobby",
			`{"metadata":{"annotations":{"patchwave.dev/aligning":"{\"plan\":\"games/lobby\",\"images\":null,\"before\":null,\"strategy\":\"nonsense\"}"},` + guard + `},"spec":{"updateStrategy":{"rollingUpdate":null,"type":"RollingUpdate"}}}`,
		},
		{align.Step{Verb: align.Clear, Owner: owner("StatefulSet")}, "statefulsets/lobby", `{"metadata":{"annotations":{"patchwave.dev/aligning":null},` + guard + `}}`},
	} {
		t.Run(test.step.String(), func(t *testing.T) {
			lobby, old := deployment("lobby", "uid-lobby"), replicaSet("lobby-1", "lobby")
			lobby.Spec.Template, old.Spec.Template = template("app:v1"), template("app:v1")
			meta := metav1.ObjectMeta{Name: "lobby", Namespace: "games"}
			c := showing(t, lobby, old, &appsv1.StatefulSet{ObjectMeta: meta}, &appsv1.DaemonSet{ObjectMeta: meta})
			asked := admitting(t, c, func(any) {})
			if err := c.Align(t.Context(), "games", test.step); err != nil {
				t.Fatal(err)
			}
			written := slices.DeleteFunc(*asked, func(r request) bool { return r.dryRun })
			if len(written) != 1 {
				t.Fatalf("asked %v, want one write", *asked)
			}
			one := written[0]
			got, _ := json.Marshal(one.body)
			prefix := "/apis/apps/v1/namespaces/games/"
			if test.step.Verb == align.Label {
				prefix = "/api/v1/namespaces/games/"
			}
			if one.path != prefix+test.path || string(got) != test.want {
				t.Errorf("wrote to %s:\n%s\nwant\n%s", one.path, got, test.want)
			}
		})
	}
}

// admitting connects a cluster to an API server which takes every patch of a workload,
// as admission has changed it.
func admitting(t *testing.T, c *Cluster, admission func(workload any)) *[]request {
	t.Helper()
	return handling(t, c, 200, func(asked request) any {
		kinds := map[string]string{"deployments": "Deployment", "replicasets": "ReplicaSet", "statefulsets": "StatefulSet", "daemonsets": "DaemonSet"}
		parts := strings.Split(asked.path, "/")
		kind, name := kinds[parts[len(parts)-2]], parts[len(parts)-1]
		if kind == "" {
			return object{}
		}
		patch, _ := json.Marshal(asked.body)
		stored, _, _ := c.namespaces["games"].informer(kind).GetStore().GetByKey("games/" + name)
		if stored == nil {
			return object{}
		}
		before, _ := json.Marshal(stored)
		after, err := strategicpatch.StrategicMergePatch(before, patch, stored)
		if err != nil {
			t.Error(err)
		}
		patched := reflect.New(reflect.TypeOf(stored).Elem()).Interface()
		if err := json.Unmarshal(after, patched); err != nil {
			t.Error(err)
		}
		admission(patched)
		return patched
	})
}

// Before an owner is held, the API server tries all that follows: what admission
// would deny, or make another template of, is not begun. Nor is it written later.
func TestTriedBefore(t *testing.T) {
	images := []spec.Image{{Container: "server", Image: "app:v2"}}
	o := align.Owner{Kind: "Deployment", Name: "lobby", UID: "uid-lobby", ResourceVersion: "7", Mark: &align.Mark{Plan: "games/lobby"}}
	set := &align.Set{Name: "lobby-1", UID: "uid-lobby-1", ResourceVersion: "8"}
	release := align.Step{Verb: align.Release, Owner: o, Mark: align.Mark{Plan: "games/lobby", Released: true}, Images: images}
	reset := align.Step{Verb: align.SetTemplate, Owner: o, Set: set, Images: images}
	again := align.Step{Verb: align.Hold, Owner: o, Mark: align.Mark{Plan: "games/lobby"}}
	alarm := align.Step{Verb: align.Hold, Owner: o, Mark: align.Mark{Plan: "games/lobby", Alarm: "two have pods"}}
	first := again
	first.Trials = []align.Step{release, reset, {Verb: align.Label, Owner: o, Pod: align.Pod{Name: "lobby-1-a"}, Revision: "next"}}
	pinned := func(workload any) {
		if w, _ := asWorkload(workload); w.kind == "Deployment" {
			w.template.Spec.Containers[0].Image += "@sha256:1"
		}
	}
	labelled := func(workload any) {
		if w, _ := asWorkload(workload); w.kind == "ReplicaSet" {
			w.template.Labels = map[string]string{"policy": "new"}
		}
	}
	logger := func(workload any) {
		w, _ := asWorkload(workload)
		w.template.Spec.Containers[1].Image = "mirror/log:v1"
	}
	stripped := func(workload any) {
		if w, _ := asWorkload(workload); w.kind == "Deployment" {
			w.SetAnnotations(nil)
		}
	}
	resumed := func(workload any) {
		if own, ok := workload.(*appsv1.Deployment); ok {
			own.Spec.Paused = false
		}
	}
	const undone = "a webhook would undo the hold or its annotation patchwave.dev/aligning; exempt"
	const more = "a webhook would change more of the template than its images, and all pods would be replaced; exempt patchwave from that"
	for name, test := range map[string]struct {
		step      align.Step
		admission func(any)
		asked     int
		want      string
	}{
		"all is well":         {first, func(any) {}, 5, ""},
		"held again":          {again, resumed, 1, ""},
		"another image":       {first, pinned, 1, "a webhook would make it image app:v2@sha256:1 of container server, and not app:v2; exempt"},
		"of a neighbour":      {first, logger, 1, more},
		"another ReplicaSet":  {first, labelled, 2, more},
		"the ReplicaSet":      {reset, labelled, 1, more},
		"the owner's, at end": {release, pinned, 1, "and not app:v2"},
		"no annotation":       {first, stripped, 1, undone},
		"the hold is undone":  {first, resumed, 4, undone},
		"an alarm":            {alarm, resumed, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			lobby, old := deployment("lobby", "uid-lobby"), replicaSet("lobby-1", "lobby")
			lobby.Spec.Template, old.Spec.Template = template("app:v1"), template("app:v1")
			c := showing(t, lobby, old)
			asked := admitting(t, c, test.admission)
			err := c.Align(t.Context(), "games", test.step)
			if len(*asked) != test.asked || (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("asked %d times: %v; want %d and %q", len(*asked), err, test.asked, test.want)
			}
			for i, one := range *asked {
				if written := i == len(*asked)-1 && test.want == ""; one.dryRun == written {
					t.Errorf("request %d, a dry run %t: %v", i+1, one.dryRun, one)
				}
			}
		})
	}
}

// The first hold notes the template's shape, and to hold again keeps it.
func TestHoldNotesTheShape(t *testing.T) {
	for noted, want := range map[string]string{"": shape(workload{template: &corev1.PodTemplateSpec{}}), "earlier": "earlier"} {
		c := showing(t, &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "lobby", Namespace: "games"}})
		asked := admitting(t, c, func(any) {})
		o := align.Owner{Kind: "StatefulSet", Name: "lobby", UID: "uid-lobby", ResourceVersion: "7"}
		hold := align.Step{Verb: align.Hold, Owner: o, Mark: align.Mark{Plan: "games/lobby", Revision: "r1", Shape: noted}}
		if err := c.Align(t.Context(), "games", hold); err != nil {
			t.Fatal(err)
		}
		if body, _ := json.Marshal((*asked)[0].body); !strings.Contains(string(body), `\"shape\":\"`+want) {
			t.Errorf("wrote %s, want shape %s", body, want)
		}
	}
}

func revision(name string, number int64, template corev1.PodTemplateSpec) *appsv1.ControllerRevision {
	content := text(object{"spec": object{"template": template}})
	return &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Name: "agents-" + name, Namespace: "games", Labels: map[string]string{"controller-revision-hash": name},
			OwnerReferences: owner("apps/v1", "DaemonSet", "agents"),
		},
		Data: runtime.RawExtension{Raw: []byte(content)}, Revision: number,
	}
}

// A DaemonSet's revision is known when the newest is of its template, and it was
// reshaped when more than images differ from the one in the mark.
func TestRevisions(t *testing.T) {
	before := template("app:v1")
	old := shape(workload{template: &before})
	restarted := template("app:v2")
	sidecar := template("app:v2")
	sidecar.Spec.Containers[1].Image = "log:v2"
	restarted.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
	for _, test := range []struct {
		name     string
		template corev1.PodTemplateSpec
		all      []*appsv1.ControllerRevision
		want     string
		reshaped bool
	}{
		{"not there yet", template("app:v2"), []*appsv1.ControllerRevision{revision("a", 1, template("app:v1"))}, "", false},
		{"there", template("app:v2"), []*appsv1.ControllerRevision{revision("b", 2, template("app:v2")), revision("a", 1, template("app:v1"))}, "b", false},
		{"an old one again", template("app:v1"), []*appsv1.ControllerRevision{revision("b", 2, template("app:v2")), revision("a", 3, template("app:v1"))}, "a", false},
		{"restarted, and not there yet", restarted, []*appsv1.ControllerRevision{revision("b", 2, template("app:v2")), revision("a", 1, template("app:v1"))}, "", true},
		{"restarted", restarted, []*appsv1.ControllerRevision{revision("c", 3, restarted), revision("a", 1, template("app:v1"))}, "c", true},
		{"another container's image", sidecar, []*appsv1.ControllerRevision{revision("b", 2, template("app:v2")), revision("a", 1, template("app:v1"))}, "", true},
		{"the old one is cleaned up", template("app:v2"), []*appsv1.ControllerRevision{revision("b", 2, template("app:v2"))}, "b", false},
		{"and it was restarted", restarted, []*appsv1.ControllerRevision{revision("c", 3, restarted)}, "c", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{
				Name: "agents", Namespace: "games", UID: "uid-agents",
				Annotations:   map[string]string{alignAnnotation: text(align.Mark{Plan: "games/agents", Revision: "a", Shape: old, Images: []spec.Image{{Container: "server"}}})},
				ManagedFields: []metav1.ManagedFieldsEntry{{Manager: FieldManager, Subresource: alignAnnotation}},
			}}
			set.Spec.Template = test.template
			var objects []metav1.Object
			for _, revision := range test.all {
				objects = append(objects, revision)
			}
			c := showing(t, objects...)
			w, _ := asWorkload(set)
			got := c.owner(c.namespaces["games"], w, nil)
			if got.Revision != test.want || got.Reshaped != test.reshaped {
				t.Errorf("the revision is %q, reshaped %t; want %q, %t", got.Revision, got.Reshaped, test.want, test.reshaped)
			}
		})
	}
}
