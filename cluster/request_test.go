package cluster

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/workqueue"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/reconciler"
)

// asks lays a request at a record.
func asks(u *Upgrade, request string) *Upgrade {
	u.Annotations = map[string]string{requestAnnotation: request, "other": "kept"}
	return u
}

// A request that is heeded is taken away, from the record and not from what is shown of
// it before; one that is not stays.
func TestHeededRequestsAreTakenAway(t *testing.T) {
	plan := complete(t)
	for id, want := range map[string]string{
		"r1": "PUT upgrades/plan/status, PUT upgrades/plan",
		"r2": "PUT upgrades/plan/status",
	} {
		known := asks(upgradeOf(plan, "5", reconciler.Status{}), `{"id":"`+id+`","verb":"Retry"}`)
		c := showing(t, known)
		asked := asking(t, c, 200, asks(upgradeOf(plan, "9", reconciler.Status{}), `{"id":"`+id+`","verb":"Retry"}`))
		if err := c.Save(t.Context(), plan, reconciler.Status{Heeded: "r1"}); err != nil {
			t.Fatal(err)
		}
		if got := told(*asked); got != want {
			t.Errorf("%s: asked %s, want %s", id, got, want)
		}
		last, _, _ := unstructured.NestedStringMap((*asked)[len(*asked)-1].body, "metadata", "annotations")
		if _, lies := last[requestAnnotation]; lies != (id == "r2") || last["other"] != "kept" {
			t.Errorf("%s: the annotations written last are %v", id, last)
		}
	}
	cached := asks(upgradeOf(plan, "5", reconciler.Status{}), `{"id":"r1"}`)
	if without := cached.withoutRequest(); cached.request() == nil || without.request() != nil {
		t.Error("what others read was changed, or the request was not taken away")
	}
}

// A request that makes no sense is one that asks for nothing, so that it goes as well.
func TestNonsenseIsHeeded(t *testing.T) {
	plan := complete(t)
	for text, want := range map[string]string{`{"id":"r1","verb":"Retry"}`: "r1", `{"verb":"Retry"}`: "nonsense", "rubbish": "nonsense"} {
		observed, err := showing(t, asks(upgradeOf(plan, "5", reconciler.Status{}), text)).Observe(t.Context(), plan)
		if err != nil || observed.Request == nil || observed.Request.ID != want {
			t.Errorf("%s: %v, %+v", text, err, observed.Request)
		}
	}
}

// A request is laid at the record that was looked at, and never over another one that
// nobody has heeded.
func TestAsk(t *testing.T) {
	plan := complete(t)
	for name, test := range map[string]struct {
		earlier, heeded string
		refused         bool
	}{
		"the first":          {"", "", false},
		"after another one":  {`{"id":"r1","verb":"Retry","by":"ada"}`, "r1", false},
		"over one not heard": {`{"id":"r2","verb":"Retry","by":"ada"}`, "r1", true},
	} {
		known := asks(upgradeOf(plan, "5", reconciler.Status{Heeded: test.heeded}), test.earlier)
		c := showing(t)
		asked := handling(t, c, 201, func(one request) any {
			if strings.HasSuffix(one.path, "selfsubjectreviews") {
				return object{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "status": object{"userInfo": object{"username": "grace"}}}
			}
			return known
		})
		id, err := c.Ask(t.Context(), *known, reconciler.Request{Verb: reconciler.Retry})
		if (err != nil) != test.refused {
			t.Errorf("%s: %v", name, err)
		}
		if test.refused {
			if len(*asked) > 0 || !strings.Contains(err.Error(), "by ada is not heeded yet") {
				t.Errorf("%s: asked %v: %v", name, *asked, err)
			}
			continue
		}
		sent := (*asked)[len(*asked)-1].body
		note, _, _ := unstructured.NestedString(sent, "metadata", "annotations", requestAnnotation)
		version, _, _ := unstructured.NestedString(sent, "metadata", "resourceVersion")
		if version != "5" || !strings.Contains(note, `"id":"`+id+`"`) || !strings.Contains(note, `"by":"grace"`) {
			t.Errorf("%s: sent %v", name, sent)
		}
	}
}

