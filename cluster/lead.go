package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/util/rand"
)

const (
	renewEvery  = 5 * time.Second // half a term
	standbyWait = 2 * time.Second // until another process's Lease is looked at again
	askTime     = 4 * time.Second // for one request about a Lease
	// firstAgain is how long after a failure a Lease is asked for again; doubled each
	// time, up to mostAgain, or lastAgain where a right or the namespace is missing.
	firstAgain = time.Second
	mostAgain  = 5 * time.Second
	lastAgain  = 20 * time.Second
)

// leases are an instance's, one in each namespace that it works on.
type leases struct {
	all  map[string]*lease // by namespace
	lost func(error)       // is told when another process has one of them

	sources atomic.Pointer[string] // what they say of the sources

	mu      sync.Mutex
	why     map[string]error // why a Lease is not had
	changed func(namespace string)
	keeping sync.WaitGroup
	stop    context.CancelFunc // ends the keeping
}

// Lead waits until this process leads the instance, and runs work with a
// connection whose writes are refused wherever it does not lead, or not any more.
//
// There is one Lease in each namespace, so that two processes which could write
// the same records never do, whatever else of their configurations differs. A
// process leads when no other holds any of them; it holds none while it waits. A
// Lease that cannot be had for want of rights, or of its namespace, closes that
// namespace alone, and is asked for again. One that another process has taken ends
// the context of work, and Lead returns an error; so does a failure of work.
//
// At the end of ctx the Leases are kept until work has returned, then given back,
// so that a successor need not wait and finds no write of ours under way.
func Lead(ctx context.Context, c *Connection, instance string, namespaces []string, log *slog.Logger, work func(context.Context, *Connection) error) error {
	if len(namespaces) == 0 {
		return errors.New("there is no namespace to work on; name them in the configuration, sources[].namespaces")
	}
	l, err := newLeases(c, instance, namespaces)
	if err != nil {
		return err
	}
	defer l.release(log)
	working, end := context.WithCancelCause(ctx)
	defer end(nil)
	l.lost = end
	if !l.acquire(working, log) {
		return nil
	}
	led, err := c.led(l)
	if err != nil {
		return err
	}
	err = work(working, led)
	if lost := context.Cause(working); ctx.Err() == nil && errors.As(lost, &ledBy{}) {
		return lost
	}
	return err
}

func newLeases(c *Connection, instance string, namespaces []string) (*leases, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("naming this process for the Lease: %w", err)
	}
	l := &leases{all: map[string]*lease{}, why: map[string]error{}, changed: func(string) {}}
	holder := host + "-" + rand.String(6)
	for _, namespace := range namespaces {
		l.all[namespace] = &lease{
			term: term{now: thisMoment}, api: c.kube.CoordinationV1().Leases(namespace), clock: c.Now,
			namespace: namespace, name: leaseName(instance), holder: holder, sources: &l.sources,
		}
	}
	return l, nil
}

// inOrder are the Leases by namespace. All processes take them in one order: of
// several that want the same ones, the one that has the last of these gets them all.
func (l *leases) inOrder() []*lease {
	var all []*lease
	for _, namespace := range slices.Sorted(maps.Keys(l.all)) {
		all = append(all, l.all[namespace])
	}
	return all
}

// acquire waits until this process leads; false where ctx ended first.
func (l *leases) acquire(ctx context.Context, log *slog.Logger) bool {
	said := ""
	for wait := firstAgain; ; wait = min(2*wait, mostAgain) {
		err := l.try(ctx)
		if ctx.Err() != nil {
			return false
		}
		if err == nil {
			log.Info("leads", "namespaces", l.had(), "holder", l.inOrder()[0].holder)
			return true
		}
		if errors.As(err, &ledBy{}) {
			wait = standbyWait
		}
		if err.Error() != said {
			log.Warn("does not lead yet; trying again", "reason", err)
			said = err.Error()
		}
		sleep(ctx, wait)
	}
}

