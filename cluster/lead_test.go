package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/testlog"
)

// apiServer keeps Leases as the real one does, and takes down who patches pods.
type apiServer struct {
	mu      sync.Mutex
	version int
	leases  map[string]*coordinationv1.Lease // by namespace
	refuse  map[string]metav1.Status         // all that is asked of a namespace
	away    bool
	asked   []string // of Leases: method, namespace
	writes  []string // to pods: user agent's process, namespace
	slow    time.Duration
}

func newAPIServer() *apiServer {
	return &apiServer{leases: map[string]*coordinationv1.Lease{}, refuse: map[string]metav1.Status{}}
}

// written are the writes to pods so far.
func (s *apiServer) written() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.writes)
}

// caller is one process's way to it.
type caller struct {
	*apiServer
	name string
}

func (c caller) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
	}
	if c.slow > 0 && request.Method == http.MethodPatch {
		select {
		case <-time.After(c.slow):
		case <-request.Context().Done():
			return nil, context.Cause(request.Context())
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		return nil, errors.New("connection refused")
	}
	code, answer := c.answers(request, body)
	text, _ := json.Marshal(answer)
	return &http.Response{
		StatusCode: code, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(text)), Request: request,
	}, nil
}

func (c caller) answers(request *http.Request, body []byte) (int, any) {
	namespace := namespaceOf(request.URL.Path)
	if status, ok := c.refuse[namespace]; ok {
		return int(status.Code), status
	}
	if request.Method == http.MethodPatch {
		c.writes = append(c.writes, c.name+" "+namespace)
		return 200, corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}}
	}
	c.asked = append(c.asked, request.Method+" "+namespace)
	return c.lease(request.Method, namespace, body)
}

func (c caller) lease(method, namespace string, body []byte) (int, any) {
	kept := c.leases[namespace]
	var sent coordinationv1.Lease
	_ = json.Unmarshal(body, &sent)
	switch {
	case method == http.MethodPost && kept != nil:
		return 409, refusing(409, metav1.StatusReasonAlreadyExists)
	case method != http.MethodPost && kept == nil:
		return 404, refusing(404, metav1.StatusReasonNotFound)
	case method == http.MethodGet:
		return 200, kept
	case method == http.MethodPut && sent.ResourceVersion != kept.ResourceVersion:
		return 409, refusing(409, metav1.StatusReasonConflict)
	}
	c.version++
	sent.ResourceVersion = fmt.Sprint(c.version)
	c.leases[namespace] = &sent
	return 200, &sent
}

// holder is who holds a namespace's Lease.
func (s *apiServer) holder(namespace string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.leases[namespace]; l != nil {
		return leaderOf(l).Name
	}
	return ""
}

// steals makes a Lease a thief's, however alive its holder.
func (s *apiServer) steals(namespace string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	thief, now := "thief", metav1.NewMicroTime(time.Now())
	s.version++
	l := s.leases[namespace].DeepCopy()
	l.ResourceVersion, l.Spec.HolderIdentity, l.Spec.AcquireTime, l.Spec.RenewTime = fmt.Sprint(s.version), &thief, &now, &now
	s.leases[namespace] = l
}

func (s *apiServer) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// contender is a process that wants to lead.
type contender struct {
	name    string
	led     chan *Connection // is sent when it leads
	ended   chan error
	stop    context.CancelFunc
	working context.Context // once it leads
	log     *testlog.Log
}

// contends starts a process of instance prod.
func (s *apiServer) contends(t *testing.T, name string, namespaces ...string) *contender {
	t.Helper()
	config := &rest.Config{Host: "http://api", Transport: caller{s, name}, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}
	connection, err := connect(config, name) // its context's namespace is its own
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	c := &contender{name: name, led: make(chan *Connection, 1), ended: make(chan error, 1), stop: stop, log: &testlog.Log{}}
	log := c.log.Logger(slog.LevelInfo)
	go func() {
		c.ended <- Lead(ctx, connection, "prod", namespaces, log, func(ctx context.Context, led *Connection) error {
			c.working = ctx
			c.led <- led
			<-ctx.Done()
			return nil
		})
	}()
	return c
}

// leads is the connection of a process that leads by now, nil where it does not.
func (c *contender) leads() *Connection {
	synctest.Wait()
	select {
	case led := <-c.led:
		return led
	default:
		return nil
	}
}

func (c *contender) end(t *testing.T) {
	t.Helper()
	c.stop()
	if err := <-c.ended; err != nil {
		t.Errorf("process %s ended: %v", c.name, err)
	}
}

// patches writes to a pod.
func patches(c *Connection, namespace string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return (&Cluster{Connection: c}).Apply(ctx, namespace, reconciler.Action{Verb: reconciler.Reopen, Pod: gated()})
}

