package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// ledOnly lets reads through, and a write only while the Lease of its namespace
// is surely this process's. A term that ends also ends what is under way in it.
type ledOnly struct {
	next   http.RoundTripper
	root   string // path of the API server's URL
	leases *leases
}

// RoundTrip sends a read, or a write that may be sent.
func (l ledOnly) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodGet || request.Method == http.MethodHead {
		return l.next.RoundTrip(request)
	}
	term, err := l.leases.mayWrite(namespaceOf(strings.TrimPrefix(request.URL.Path, l.root)))
	if err != nil {
		if request.Body != nil {
			_ = request.Body.Close() // RoundTrippers close it, also when they fail
		}
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(request.Context())
	stop := context.AfterFunc(term, func() { cancel(errTermOver) })
	led := request.WithContext(ctx)
	l.watchBody(led)
	response, err := l.next.RoundTrip(led)
	if err != nil {
		stop()
		cancel(nil)
		return nil, err
	}
	response.Body = answer{response.Body, func() {
		stop()
		cancel(nil)
	}}
	return response, nil
}

// watchBody asks again when the body is sent: connecting takes time, and so does
// waiting for a place on a connection.
func (l ledOnly) watchBody(request *http.Request) {
	if request.Body == nil || request.Body == http.NoBody {
		return
	}
	ctx := request.Context()
	namespace := namespaceOf(strings.TrimPrefix(request.URL.Path, l.root))
	check := func() error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		_, err := l.leases.mayWrite(namespace)
		return err
	}
	request.Body = checked{request.Body, check}
	if again := request.GetBody; again != nil {
		request.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			return checked{body, check}, err
		}
	}
}

// checked is a body that is given out only while something holds.
type checked struct {
	io.ReadCloser
	check func() error
}

// Read fails where the check does.
func (c checked) Read(into []byte) (int, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	return c.ReadCloser.Read(into)
}

// answer calls a function when it has been read.
type answer struct {
	io.ReadCloser
	done func()
}

// Close ends the reading.
func (a answer) Close() error {
	defer a.done()
	return a.ReadCloser.Close()
}

// namespaceOf is the namespace of the object at a path of the API server, "" where
// it has none: /api/v1/namespaces/games/pods/lobby, /apis/GROUP/VERSION/namespaces/….
func namespaceOf(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	at := 2
	if parts[0] == "apis" {
		at = 3
	}
	if len(parts) < at+3 || !slices.Contains([]string{"api", "apis"}, parts[0]) || parts[at] != "namespaces" {
		return ""
	}
	return parts[at+1]
}

// mayWrite returns a context that ends when writes to a namespace have to end.
func (l *leases) mayWrite(namespace string) (context.Context, error) {
	lease, ok := l.all[namespace]
	if !ok {
		return nil, fmt.Errorf("%w: nothing is written outside its namespaces", errNotLed)
	}
	term, leads := lease.current()
	if !leads {
		return nil, fmt.Errorf("%w in namespace %s", errNotLed, namespace)
	}
	return term, nil
}

// leads says why this process does not lead: a Lease that it could have is not
// surely its own.
func (l *leases) leads() error {
	had := false
	for _, one := range l.inOrder() {
		_, current := one.current()
		if !current && !denied(l.reason(one.namespace)) {
			return l.closed(one.namespace)
		}
		had = had || current
	}
	if !had {
		return errNotLed
	}
	return nil
}