// had counts the Leases that this process holds.
func (l *leases) had() int {
	count := 0
	for _, one := range l.all {
		if _, current := one.current(); current {
			count++
		}
	}
	return count
}

// try takes all Leases that can be had, or none: where another process leads, or
// nothing can be had at all, it says so.
func (l *leases) try(ctx context.Context) error {
	for _, one := range l.inOrder() {
		err := inTime(ctx, one.look)
		if err == nil {
			err = one.other()
		}
		if err != nil && !denied(err) {
			return explained(err, one.namespace)
		}
		l.note(one.namespace, err)
	}
	err := l.take(ctx)
	if err != nil {
		l.release(slog.New(slog.DiscardHandler)) // a Lease that is not given back runs out
	}
	return err
}

// take takes what nobody else was seen to have, and begins to keep it.
func (l *leases) take(ctx context.Context) error {
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	had := false
	for _, one := range l.inOrder() {
		err := l.reason(one.namespace)
		if err == nil {
			err = inTime(ctx, one.write)
		}
		if err != nil && !denied(err) {
			return err
		}
		had = had || err == nil
		l.note(one.namespace, err)
		l.keeping.Go(func() { l.keep(keeping, one, err) })
	}
	if !had {
		first := l.inOrder()[0].namespace
		return explained(l.reason(first), first)
	}
	return nil
}

// keep renews a Lease, or tries to get it, until ctx ends or it is lost.
func (l *leases) keep(ctx context.Context, one *lease, err error) {
	again := firstAgain
	for {
		pause := renewEvery
		if err != nil {
			pause = again
		}
		if !sleep(ctx, pause) {
			return
		}
		if err = inTime(ctx, one.step); contested(err) {
			err = inTime(ctx, one.step) // which looks first
		}
		if ctx.Err() != nil {
			return
		}
		var led ledBy
		if errors.As(err, &led) && led.lost {
			one.end()
			l.lost(err)
			return
		}
		l.note(one.namespace, err)
		again = l.backoff(again, err)
	}
}

func (l *leases) backoff(before time.Duration, err error) time.Duration {
	switch {
	case err == nil:
		return firstAgain
	case denied(err):
		return min(2*before, lastAgain)
	}
	return min(2*before, mostAgain)
}

// note keeps why a Lease is not had, and has its namespace looked at.
func (l *leases) note(namespace string, err error) {
	l.mu.Lock()
	news := err != nil || l.why[namespace] != nil
	l.why[namespace] = err
	changed := l.changed
	l.mu.Unlock()
	if news {
		changed(namespace)
	}
}

// tell has a function called whenever a namespace may have closed or opened.
func (l *leases) tell(changed func(namespace string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = changed
}

// reason is why the Lease was not had when it was asked for last, as it was answered.
func (l *leases) reason(namespace string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why[namespace]
}

// closed says why nothing may be written in a namespace; nil where it may.
func (l *leases) closed(namespace string) error {
	if _, leads := l.all[namespace].current(); leads {
		return nil
	}
	if err := l.reason(namespace); err != nil {
		return explained(err, namespace)
	}
	return fmt.Errorf("%w: the Lease %s was not renewed within %s", errNotLed, l.all[namespace].about(), termTime)
}

// release ends the keeping, and gives back what is held.
func (l *leases) release(log *slog.Logger) {
	if l.stop == nil {
		return
	}
	l.stop()
	l.keeping.Wait()
	var back sync.WaitGroup
	places := make(chan struct{}, 16)
	for _, one := range l.all {
		places <- struct{}{}
		back.Go(func() {
			defer func() { <-places }()
			if err := inTime(context.Background(), one.giveBack); err != nil {
				log.Warn("the next process has to wait until the Lease has run out", "error", err)
			}
		})
	}
	back.Wait()
	l.stop = nil
}

func inTime(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return ask(ctx)
}

// sleep is false where ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
