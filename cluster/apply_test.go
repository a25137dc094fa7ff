package cluster

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

func TestStaleWritesAreTold(t *testing.T) {
	pods := schema.GroupResource{Resource: "pods"}
	invalid := func(fields ...string) error {
		status := refusing(422, metav1.StatusReasonInvalid)
		for _, field := range fields {
			status.Details.Causes = append(status.Details.Causes, metav1.StatusCause{Field: field})
		}
		return &apierrors.StatusError{ErrStatus: status}
	}
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"another resourceVersion": {apierrors.NewConflict(pods, "p", errors.New("changed")), true},
		"gone":                    {apierrors.NewNotFound(pods, "p"), true},
		"made by another":         {apierrors.NewAlreadyExists(pods, "p"), true},
		"another UID":             {invalid("metadata.uid"), true},
		"another UID and more":    {invalid("spec", "metadata.uid"), true},
		"an image that is none":   {invalid("spec.containers[0].image"), false},
		"invalid, and no more":    {invalid(), false},
		"without details":         {&apierrors.StatusError{ErrStatus: metav1.Status{Reason: metav1.StatusReasonInvalid, Code: 422}}, false},
		"broken":                  {apierrors.NewInternalError(errors.New("etcd")), false},
		"forbidden":               {apierrors.NewForbidden(pods, "p", errors.New("rights")), false},
		"too many":                {apierrors.NewTooManyRequests("slow", 1), false},
		"no answer":               {errors.New("connection refused"), false},
	} {
		got := stale(test.err)
		if errors.Is(got, reconciler.ErrStale) != test.want || !errors.Is(got, test.err) {
			t.Errorf("%s: got %v, stale wanted %t", name, got, test.want)
		}
	}
	if got := stale(nil); got != nil {
		t.Errorf("no error is %v", got)
	}
}

