package cluster

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// twoClocks are set by a test.
type twoClocks moment

func (c *twoClocks) now() moment { return moment(*c) }

func (c *twoClocks) pass(steady, wall time.Duration) {
	c.steady, c.wall = c.steady+steady, c.wall.Add(wall)
}

func TestTerm(t *testing.T) {
	for _, test := range []struct {
		name         string
		steady, wall time.Duration
		leads        bool
	}{
		{"no time has passed", 0, 0, true},
		{"just before its end", termTime - 1, termTime - 1, true},
		{"its end", termTime, termTime, false},
		{"the process was stopped", time.Hour, time.Hour, false},
		{"the machine was suspended: the steady clock stood still", 0, time.Hour, false},
		{"the wall clock was set back", termTime - 1, -time.Hour, true},
		{"the wall clock was set back, and the end is over", termTime, -time.Hour, false},
		{"the wall clock was set forward: rather too early", time.Second, time.Hour, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			clocks := &twoClocks{wall: past.Time}
			term := term{now: clocks.now}
			if _, leads := term.current(); leads {
				t.Error("there is no term before the first renewal")
			}
			term.renew(clocks.now())
			ctx, _ := term.current()
			clocks.pass(test.steady, test.wall)
			if _, leads := term.current(); leads != test.leads || (ctx.Err() == nil) != test.leads {
				t.Errorf("leads: %t, what is under way: %v", leads, ctx.Err())
			}
			term.renew(clocks.now())
			if _, leads := term.current(); !leads {
				t.Error("a renewal begins another term")
			}
			term.end()
			if _, leads := term.current(); leads {
				t.Error("it was ended")
			}
		})
	}
}

// A renewal counts from when it was sent.
func TestALateAnswerToARenewal(t *testing.T) {
	clocks := &twoClocks{wall: past.Time}
	term := term{now: clocks.now}
	sent := clocks.now()
	clocks.pass(termTime-time.Second, termTime-time.Second)
	term.renew(sent)
	if _, leads := term.current(); !leads {
		t.Error("a second is left")
	}
	clocks.pass(time.Second, time.Second)
	if _, leads := term.current(); leads {
		t.Error("the term is over")
	}
	term.renew(sent)
	if _, leads := term.current(); leads {
		t.Error("an answer that comes after the end begins no term")
	}
}