// Only the request that was laid there counts as heeded.
func TestHeeded(t *testing.T) {
	plan := complete(t)
	c := showing(t)
	looks := 0
	handling(t, c, 200, func(request) any {
		looks++
		return upgradeOf(plan, "5", reconciler.Status{Heeded: map[bool]string{false: "r1", true: "r2"}[looks > 2]})
	})
	if heeded, err := c.Heeded(t.Context(), "games", "plan", "r2"); err != nil || heeded.Status.Heeded != "r2" {
		t.Errorf("%v, %+v", err, heeded.Status)
	}
}

// What belongs to another instance is none of our records.
func TestRecordsOfOthers(t *testing.T) {
	for instance, want := range map[string]int{"": 1, "prod": 1, "staging": 0} {
		shown, written := upgradeOf(complete(t), "5", reconciler.Status{}), upgradeOf(complete(t), "6", reconciler.Status{})
		shown.Spec.Instance, written.Spec.Instance = instance, instance
		c := showing(t, shown)
		c.instance = "prod"
		c.upgrades.wrote(written)
		if got := c.Records(); len(got) != want {
			t.Errorf("of instance %q there are %d records, want %d", instance, len(got), want)
		}
	}
}

// A record is removed as it was observed, or not at all.
func TestRemovalIsGuarded(t *testing.T) {
	plan := complete(t)
	c := showing(t, upgradeOf(plan, "5", reconciler.Status{}))
	asked := asking(t, c, 409, refusing(409, metav1.StatusReasonConflict))
	if err := c.Remove(t.Context(), plan.Key()); err != nil {
		t.Errorf("a record that was written since: %v", err)
	}
	guard, _, _ := unstructured.NestedStringMap((*asked)[0].body, "preconditions")
	if guard["uid"] != "uid-plan" || guard["resourceVersion"] != "5" {
		t.Errorf("guarded by %v", guard)
	}
}

// Events are written on the record and on the workload, as long as the API server takes
// them.
func TestEvents(t *testing.T) {
	plan := planFor(named("Deployment", "lobby"))
	c := showing(t, deployment("lobby", "uid-lobby"), deployment("other", "uid-other"), upgradeOf(plan, "5", reconciler.Status{}))
	written := make(chan corev1.Event, 10)
	serve(t, c, func(w http.ResponseWriter, r *http.Request) {
		var event corev1.Event
		_ = json.NewDecoder(r.Body).Decode(&event)
		written <- event
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(event)
	})
	events := NewEvents(c)
	defer events.Stop()
	for _, turn := range []reconciler.Turn{{Reason: "Completed", Message: "all"}, {Reason: "Halted", Message: strings.Repeat("é", 2000), Warning: true}} {
		events.Turn(plan, turn)
		about := map[string]bool{}
		for range 2 {
			event := <-written
			about[event.InvolvedObject.Kind+" "+event.InvolvedObject.Name] = true
			if (event.Type == corev1.EventTypeWarning) != turn.Warning || event.Reason != turn.Reason {
				t.Errorf("%s is written as %s %s", turn.Reason, event.Type, event.Reason)
			}
			if len(event.Message) > maxEvent || !utf8.ValidString(event.Message) || strings.Contains(event.Message, "\uFFFD") || event.Message == "" {
				t.Errorf("a message of %d bytes: %.20q", len(event.Message), event.Message)
			}
		}
		if !about["Upgrade plan"] || !about["Deployment lobby"] {
			t.Errorf("%s is written on %v", turn.Reason, about)
		}
	}
}

// A gate that could not be opened is opened at another try.
func TestGatesAreTriedAgain(t *testing.T) {
	c := showing(t, pod("p", gates(ourGate)))
	var tries atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	serve(t, c, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if tries.Add(1) == 1 {
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(refusing(403, metav1.StatusReasonForbidden))
			return
		}
		_ = json.NewEncoder(w).Encode(pod("p", version9, gates(ourGate), with(ourGate, "True")))
		cancel()
	})
	c.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	c.newborn = workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	c.newborn.Add("games/p")
	timeout := time.AfterFunc(20*time.Second, cancel)
	defer timeout.Stop()
	c.OpenGates(ctx)
	if got := tries.Load(); got != 2 {
		t.Errorf("tried %d times", got)
	}
}