// Whoever could write the same records never leads beside another, whatever their
// contexts and whatever else they work on; who waits holds nothing.
func TestOneLeader(t *testing.T) {
	for _, test := range []struct {
		name          string
		first, second []string
		beside        bool
	}{
		{"the same", []string{"chat", "games"}, []string{"chat", "games"}, false},
		{"the same in another order", []string{"chat", "games"}, []string{"games", "chat"}, false},
		{"one more", []string{"games"}, []string{"auth", "games"}, false},
		{"one less", []string{"auth", "games"}, []string{"games"}, false},
		{"only the last in common", []string{"auth", "games"}, []string{"chat", "games"}, false},
		{"nothing in common", []string{"auth"}, []string{"games"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newAPIServer()
				one := server.contends(t, "one", test.first...)
				if one.leads() == nil {
					t.Fatal("the first should lead at once")
				}
				two := server.contends(t, "two", test.second...)
				time.Sleep(2 * time.Minute)
				led := two.leads() != nil
				if led != test.beside {
					t.Fatalf("the second leads: %t", led)
				}
				for _, namespace := range test.second {
					if holder := server.holder(namespace); !led && holder != "" && !slices.Contains(test.first, namespace) {
						t.Errorf("the second waits, and holds %s", namespace)
					}
				}
				if said := strings.Count(two.log.String(), "leads since"); said != 1 && !led {
					t.Errorf("it should say once who leads:\n%s", two.log)
				}
				one.end(t)
				time.Sleep(standbyWait)
				if !led && two.leads() == nil {
					t.Error("the second should lead at once when the first has given back")
				}
				two.end(t)
			})
		})
	}
}

// Of many that start at once, each wanting some, those lead that can beside each other.
func TestManyWantToLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		names := []string{"a", "b", "c", "d"}
		var all []*contender
		for i := range 12 {
			all = append(all, server.contends(t, fmt.Sprint(i), names[i%4], names[(i+1+i/4)%4]))
		}
		ended := map[*contender]bool{}
		for len(ended) < len(all) {
			time.Sleep(20 * time.Second)
			led := map[string]bool{}
			for _, c := range all {
				if ended[c] || c.leads() == nil {
					continue
				}
				c.end(t)
				ended[c] = true
				led[c.name] = true
			}
			if len(led) == 0 {
				t.Fatalf("nobody leads, and %d wait", len(all)-len(ended))
			}
		}
	})
}

// A killed process is waited for, for as long as its Lease lasts and no longer.
func TestADeadLeaderIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		one := server.contends(t, "one", "games")
		one.leads()
		one.end(t)
		server.change(func() { // as if it had not given back
			holder, seconds := "dead", int32(15)
			server.version++
			server.leases["games"].ResourceVersion = fmt.Sprint(server.version)
			server.leases["games"].Spec.HolderIdentity, server.leases["games"].Spec.LeaseDurationSeconds = &holder, &seconds
		})
		two := server.contends(t, "two", "games")
		time.Sleep(leaseTime - time.Second)
		if two.leads() != nil {
			t.Error("it leads before the Lease has run out")
		}
		time.Sleep(1*time.Second + standbyWait)
		if two.leads() == nil {
			t.Error("it does not lead though the Lease has run out")
		}
		two.end(t)
	})
}

// A thief takes the Lease of a living process: that one ends its work, and writes
// nothing from then on, nor takes the Lease back, nor gives away the thief's.
func TestThief(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		one := server.contends(t, "one", "chat", "games")
		led := one.leads()
		if err := patches(led, "games"); err != nil {
			t.Fatal(err)
		}
		server.steals("games")
		var err error
		select {
		case err = <-one.ended:
		case <-time.After(time.Minute):
		}
		if one.working.Err() == nil || err == nil || !strings.Contains(err.Error(), `lost the Lease games/patchwave-prod; process "thief" leads since 2000-`) {
			t.Errorf("work goes on (%v), or does not end as it should: %v", one.working.Err(), err)
		}
		for _, namespace := range []string{"chat", "games"} {
			if err := patches(led, namespace); !errors.Is(err, errNotLed) || !errors.Is(err, reconciler.ErrStale) {
				t.Errorf("a write to %s: %v", namespace, err)
			}
		}
		if holder := server.holder("games"); holder != "thief" {
			t.Errorf("%q holds the thief's Lease", holder)
		}
		if holder := server.holder("chat"); holder != "" {
			t.Errorf("%q holds a Lease that should have been given back", holder)
		}
		if len(server.written()) != 1 {
			t.Errorf("writes: %q", server.written())
		}
	})
}

