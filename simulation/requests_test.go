package simulation

import (
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// ask lays a request at a record, as the command line does; one that is not
// heeded yet is waited for.
func (w *world) ask(key spec.Key, request reconciler.Request) bool {
	r := w.records[key]
	if r == nil {
		return false
	}
	if r.request != nil && !r.heeded() {
		w.after(20*time.Second, func() { w.ask(key, request) })
		return true
	}
	request.ID = "request-" + itoa(len(w.book.asked)+1)
	request.By = "ann"
	w.book.asked[request.ID] = request
	if request.Verb == reconciler.Retry {
		w.book.retried[request.Digest]++
	}
	next := *r
	next.request = &request
	w.tell("ann asks: %s %s (wave %d, for %s, digest %s)", request.Verb, key.Name, request.Wave, request.For, short(request.Digest))
	w.storeRecord(key, &next)
	return true
}

// approveLater has a person approve what a record waits for, sooner or later.
func (w *world) approveLater(key spec.Key, r *record) {
	wave := r.status.Wave.AwaitsApproval
	at := key.Name + itoa(wave)
	if wave == 0 || r.awaited == wave && !w.calm {
		return
	}
	w.after(w.span("approval", at, time.Second, time.Minute), func() {
		now := w.records[key]
		if now == nil || now.status.Wave.AwaitsApproval != wave || !w.calm && w.odds("approval forgotten", at, 200) {
			return
		}
		w.count("approval")
		w.ask(key, reconciler.Request{Verb: reconciler.Approve, Digest: now.status.Attempt.Digest, Wave: wave})
	})
}

// askSomething is a person at the command line; not all that is asked makes sense.
func (w *world) askSomething() bool {
	key, r := w.anyRecord()
	if r == nil {
		return false
	}
	request := one(&w.chance, "ask", "what",
		reconciler.Request{Verb: reconciler.SuspendPlan, For: w.span("suspend", "for", 10*time.Second, 2*time.Minute).Truncate(time.Second)},
		reconciler.Request{Verb: reconciler.SuspendPlan, Reason: "INC-231"},
		reconciler.Request{Verb: reconciler.ResumePlan},
		reconciler.Request{Verb: reconciler.Retry},
		reconciler.Request{Verb: reconciler.Approve, Wave: 1},
		reconciler.Request{Verb: reconciler.Approve, Wave: 7},
		reconciler.Request{Verb: "nonsense"},
	)
	if request.Digest = r.status.Attempt.Digest; w.odds("ask", "late", 150) {
		request.Digest = "sha256:of another plan"
	}
	return w.ask(key, request)
}

// retryFailed asks to try again what has failed.
func (w *world) retryFailed() bool {
	for _, name := range planNames {
		key := spec.Key{Namespace: namespace, Name: name}
		if r := w.records[key]; r != nil && r.status.Attempt.Failure != nil {
			return w.ask(key, reconciler.Request{Verb: reconciler.Retry, Digest: r.status.Attempt.Digest})
		}
	}
	return false
}

// resumeAll ends all suspensions, and approves what is awaited.
func (w *world) resumeAll() {
	for _, name := range planNames {
		key := spec.Key{Namespace: namespace, Name: name}
		if r := w.records[key]; r != nil {
			if s := r.status.Suspension; s != nil || r.request != nil {
				w.ask(key, reconciler.Request{Verb: reconciler.ResumePlan})
			}
			w.approveLater(key, r)
		}
	}
}