// Whether another process has gone is judged by the steady clock alone.
func TestAnotherIsGone(t *testing.T) {
	for _, test := range []struct {
		name         string
		steady, wall time.Duration
		led          bool
	}{
		{"just seen", 0, 0, true},
		{"the wall clock was set forward", leaseTime - 1, time.Hour, true},
		{"it has run out", leaseTime, leaseTime, false},
		{"it has run out, whatever the wall clock says", leaseTime, -time.Hour, false},
	} {
		clocks := &twoClocks{wall: past.Time}
		other, seconds := "other", int32(leaseTime/time.Second)
		known := &coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{HolderIdentity: &other, LeaseDurationSeconds: &seconds}}
		l := &lease{term: term{now: clocks.now}, holder: "us", known: known, since: clocks.now()}
		clocks.pass(test.steady, test.wall)
		if err := l.other(); (err != nil) != test.led {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// Nobody relies on a Lease for longer than others respect it: what is under way when a
// term ends has some time to arrive.
func TestALeaseOutlivesItsTerm(t *testing.T) {
	if leaseTime < termTime+5*time.Second || termTime < renewEvery+askTime {
		t.Errorf("a Lease lasts %s, a term %s, and it is renewed every %s, which may take %s", leaseTime, termTime, renewEvery, askTime)
	}
}

// stops is a way to the API server on which the process stands still before the body
// of a request is sent.
type stops struct {
	*twoClocks
	sent string
}

func (s *stops) RoundTrip(request *http.Request) (*http.Response, error) {
	s.pass(time.Minute, time.Minute)
	text, err := io.ReadAll(request.Body)
	if s.sent = string(text); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
}

// What was allowed, and then not sent for a while, is asked about again.
func TestStoppedBeforeSending(t *testing.T) {
	clocks := &twoClocks{wall: past.Time}
	way := &stops{twoClocks: clocks}
	held := &lease{term: term{now: clocks.now}}
	held.renew(clocks.now())
	sieve := ledOnly{way, "", &leases{all: map[string]*lease{"games": held}}}
	request, _ := http.NewRequest(http.MethodPatch, "http://api/api/v1/namespaces/games/pods/lobby", strings.NewReader("an image"))
	if _, err := sieve.RoundTrip(request); !errors.Is(err, errNotLed) && !errors.Is(err, errTermOver) || way.sent != "" {
		t.Errorf("%q was sent, error %v", way.sent, err)
	}
}

// Only reads need no Lease.
func TestLedOnly(t *testing.T) {
	clocks := &twoClocks{wall: past.Time}
	held := &lease{term: term{now: clocks.now}}
	held.renew(clocks.now())
	all := &leases{all: map[string]*lease{"games": held, "chat": {term: term{now: clocks.now}}}}
	for _, test := range []struct {
		method, path string
		passes       bool
	}{
		{"GET", "/api/v1/namespaces/chat/pods", true},
		{"GET", "/api/v1/nodes", true},
		{"PATCH", "/api/v1/namespaces/games/pods/lobby", true},
		{"PATCH", "/api/v1/namespaces/games/pods/lobby/status", true},
		{"PATCH", "/api/v1/namespaces/games/pods/namespaces", true},
		{"POST", "/apis/patchwave.dev/v1alpha1/namespaces/games/upgrades", true},
		{"PUT", "/apis/patchwave.dev/v1alpha1/namespaces/games/upgrades/lobby/status", true},
		{"PATCH", "/k8s/clusters/one/api/v1/namespaces/games/pods/lobby", true},
		{"PATCH", "/api/v1/namespaces/chat/pods/lobby", false},
		{"PATCH", "/api/v1/namespaces/auth/pods/lobby", false},
		{"PATCH", "/api/v1/namespaces/games", false},
		{"PATCH", "/api/v1/nodes/games", false},
		{"PATCH", "/api/v1/nodes/namespaces/games/pods", false},
		{"DELETE", "/apis/patchwave.dev/v1alpha1/namespaces/chat/upgrades/lobby", false},
		{"POST", "/", false},
		{"BREW", "/api/v1/namespaces/chat/pods", false},
	} {
		passed := false
		root := ""
		if strings.HasPrefix(test.path, "/k8s/") {
			root = "/k8s/clusters/one"
		}
		sieve := ledOnly{passing(func() { passed = true }), root, all}
		request, _ := http.NewRequest(test.method, "http://api"+test.path, nil)
		if _, err := sieve.RoundTrip(request); passed != test.passes || (err == nil) != test.passes {
			t.Errorf("%s %s passed: %t, error %v", test.method, test.path, passed, err)
		}
	}
}

type passing func()

func (p passing) RoundTrip(*http.Request) (*http.Response, error) {
	p()
	return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
}

func TestLeader(t *testing.T) {
	since, renewed, name, seconds := metav1.NewMicroTime(past.Time), metav1.NewMicroTime(past.Add(time.Hour)), "one", int32(15)
	c := showing(t)
	lease := coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: "games", Name: "patchwave-prod"}, Spec: coordinationv1.LeaseSpec{HolderIdentity: &name, AcquireTime: &since, RenewTime: &renewed, LeaseDurationSeconds: &seconds}}
	asked := asking(t, c, 200, lease)
	leader, err := c.Leader(t.Context(), "games", "prod")
	want := Leader{
		Instance: "prod", Namespace: "games", Name: "one",
		Since: past.UTC(), Renewed: renewed.UTC(), Until: renewed.Add(15 * time.Second).UTC(),
	}
	if diff := cmp.Diff(want, leader); err != nil || diff != "" {
		t.Errorf("%v, leader (-want +got):\n%s", err, diff)
	}
	if path := (*asked)[0].path; path != "/apis/coordination.k8s.io/v1/namespaces/games/leases/patchwave-prod" {
		t.Error(path)
	}
	if at := renewed.Add(14 * time.Second); !leader.Leads(at) || leader.Leads(at.Add(time.Second)) {
		t.Error("it leads for 15 s from its last renewal")
	}
	asking(t, c, 404, refusing(404, metav1.StatusReasonNotFound))
	if leader, err := c.Leader(t.Context(), "games", "prod"); err != nil || leader.Leads(past.Time) {
		t.Errorf("without a Lease: %+v, %v", leader, err)
	}
	asking(t, c, 403, refusing(403, metav1.StatusReasonForbidden))
	if _, err := c.Leader(t.Context(), "games", "prod"); err == nil || !strings.Contains(err.Error(), "games/patchwave-prod") {
		t.Errorf("without the right: %v", err)
	}
}