// A budget counts pods as they are since our own last write.
func TestBudgetsAreNotOlderThanOurOwnWrites(t *testing.T) {
	shown := pod("mine", gates(ourGate), with(ourGate, "True"))
	c := showing(t, shown, budget("fresh", matching("lobby"), 2))
	c.pods.wrote(pod("mine", version9, gates(ourGate), with(ourGate, "False")))
	found, err := c.budgets(c.namespaces["games"], []*corev1.Pod{shown})
	if err != nil || len(found) != 1 || !found[0].Members[0].Gate.Closed {
		t.Errorf("%v, %+v", err, found)
	}
}

// A Deployment's ReplicaSets are sorted by age, as its controller does, and one that is
// being scaled down is not empty.
func TestSets(t *testing.T) {
	older, younger := replicaSet("b", "lobby"), replicaSet("a", "lobby")
	older.CreationTimestamp, younger.CreationTimestamp = past, metav1.NewTime(past.Add(time.Hour))
	older.Spec.Replicas, older.Status.Replicas = new(int32(0)), 2
	younger.Spec.Replicas, younger.Status.Replicas = new(int32(3)), 1
	w, _ := asWorkload(deployment("lobby", "uid-lobby"))
	c := showing(t, younger, older)
	sets := c.sets(c.namespaces["games"], w)
	if len(sets) != 2 || sets[0].Name != "b" || sets[0].Replicas != 2 || sets[1].Replicas != 3 {
		t.Errorf("sets %+v", sets)
	}
}

// A ReplicaSet's copy of a mark is stale once the Deployment has none: as long as it has,
// whoever wrote it, its controller would copy it again.
func TestStaleMarks(t *testing.T) {
	mark := map[string]string{alignAnnotation: text(align.Mark{Plan: "games/lobby"})}
	for name, test := range map[string]struct {
		deployment, set map[string]string
		want            bool
	}{
		"no mark":                {nil, nil, false},
		"a mark and its copy":    {mark, mark, false},
		"a mark not copied yet":  {mark, nil, false},
		"a copy alone":           {nil, mark, true},
		"a copy without meaning": {nil, map[string]string{alignAnnotation: ""}, true},
		"both without meaning":   {map[string]string{alignAnnotation: ""}, mark, false},
	} {
		lobby, set := deployment("lobby", "uid-lobby"), replicaSet("lobby-1", "lobby")
		lobby.Annotations, set.Annotations = test.deployment, test.set
		w, _ := asWorkload(lobby)
		c := showing(t, lobby, set)
		if got := c.sets(c.namespaces["games"], w)[0].Stale; got != test.want {
			t.Errorf("%s: stale is %t", name, got)
		}
	}
}

// An alarm is sent whatever else has changed, and any other edit only to what was seen;
// what it returns is what is seen from then on.
func TestEditsAreSeen(t *testing.T) {
	lobby := deployment("lobby", "uid-lobby")
	lobby.ResourceVersion = "5"
	c := showing(t, lobby)
	asked := handling(t, c, 200, func(request) any {
		newer := deployment("lobby", "uid-lobby")
		newer.ResourceVersion = "9"
		return newer
	})
	o := align.Owner{Kind: "Deployment", Name: "lobby", UID: "uid-lobby", ResourceVersion: "5"}
	for alarm, want := range map[string]string{"": "5", "two have pods": ""} {
		if err := c.edit(t.Context(), c.ofOwner("games", o, &align.Mark{Plan: "games/lobby", Alarm: alarm}, nil, nil)); err != nil {
			t.Fatal(err)
		}
		version, _, _ := unstructured.NestedString((*asked)[len(*asked)-1].body, "metadata", "resourceVersion")
		if version != want {
			t.Errorf("with alarm %q it is guarded by version %q", alarm, version)
		}
	}
	if got := c.owners.newest(lobby).GetResourceVersion(); got != "9" {
		t.Errorf("seen is version %s", got)
	}
}
