package cluster

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/patchwave/patchwave/reconciler"
)

// library lends one kind, or refuses to.
type library struct {
	mu      sync.Mutex
	refuses error
	watched []*watch.FakeWatcher
}

func (l *library) answers(verb string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if refused := new(apierrors.StatusError); errors.As(l.refuses, &refused) {
		told := *refused
		told.ErrStatus.Message = strings.ReplaceAll(told.ErrStatus.Message, "VERB", verb)
		return &told
	}
	return l.refuses
}

func (l *library) way() *cache.ListWatch {
	return &cache.ListWatch{
		ListWithContextFunc: func(context.Context, metav1.ListOptions) (runtime.Object, error) {
			return &corev1.PodList{ListMeta: metav1.ListMeta{ResourceVersion: "1"}}, l.answers("list")
		},
		WatchFuncWithContext: func(_ context.Context, options metav1.ListOptions) (watch.Interface, error) {
			if err := l.answers("watch"); err != nil {
				return nil, err
			}
			watcher := watch.NewFakeWithChanSize(1, false)
			if options.SendInitialEvents != nil { // of which there are none
				watcher.Action(watch.Bookmark, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
					ResourceVersion: "1", Annotations: map[string]string{metav1.InitialEventsAnnotationKey: "true"},
				}})
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			l.watched = append(l.watched, watcher)
			return watcher, nil
		},
	}
}

// refuse is its answer from now on; what is being watched ends.
func (l *library) refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuses = err
	for _, watcher := range l.watched {
		watcher.Stop()
	}
	l.watched = nil
}

func forbidden(resource string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New(`User "p" cannot VERB resource "`+resource+`" in the namespace "chat"`))
}

var noKind = apierrors.NewGenericServerResponse(404, "list", schema.GroupResource{Group: "patchwave.dev", Resource: "upgrades"}, "", "", 0, true)

// readsOf watches kinds, of which each is lent by a library.
func readsOf(t *testing.T, libraries map[string]*library) (r *reads, changes *atomic.Int32) {
	t.Helper()
	changes = new(atomic.Int32)
	r = newReads("chat", func() { changes.Add(1) })
	for resource, library := range libraries {
		r.informerOf(resource, library.way(), &corev1.Pod{}, slim)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	if err := r.start(ctx, func() {}); err != nil {
		t.Fatal(err)
	}
	return r, changes
}

const longestRetry = 90 * time.Second

// What may not be read is named, in words that stay the same, and comes in with the right.
func TestARightToReadIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := map[string]*library{"pods": {refuses: forbidden("pods")}, "deployments": {}, "upgrades": {refuses: forbidden("upgrades")}}
		r, changes := readsOf(t, all)
		time.Sleep(time.Second)
		synctest.Wait()
		if !r.settled() {
			t.Error("it is known of everything whether it can be read")
		}
		first, before := r.missing(), changes.Load()
		if first == nil || !strings.Contains(first.Error(), "cannot read pods, upgrades in namespace chat: ") ||
			!strings.Contains(first.Error(), ` resource "pods" in the namespace "chat": apply what `+"`patchwave install --namespaces chat` prints") {
			t.Errorf("got %v", first)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if again := r.missing(); again == nil || again.Error() != first.Error() || changes.Load() != before {
			t.Errorf("after an hour, and %d changes: %v", changes.Load(), again)
		}
		all["pods"].refuse(nil)
		all["upgrades"].refuse(nil)
		time.Sleep(longestRetry)
		synctest.Wait()
		if err := r.missing(); err != nil || changes.Load() == before {
			t.Errorf("with the rights, and after %d changes: %v", changes.Load(), err)
		}
	})
}

// What was read is not relied on when it may not be read any more, but while the API
// server is away.
func TestWhatWasReadOnce(t *testing.T) {
	for _, test := range []struct {
		name  string
		fails error
		want  string
	}{
		{"the right is taken away", forbidden("pods"), "`patchwave install --namespaces chat`"},
		{"the kind is taken away", noKind, "the cluster does not know upgrades.patchwave.dev: apply what `patchwave install` prints"},
		{"the token has expired", apierrors.NewUnauthorized("Unauthorized"), "have they expired?"},
		{"the server is away", errors.New("connection refused"), ""},
		{"the server is busy", apierrors.NewTooManyRequestsError("slow down"), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				one := &library{}
				r, _ := readsOf(t, map[string]*library{"pods": one})
				time.Sleep(time.Second)
				synctest.Wait()
				if err := r.missing(); err != nil {
					t.Fatal(err)
				}
				one.refuse(test.fails)
				time.Sleep(longestRetry)
				synctest.Wait()
				err := r.missing()
				if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				one.refuse(nil)
				time.Sleep(longestRetry)
				synctest.Wait()
				if err := r.missing(); err != nil {
					t.Errorf("in the end: %v", err)
				}
			})
		})
	}
}

// What was never read is missing, whatever the reason.
func TestNeverRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &library{refuses: errors.New("connection refused")}
		r, _ := readsOf(t, map[string]*library{"pods": one})
		if err := r.missing(); err == nil || err.Error() != "still reading pods in namespace chat" || r.settled() {
			t.Errorf("at first: %v", err)
		}
		time.Sleep(longestRetry)
		synctest.Wait()
		if err := r.missing(); err == nil || !strings.Contains(err.Error(), "cannot read pods in namespace chat: connection refused") || !r.settled() {
			t.Errorf("later: %v", err)
		}
	})
}

// Nodes that cannot be read close every namespace; a namespace that cannot, itself alone.
func TestClosed(t *testing.T) {
	c := showing(t)
	closing := func(namespace string, err error) *reads {
		r := newReads(namespace, func() {})
		r.informers["pods"], r.failed["pods"] = c.nodes, err
		return r
	}
	c.namespaces["chat"] = namespace{reads: closing("chat", forbidden("pods"))}
	if err := c.Closed("games"); err != nil {
		t.Error(err)
	}
	if err := c.Closed("chat"); err == nil || !strings.Contains(err.Error(), "namespace chat") {
		t.Errorf("got %v", err)
	}
	if err := c.Closed("auth"); err == nil || !strings.Contains(err.Error(), "is not watched") {
		t.Errorf("got %v", err)
	}
	c.nodesRead = closing("", forbidden("nodes"))
	if err := c.Closed("games"); err == nil || !strings.Contains(err.Error(), `"nodes"`) {
		t.Errorf("got %v", err)
	}
}

// A newborn pod whose namespace is closed for now has its gate opened when it is not
// any more, without another event.
func TestANewbornInAClosedNamespace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer()
		server.refuse["chat"] = refusing(403, metav1.StatusReasonForbidden)
		one := server.contends(t, "one", "chat", "games")
		led := one.leads()
		newborn := pod("p", func(p *corev1.Pod) {
			p.Namespace = "chat"
			p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: reconciler.GateType}}
		})
		c := showing(t, newborn)
		c.namespaces["chat"] = c.namespaces["games"]
		c.Connection, c.newborn = led, newbornQueue()
		c.newborn.Add("chat/p")
		ctx, cancel := context.WithCancel(t.Context())
		go c.OpenGates(ctx)
		time.Sleep(time.Hour)
		if len(server.written()) > 0 {
			t.Errorf("written: %q", server.written())
		}
		server.change(func() { delete(server.refuse, "chat") })
		time.Sleep(lastAgain + gateRetry)
		if len(server.written()) != 1 {
			t.Errorf("written: %q", server.written())
		}
		cancel()
		one.end(t)
	})
}
