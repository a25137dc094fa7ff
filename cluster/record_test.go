package cluster

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// complete is a plan that sets every field there is.
func complete(t *testing.T) reconciler.Plan {
	t.Helper()
	plan := planFor(selecting("Deployment", map[string]string{"app": "lobby"},
		spec.SelectorRequirement{Key: "tier", Operator: "In", Values: []string{"front", "back"}},
		spec.SelectorRequirement{Key: "tier", Operator: "Exists"}))
	s := &plan.Spec
	s.Target.Name = "lobby"
	s.Images = []spec.Image{{Container: "server", Image: "registry:5000/app:v2"}, {Container: "proxy", Image: "proxy@sha256:1"}}
	s.Waves = []spec.Wave{{Pods: spec.Count(1), Soak: spec.Duration(600e9)}, {Pods: spec.Percent(25)}, {Pods: spec.Percent(100)}}
	s.Partition, s.MaxUnavailable = new(spec.Count(0)), new(spec.Percent(25))
	s.GracePeriodSeconds, s.MinReadySeconds, s.ProgressDeadlineSeconds, s.MaxFailures = 30, 10, new(600), 2
	s.RequireReadinessGate, s.OnFailure, s.Template = true, "Halt", "Leave"
	s.Order = &spec.Order{TopologyKey: "zone", Policy: spec.OneDomainAtATime}
	paris, err := calendar.Zone("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	nightly, err := calendar.ParseCron("0 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	s.Windows = []calendar.Window{{Start: nightly, Duration: time.Hour, Zone: paris}}
	s.Drift = &spec.Drift{Mode: spec.DriftReport, Schedule: nightly}
	s.Freezes = []calendar.Freeze{{From: past.Time, To: past.Add(time.Hour), Reason: "year end"}}
	s.Suspend = &spec.Suspend{Reason: "INC-231", Until: &past.Time}
	fields := reflect.ValueOf(*s)
	for i := range fields.NumField() {
		if fields.Field(i).IsZero() {
			t.Fatalf("the plan of this test does not set %s", fields.Type().Field(i).Name)
		}
	}
	plan.Digest = plan.Plan.Digest()
	return plan
}

// A plan is the same after it was to the API server and back, so that its
// mirror keeps its digest, and is acted on; and the CRD drops nothing of it.
func TestARecordKeepsItsPlan(t *testing.T) {
	plan := complete(t)
	sent, err := upgradeOf(plan, "7", reconciler.Status{Attempt: reconciler.Attempt{Try: reconciler.Try{Digest: plan.Digest}, StartedAt: past.Time}}).toUnstructured()
	if err != nil {
		t.Fatal(err)
	}
	prune(sent.Object["spec"], crdSchema(t)["properties"].(object)["spec"].(object))
	text, err := sent.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var stored unstructured.Unstructured
	if err := stored.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	read, err := fromUnstructured(&stored)
	if err != nil {
		t.Fatal(err)
	}
	record := read.Record()
	if record.Plan.Digest() != plan.Digest || record.Digest != plan.Digest || record.Source != plan.Source {
		t.Errorf("the mirror is another plan: %+v, was %+v", record.Plan.Spec, plan.Spec)
	}
	if record.Status.Attempt.StartedAt != past.Time || read.UID != "uid-plan" || read.Generation != 4 {
		t.Errorf("read %+v", read)
	}
}

// prune does what the API server does with fields that a CRD does not name.
func prune(value any, schema object) {
	switch value := value.(type) {
	case map[string]any:
		properties, _ := schema["properties"].(object)
		additional, open := schema["additionalProperties"].(object)
		for key, field := range value {
			property, known := properties[key].(object)
			switch {
			case known:
				prune(field, property)
			case open:
				prune(field, additional)
			default:
				delete(value, key)
			}
		}
	case []any:
		for _, item := range value {
			prune(item, schema["items"].(object))
		}
	}
}

func TestARecordThatMakesNoSenseIsNotActedOn(t *testing.T) {
	plan := complete(t)
	for name, spoil := range map[string]func(spec map[string]any){
		"sound":             func(map[string]any) {},
		"another image":     func(s map[string]any) { imagesOf(s)[0].(map[string]any)["image"] = "evil:v1" },
		"another digest":    func(s map[string]any) { s["digest"] = "sha256:0" },
		"no digest":         func(s map[string]any) { delete(s, "digest") },
		"no plan":           func(s map[string]any) { delete(s, "plan") },
		"a plan of text":    func(s map[string]any) { s["plan"] = "lobby" },
		"images of numbers": func(s map[string]any) { s["plan"].(map[string]any)["images"] = int64(3) },
		"an odd amount":     func(s map[string]any) { s["plan"].(map[string]any)["maxUnavailable"] = "some" },
	} {
		sent, err := upgradeOf(plan, "7", reconciler.Status{}).toUnstructured()
		if err != nil {
			t.Fatal(err)
		}
		spoil(sent.Object["spec"].(map[string]any))
		kept, err := typed(sent)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		upgrade := kept.(*Upgrade)
		withdrawn := reconciler.InForce([]string{"games"}, []reconciler.Reading{{Source: "games"}, {}}, []reconciler.Record{upgrade.Record()})
		if acted := len(withdrawn) > 0; acted != (name == "sound") {
			t.Errorf("%s: in force is %v", name, withdrawn)
		}
		if upgrade.UID != "uid-plan" || upgrade.ResourceVersion != "7" || upgrade.Name != "plan" || upgrade.Namespace != "games" {
			t.Errorf("%s: it cannot be mended, being known as %+v", name, upgrade.ObjectMeta)
		}
	}
}

func imagesOf(s map[string]any) []any { return s["plan"].(map[string]any)["images"].([]any) }

func TestSaveWritesTheMirrorOnlyWhereThePlanHasChanged(t *testing.T) {
	plan := complete(t)
	other := plan
	other.Digest = "sha256:other"
	for name, test := range map[string]struct {
		known *Upgrade
		want  string
	}{
		"new":       {nil, "POST upgrades, PUT upgrades/plan/status"},
		"unchanged": {upgradeOf(plan, "5", reconciler.Status{}), "PUT upgrades/plan/status"},
		"changed":   {upgradeOf(other, "5", reconciler.Status{}), "PUT upgrades/plan, PUT upgrades/plan/status"},
	} {
		c := showing(t)
		if test.known != nil {
			c = showing(t, test.known)
		}
		asked := asking(t, c, 200, upgradeOf(plan, "9", reconciler.Status{}))
		if err := c.Save(t.Context(), plan, reconciler.Status{Wave: reconciler.Wave{Of: 2}}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := told(*asked); got != test.want {
			t.Errorf("%s: asked %s", name, got)
		}
		last := (*asked)[len(*asked)-1].body
		if wave, _, _ := unstructured.NestedFieldNoCopy(last, "status", "wave", "of"); wave != 2.0 {
			t.Errorf("%s: the status sent is %v", name, last["status"])
		}
		if seen, _, _ := unstructured.NestedFieldNoCopy(last, "status", "observedGeneration"); seen != 4.0 {
			t.Errorf("%s: the status speaks of generation %v", name, seen)
		}
	}
}

func told(asked []request) string {
	var lines []string
	for _, one := range asked {
		lines = append(lines, one.method+" "+strings.TrimPrefix(one.path, "/apis/patchwave.dev/v1alpha1/namespaces/games/"))
	}
	return strings.Join(lines, ", ")
}

// A record that somebody deletes is made anew at the next look, also where only
// our own last write still shows it.
func TestSaveForgetsARecordThatIsGone(t *testing.T) {
	plan := complete(t)
	other := plan
	other.Digest = "sha256:other"
	for name, known := range map[string]*Upgrade{
		"the status was to be written": upgradeOf(plan, "5", reconciler.Status{}),
		"the mirror was to be written": upgradeOf(other, "5", reconciler.Status{}),
	} {
		c := showing(t)
		c.upgrades.wrote(known)
		asking(t, c, 404, refusing(404, metav1.StatusReasonNotFound))
		if err := c.Save(t.Context(), plan, reconciler.Status{}); !errors.Is(err, reconciler.ErrStale) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, still := c.upgrade(c.namespaces["games"], plan.Key()); still {
			t.Errorf("%s: the deleted record is still known", name)
		}
	}
}

// A record cannot be made in a namespace that does not exist: looking again does
// not help, and the reason must be told.
func TestSaveWithoutItsNamespace(t *testing.T) {
	c := showing(t)
	asking(t, c, 404, refusing(404, metav1.StatusReasonNotFound))
	if err := c.Save(t.Context(), complete(t), reconciler.Status{}); err == nil || errors.Is(err, reconciler.ErrStale) {
		t.Errorf("got %v, want an error that is told", err)
	}
}

// A removed record stands as last written until the informer has heard of its
// end, or the API server says that there is none.
func TestRemove(t *testing.T) {
	plan := complete(t)
	for code, fails := range map[int]bool{200: false, 404: false, 403: true} {
		c := showing(t)
		c.upgrades.wrote(upgradeOf(plan, "5", reconciler.Status{}))
		asking(t, c, code, refusing(code, map[int]metav1.StatusReason{404: metav1.StatusReasonNotFound, 403: metav1.StatusReasonForbidden}[code]))
		if err := c.Remove(t.Context(), plan.Key()); (err != nil) != fails {
			t.Errorf("%d: got %v", code, err)
		}
		if _, still := c.upgrade(c.namespaces["games"], plan.Key()); still != (code != 404) {
			t.Errorf("%d: still known: %t", code, still)
		}
		c = showing(t, upgradeOf(plan, "4", reconciler.Status{}))
		c.upgrades.wrote(upgradeOf(plan, "5", reconciler.Status{}))
		asking(t, c, code, refusing(code, metav1.StatusReasonNotFound))
		_ = c.Remove(t.Context(), plan.Key())
		if shown, still := c.upgrade(c.namespaces["games"], plan.Key()); !still || shown.ResourceVersion != "5" {
			t.Errorf("%d: an older form comes to light: %v", code, shown)
		}
	}
}

// A status that cannot be read is none: the plan goes on, and others are shown.
func TestNonsenseInARecord(t *testing.T) {
	for _, nonsense := range []string{`{"attempt":{"startedAt":"rubbish"}}`, `{"templates":{"a":"b"}}`, `[]`, `"done"`} {
		var stored unstructured.Unstructured
		text := `{"apiVersion":"patchwave.dev/v1alpha1","kind":"Upgrade","metadata":{"name":"lobby","namespace":"games","uid":"u"},` +
			`"spec":{"source":"games","digest":"sha256:1","plan":{"target":{"kind":"Pod","name":"p"},"images":[]}},"status":` + nonsense + `}`
		if err := stored.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
		read, err := decoded([]unstructured.Unstructured{stored}, nil)
		if err != nil || len(read) != 1 || read[0].Spec.Source != "games" || read[0].Status.Attempt.Result != "" {
			t.Errorf("status %s: %v, %+v", nonsense, err, read)
		}
	}
}
