package cluster

import (
	"encoding/json"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

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
		{align.Step{Verb: align.Clear, Owner: owner("StatefulSet")}, "statefulsets/lobby", `{"metadata":{"annotations":{"patchwave.dev/aligning":null},` + guard + `}}`},
	} {
		t.Run(test.step.String(), func(t *testing.T) {
			lobby, old := deployment("lobby", "uid-lobby"), replicaSet("lobby-1", "lobby")
			lobby.Spec.Template, old.Spec.Template = template("app:v1"), template("app:v1")
			c := showing(t, lobby, old)
			asked := asking(t, c, 200, object{})
			if err := c.Align(t.Context(), "games", test.step); err != nil {
				t.Fatal(err)
			}
			if len(*asked) != 1 {
				t.Fatalf("asked %v, want one write", *asked)
			}
			one := (*asked)[0]
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
	restarted := template("app:v2")
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
		{"the old one is cleaned up", restarted, []*appsv1.ControllerRevision{revision("c", 3, restarted)}, "c", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{
				Name: "agents", Namespace: "games", UID: "uid-agents",
				Annotations: map[string]string{alignAnnotation: text(align.Mark{Plan: "games/agents", Revision: "a"})},
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