func TestApplyAnswers(t *testing.T) {
	for _, test := range []struct {
		code   int
		answer any
		want   string
	}{
		{200, pod("p", version9), ""},
		{409, refusing(409, metav1.StatusReasonConflict), "stale"},
		{404, refusing(404, metav1.StatusReasonNotFound), "stale"},
		{422, refusing(422, metav1.StatusReasonInvalid, metav1.StatusCause{Field: "metadata.uid"}), "stale"},
		{422, refusing(422, metav1.StatusReasonInvalid, metav1.StatusCause{Field: "spec.containers[0].image"}), "error"},
		{403, refusing(403, metav1.StatusReasonForbidden), "error"},
		{500, refusing(500, metav1.StatusReasonInternalError), "error"},
	} {
		t.Run(fmt.Sprint(test.code), func(t *testing.T) {
			c := showing(t, pod("p"))
			asking(t, c, test.code, test.answer)
			err := c.Apply(t.Context(), "games", reconciler.Action{Verb: reconciler.Reopen, Pod: gated()})
			got := map[bool]string{true: "error"}[err != nil]
			if errors.Is(err, reconciler.ErrStale) {
				got = "stale"
			}
			if got != test.want {
				t.Errorf("got %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "readiness gate of pod p") {
				t.Errorf("%v does not say what was tried", err)
			}
			if ahead := len(c.pods.ahead()); ahead != map[bool]int{true: 1}[err == nil] {
				t.Errorf("%d pods are laid over the informer's", ahead)
			}
		})
	}
}

func version9(p *corev1.Pod) {
	p.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
	p.ResourceVersion = "9"
}

func gated() reconciler.Pod {
	return reconciler.Pod{Name: "p", UID: "uid-p", ResourceVersion: "5", Gate: reconciler.Gate{Type: reconciler.GateType}}
}

func gatedTwice() reconciler.Pod {
	p := gated()
	p.Gate.Second = kruiseGate
	return p
}

// bothGates are the conditions of both gates.
func bothGates(status, reason string) any {
	first, second := gate(status, reason), gate(status, reason)
	conditions := second["conditions"].([]any)
	conditions[0].(object)["type"] = kruiseGate
	return object{"conditions": append(first["conditions"].([]any), conditions...)}
}

func withSidecar(p reconciler.Pod) reconciler.Pod {
	p.Containers = []reconciler.Container{{Name: "mesh", Sidecar: true}, {Name: "server"}, {Name: "proxy"}}
	return p
}

const (
	podPath    = "/api/v1/namespaces/games/pods/p"
	statusPath = podPath + "/status"
)

// Denied or doubtful: after a refusal nothing was written, after a lost answer perhaps.
func TestDenied(t *testing.T) {
	for code, want := range map[int]bool{403: true, 422: true, 400: true, 429: true, 500: false, 504: false} {
		c := showing(t)
		asking(t, c, code, refusing(code, map[int]metav1.StatusReason{
			403: metav1.StatusReasonForbidden, 422: metav1.StatusReasonInvalid, 400: metav1.StatusReasonBadRequest,
			429: metav1.StatusReasonTooManyRequests, 500: metav1.StatusReasonInternalError, 504: metav1.StatusReasonTimeout,
		}[code]))
		err := c.Apply(t.Context(), "games", reconciler.Action{Verb: reconciler.Reopen, Pod: gated()})
		if got := errors.Is(err, reconciler.ErrDenied); err == nil || got != want {
			t.Errorf("%d: denied %t, want %t (%v)", code, got, want, err)
		}
	}
}

// Every write names the pod decided on, and carries its note in the same request.
func TestApplyWrites(t *testing.T) {
	marks := reconciler.Marks{{Container: "server", Plan: "games/plan", Try: reconciler.Try{Digest: "sha256:1"}, Time: past.Time, Wrote: "app:v2"}}
	for name, test := range map[string]struct {
		action reconciler.Action
		path   string
		want   map[string]any
	}{
		"drain": {
			reconciler.Action{Verb: reconciler.Drain, Pod: gated(), Drain: reconciler.DrainMark{Plan: "games/plan", Digest: "sha256:1"}},
			statusPath,
			object{"metadata": note(drainAnnotation, `{"plan":"games/plan","digest":"sha256:1"}`), "status": gate("False", "InPlaceUpdate")},
		},
		"reopen": {
			reconciler.Action{Verb: reconciler.Reopen, Pod: gated()},
			statusPath,
			object{"metadata": note(drainAnnotation, nil), "status": gate("True", "Serving")},
		},
		"drain by one of two": {
			reconciler.Action{Verb: reconciler.Drain, Pod: gatedTwice(), Drain: reconciler.DrainMark{Plan: "games/plan", Digest: "sha256:1"}},
			statusPath,
			object{"metadata": note(drainAnnotation, `{"plan":"games/plan","digest":"sha256:1"}`), "status": gate("False", "InPlaceUpdate")},
		},
		"reopen both": {
			reconciler.Action{Verb: reconciler.Reopen, Pod: gatedTwice()},
			statusPath,
			object{"metadata": note(drainAnnotation, nil), "status": bothGates("True", "Serving")},
		},
		"patch": {
			reconciler.Action{Verb: reconciler.Patch, Pod: withSidecar(gated()), Marks: marks, Images: []spec.Image{
				{Container: "server", Image: "app:v2"}, {Container: "mesh", Image: "mesh:v2"}, {Container: "proxy", Image: "proxy:v2"},
			}},
			podPath,
			object{
				"metadata": note(updateAnnotation, `[{"container":"server","plan":"games/plan","digest":"sha256:1","time":"2026-01-01T12:00:00Z","wrote":"app:v2","image":""}]`),
				"spec": object{
					"containers":     []any{object{"name": "server", "image": "app:v2"}, object{"name": "proxy", "image": "proxy:v2"}},
					"initContainers": []any{object{"name": "mesh", "image": "mesh:v2"}},
				},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := showing(t, pod("p", initContainer("mesh", new(corev1.ContainerRestartPolicyAlways), corev1.ContainerState{})))
			asked := asking(t, c, 200, pod("p", version9))
			if err := c.Apply(t.Context(), "games", test.action); err != nil {
				t.Fatal(err)
			}
			if len(*asked) != 1 || (*asked)[0].method != http.MethodPatch || (*asked)[0].path != test.path {
				t.Fatalf("asked %v", *asked)
			}
			if diff := cmp.Diff(test.want, timeless((*asked)[0].body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// note is the metadata of a write; a nil text takes the note away.
func note(key string, text any) object {
	return object{"uid": "uid-p", "resourceVersion": "5", "annotations": object{key: text}}
}

func gate(status, reason string) object {
	return object{"conditions": []any{object{
		"type": reconciler.GateType, "status": status, "reason": reason, "message": "set by patchwave",
	}}}
}

// timeless takes the condition's time away, which is the clock's.
func timeless(body map[string]any) map[string]any {
	if status, ok := body["status"].(map[string]any); ok {
		for _, condition := range status["conditions"].([]any) {
			delete(condition.(map[string]any), "lastTransitionTime")
		}
	}
	return body
}

// A newborn pod's gate is opened by one write, and none where it is open by now.
func TestOpenGate(t *testing.T) {
	newborn := pod("p", gates(ourGate))
	c := showing(t, newborn)
	asked := asking(t, c, 200, pod("p", version9, gates(ourGate), with(ourGate, "True")))
	for range 2 {
		if err := c.openGate(t.Context(), "games/p"); err != nil {
			t.Error(err)
		}
	}
	if len(*asked) != 1 || (*asked)[0].path != statusPath {
		t.Fatalf("asked %v", *asked)
	}
	if diff := cmp.Diff(object{"metadata": note(drainAnnotation, nil), "status": gate("True", "Serving")}, timeless((*asked)[0].body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}
