package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/cache"
)

// evictionOf asks for the eviction of pod p, but for what is changed in its text.
func evictionOf(t *testing.T, name string, change ...string) *unstructured.Unstructured {
	t.Helper()
	text := strings.NewReplacer(change...).Replace(`{"apiVersion":"lifecycle.k8s.io/v1alpha1","kind":"EvictionRequest",
		"metadata":{"name":"` + name + `","namespace":"games","generation":2},
		"spec":{"target":{"pod":{"name":"p","uid":"uid-p"}},"requester":"acme.io/drain","intent":"Eviction"}}`)
	var request unstructured.Unstructured
	if err := request.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return &request
}

// A pod leaves while somebody asks for its eviction.
func TestEvictionRequests(t *testing.T) {
	status := func(seen int, kind, is string) []string {
		return []string{`"spec":`, fmt.Sprintf(`"status":{"observedGeneration":%d,"conditions":[{"type":%q,"status":%q}]}, "spec":`, seen, kind, is)}
	}
	const asked = "it is about to be taken away: acme.io/drain asks for its eviction by EvictionRequest r"
	for name, test := range map[string]struct {
		change []string
		want   string
	}{
		"asked for":                         {nil, asked},
		"withdrawn":                         {[]string{`"Eviction"}`, `"Withdrawn"}`}, ""},
		"with an intent that nobody knows":  {[]string{`"Eviction"}`, `"Migration"}`}, ""},
		"deleted, and kept by a finalizer":  {[]string{`"generation"`, `"deletionTimestamp":"2026-01-01T12:00:00Z","generation"`}, ""},
		"of a pod of that name before":      {[]string{"uid-p", "uid-o"}, ""},
		"of what is no pod":                 {[]string{`"pod":{"name":"p","uid":"uid-p"}`, `"group":{"name":"p"}`}, ""},
		"failed":                            {status(2, "Failed", "True"), ""},
		"not failed":                        {status(2, "Failed", "False"), asked},
		"failed, and asked for once more":   {status(1, "Failed", "True"), asked},
		"carried out, and not yet deleted":  {status(2, "TargetEvicted", "True"), asked},
		"with conditions that are nonsense": {[]string{`"spec":`, `"status":{"observedGeneration":2,"conditions":["Failed"]}, "spec":`}, asked},
	} {
		t.Run(name, func(t *testing.T) {
			if got := leavingBy(t, pod("p"), evictionOf(t, "r", test.change...)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := leavingBy(t, pod("p"), evictionOf(t, "s"), evictionOf(t, "r"), evictionOf(t, "a", `"Eviction"}`, `"Withdrawn"}`)); got != asked {
		t.Errorf("of two that ask, and one that does not any more: %q", got)
	}
	evicted := func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.DisruptionTarget, Status: "True", Message: "Eviction API: evicting"})
	}
	if got := leavingBy(t, pod("p", evicted), evictionOf(t, "r")); got != "it is about to be taken away: Eviction API: evicting" {
		t.Errorf("of one that is being evicted: %q", got)
	}
}

// leavingBy is what is said of a pod beside these eviction requests.
func leavingBy(t *testing.T, pod *corev1.Pod, requests ...*unstructured.Unstructured) string {
	t.Helper()
	c := showing(t, pod)
	ns := c.namespaces["games"]
	ns.evictions = evictions{cache.NewSharedIndexInformer(&cache.ListWatch{}, &unstructured.Unstructured{}, 0, cache.Indexers{byTarget: targetUID}), newReads("games", func() {})}
	c.namespaces["games"] = ns
	for _, request := range requests {
		if err := ns.evictions.informer.GetStore().Add(request); err != nil {
			t.Fatal(err)
		}
	}
	seen, ok := c.see(member{pod: pod})
	if !ok {
		t.Fatal("the pod is not seen")
	}
	return seen.Leaving
}

// evicting is an API server with eviction requests, or without.
type evicting struct {
	mu      sync.Mutex
	known   bool
	refuses bool
	lists   int
	ending  chan struct{} // ends what is being watched
	request string
}

func (e *evicting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	known, refuses, ending := e.known, e.refuses, e.ending
	watches := r.URL.Query().Has("watch")
	isList := strings.HasSuffix(r.URL.Path, "/namespaces/games/evictionrequests")
	if isList {
		e.lists++
	}
	e.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case !known:
		refuse(w, refusing(404, metav1.StatusReasonNotFound))
	case isList && refuses:
		refuse(w, refusing(403, metav1.StatusReasonForbidden))
	case isList && r.URL.Query().Has("sendInitialEvents"):
		refuse(w, refusing(400, metav1.StatusReasonBadRequest)) // lists are asked for instead
	case isList && watches:
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
		case <-ending:
		}
	case isList:
		fmt.Fprintf(w, `{"apiVersion":"lifecycle.k8s.io/v1alpha1","kind":"EvictionRequestList","metadata":{"resourceVersion":"1"},"items":[%s]}`, e.request)
	default:
		fmt.Fprint(w, `{"kind":"APIResourceList","groupVersion":"lifecycle.k8s.io/v1alpha1","resources":[{"name":"evictionrequests","kind":"EvictionRequest","namespaced":true}]}`)
	}
}

func refuse(w http.ResponseWriter, status metav1.Status) {
	w.WriteHeader(int(status.Code))
	_ = json.NewEncoder(w).Encode(status)
}

// asked reports whether anybody wanted to read eviction requests.
func (e *evicting) asked() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lists > 0
}

// refuse takes the right to read away.
func (e *evicting) refuse() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refuses = true
	close(e.ending)
}

// Eviction requests are asked for where the API server knows them; where we may not read
// them, the namespace is worked on all the same, and what was read before is forgotten.
func TestEvictionRequestsThatCannotBeRead(t *testing.T) {
	text, err := json.Marshal(evictionOf(t, "r"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ known, refuses, found bool }{
		"not known": {},
		"not ours":  {known: true, refuses: true},
		"read":      {known: true, found: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := &evicting{known: test.known, refuses: test.refuses, ending: make(chan struct{}), request: string(text)}
			c := showing(t)
			serve(t, c, server.ServeHTTP)
			c.evictable = c.servesEvictions()
			woken := make(chan struct{}, 100)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			e, err := c.watchEvictions(ctx, "games", func() { woken <- struct{}{} })
			if err != nil {
				t.Fatal(err)
			}
			leaves := func() bool { return e.of(pod("p")) != "" }
			for test.known && (!e.settled() || leaves() != test.found) {
				<-woken
			}
			if !e.settled() || leaves() != test.found || server.asked() != test.known {
				t.Errorf("settled %v, leaves %v, asked %v", e.settled(), leaves(), server.asked())
			}
			if test.found {
				server.refuse()
				for e.reads.missing() == nil {
					<-woken
				}
				if leaves() {
					t.Error("it leaves by a request that we may not read any more")
				}
			}
		})
	}
}