// While the API server is away the term ends by itself: writes are refused, those
// under way are given up, and work goes on when the Lease is still there to be renewed.
func TestTheLeaseCannotBeRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		one := server.contends(t, "one", "games")
		led := one.leads()
		time.Sleep(time.Minute)
		server.change(func() { server.away = true })
		time.Sleep(termTime)
		if err := patches(led, "games"); !errors.Is(err, errNotLed) {
			t.Errorf("a write without a term: %v", err)
		}
		if err := led.leases.closed("games"); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("it should say why: %v", err)
		}
		if err := led.Leads(); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("nothing should be written elsewhere either: %v", err)
		}
		time.Sleep(time.Hour)
		server.change(func() { server.away = false })
		time.Sleep(mostAgain)
		if err := patches(led, "games"); err != nil || led.leases.closed("games") != nil || led.Leads() != nil || one.working.Err() != nil {
			t.Errorf("it should lead again: %v, %v", err, one.working.Err())
		}
		one.end(t)
	})
}

// A write that is under way when its term ends is given up.
func TestAWriteUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		server.slow = 40 * time.Second
		one := server.contends(t, "one", "games")
		led := one.leads()
		if err := patches(led, "games"); err != nil { // longer than a term, but that goes on
			t.Fatal(err)
		}
		server.change(func() { server.away = true })
		begun := time.Now()
		if err := patches(led, "games"); !errors.Is(err, errTermOver) || time.Since(begun) > termTime {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
		one.stop()
		<-one.ended // it cannot give back
	})
}

// Who may have no Lease at all is told once what to do, and leads when the right comes.
func TestEveryRightIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		server.refuse["games"] = refusing(403, metav1.StatusReasonForbidden)
		one := server.contends(t, "one", "games")
		time.Sleep(time.Hour)
		if said := strings.Count(one.log.String(), "`patchwave install --namespaces games`"); one.leads() != nil || said != 1 {
			t.Errorf("it should wait, and say once what is missing:\n%s", one.log)
		}
		server.change(func() { delete(server.refuse, "games") })
		time.Sleep(mostAgain)
		if one.leads() == nil {
			t.Error("it should lead with the right")
		}
		one.end(t)
	})
}

// One namespace whose Lease cannot be had closes that one alone, and opens when the right comes.
func TestARightIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		server.refuse["chat"] = refusing(403, metav1.StatusReasonForbidden)
		one := server.contends(t, "one", "chat", "games")
		led := one.leads()
		if led == nil {
			t.Fatal("it should lead in the other namespace")
		}
		if err := patches(led, "games"); err != nil {
			t.Error(err)
		}
		if err := patches(led, "chat"); !errors.Is(err, errNotLed) {
			t.Errorf("a write: %v", err)
		}
		if err := led.Leads(); err != nil {
			t.Errorf("it leads where it can: %v", err)
		}
		if err := led.leases.closed("chat"); err == nil || strings.Count(err.Error(), "`patchwave install --namespaces chat`") != 1 {
			t.Errorf("it should say once what is missing: %v", err)
		}
		if !strings.Contains(one.log.String(), "namespaces=1 ") {
			t.Errorf("it leads in one of two namespaces, and says:\n%s", one.log)
		}
		time.Sleep(time.Hour)
		server.change(func() { delete(server.refuse, "chat") })
		time.Sleep(lastAgain)
		if err := patches(led, "chat"); err != nil {
			t.Errorf("with the right it should lead there, too: %v", err)
		}
		server.change(func() { // its namespace is deleted
			delete(server.leases, "chat")
			server.refuse["chat"] = refusing(404, metav1.StatusReasonNotFound)
		})
		time.Sleep(termTime)
		if err := patches(led, "chat"); !errors.Is(err, errNotLed) {
			t.Errorf("a write to a namespace that is gone: %v", err)
		}
		server.change(func() { delete(server.refuse, "chat") })
		time.Sleep(lastAgain)
		if err := patches(led, "chat"); err != nil {
			t.Errorf("it should lead in the new namespace: %v", err)
		}
		one.end(t)
		if said := strings.Count(one.log.String(), "WARN"); said > 0 {
			t.Errorf("the loop tells it, nobody else:\n%s", one.log)
		}
	})
}

// Without any right it waits, says so once, and leads when one comes.
func TestNoRightAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		server.refuse["games"] = refusing(403, metav1.StatusReasonForbidden)
		one := server.contends(t, "one", "games")
		time.Sleep(time.Hour)
		if one.leads() != nil || strings.Count(one.log.String(), "\n") != 1 {
			t.Errorf("it should not lead, and say why, once:\n%s", one.log)
		}
		server.change(func() { delete(server.refuse, "games") })
		time.Sleep(mostAgain)
		if one.leads() == nil {
			t.Error("it should lead")
		}
		one.end(t)
	})
}
