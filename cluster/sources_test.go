package cluster

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// said is what a namespace's Lease says of the sources.
func (s *apiServer) said(namespace string) []SourceState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return announced(s.leases[namespace])
}

func (s *apiServer) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// What a leader announces stands in each of its Leases by the next renewal, and costs no
// request. The next leader's word takes its place.
func TestAnnounceTravelsWithRenewals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		one := server.contends(t, "one", "chat", "games")
		led := one.leads()
		time.Sleep(renewEvery / 2) // so that what is counted is not at its edges
		began := server.requests()
		time.Sleep(time.Minute)
		silent := server.requests() - began
		want := []SourceState{{Name: "games", Revision: "main@sha1:a", ReadAt: time.Now().UTC()}}
		for range 120 {
			if err := led.Announce(want); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second / 2)
		}
		if told := server.requests() - began - silent; told != silent {
			t.Errorf("%d requests in a minute with news, and %d without", told, silent)
		}
		for _, namespace := range []string{"chat", "games"} {
			if diff := cmp.Diff(want, server.said(namespace)); diff != "" {
				t.Errorf("in %s (-want +got):\n%s", namespace, diff)
			}
		}
		one.end(t)
		if diff := cmp.Diff(want, server.said("games")); diff != "" {
			t.Errorf("after its end (-want +got):\n%s", diff)
		}
		two := server.contends(t, "two", "games")
		if two.leads() == nil || server.said("games") != nil {
			t.Errorf("the next leader says what it does not know: %+v", server.said("games"))
		}
		two.end(t)
	})
}

// However many the sources and long their errors, a Lease stays small.
func TestAnnounceIsBounded(t *testing.T) {
	l := &leases{}
	var many []SourceState
	for range 100 {
		many = append(many, SourceState{Name: "games", Error: strings.Repeat("ä", 5000)})
	}
	if err := (&Connection{leases: l}).Announce(many); err != nil {
		t.Fatal(err)
	}
	said := announced(&coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{sourcesAnnotation: *l.sources.Load()}}})
	if len(said) != mostSources || said[0].Error != strings.Repeat("ä", mostOfError)+"…" || len(*l.sources.Load()) > 20_000 {
		t.Errorf("%d sources in %d bytes", len(said), len(*l.sources.Load()))
	}
	if err := (&Connection{}).Announce(many); err != nil {
		t.Errorf("without Leases: %v", err)
	}
}

// All Leases of patchwave's are found, and nothing else.
func TestLeaders(t *testing.T) {
	c := showing(t)
	named := func(name string) coordinationv1.Lease {
		return coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: "games", Name: name}}
	}
	asked := asking(t, c, 200, coordinationv1.LeaseList{Items: []coordinationv1.Lease{named("patchwave-prod"), named("kube-scheduler"), named("patchwave-a-b")}})
	for namespace, path := range map[string]string{"games": "/apis/coordination.k8s.io/v1/namespaces/games/leases", "": "/apis/coordination.k8s.io/v1/leases"} {
		found, err := c.Leaders(t.Context(), namespace)
		if diff := cmp.Diff([]Leader{{Instance: "prod", Namespace: "games"}, {Instance: "a-b", Namespace: "games"}}, found); err != nil || diff != "" {
			t.Errorf("%v, leaders (-want +got):\n%s", err, diff)
		}
		if last := (*asked)[len(*asked)-1].path; last != path {
			t.Error(last)
		}
	}
	asking(t, c, 403, refusing(403, metav1.StatusReasonForbidden))
	if _, err := c.Leaders(t.Context(), "games"); err == nil || !strings.HasPrefix(err.Error(), "reading Leases: ") {
		t.Errorf("without the right: %v", err)
	}
}
