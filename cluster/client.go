// Package cluster observes and acts on Kubernetes for the reconciler:
// informers, guarded patches, records, Events and the leader's Lease.
package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/patchwave/patchwave/reconciler"
)

// FieldManager names patchwave in managedFields and in Events.
const FieldManager = reconciler.Writer

// Connection is a way to one API server. Its clock is the API server's: it
// follows the Date of each answer, so that a skewed machine cannot shorten a
// grace.
type Connection struct {
	// Namespace is the one of the kubeconfig's context, or the pod's own.
	Namespace string
	// Context is the kubeconfig's, and empty inside a cluster.
	Context string

	config  *rest.Config // as it was given
	leases  *leases      // that its writes need; nil: none
	timed   *Connection  // which keeps its clock; nil: itself
	kube    kubernetes.Interface
	dynamic dynamic.Interface
	skew    atomic.Int64 // nanoseconds that the API server is ahead of us
}

// Connect reads the kubeconfig as kubectl does: the named file, $KUBECONFIG,
// ~/.kube/config, or the pod's service account. Empty arguments mean the default.
func Connect(kubeconfig, context string) (*Connection, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: context})
	config, err := loader.ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, errors.New("there is no kubeconfig; name one by --kubeconfig or $KUBECONFIG")
	}
	var unopened *fs.PathError
	if errors.As(err, &unopened) {
		err = fmt.Errorf("%s: %w", unopened.Path, unopened.Err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w; name one by --kubeconfig or $KUBECONFIG", err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig's namespace: %w", err)
	}
	connection, err := connect(config, namespace)
	if raw, unread := loader.RawConfig(); err == nil && unread == nil {
		connection.Context = cmp.Or(context, raw.CurrentContext)
	}
	return connection, err
}

func connect(config *rest.Config, namespace string) (*Connection, error) {
	c := &Connection{Namespace: namespace, config: config}
	return c, c.dial()
}

// led is the same connection, but for writes, which need the Leases.
func (c *Connection) led(l *leases) (*Connection, error) {
	led := &Connection{Namespace: c.Namespace, Context: c.Context, config: c.config, timed: c, leases: l}
	return led, led.dial()
}

// Leads says why the process does not lead, or not any more; nil while it does. It
// is for what is written elsewhere: this connection's own writes ask by themselves.
func (c *Connection) Leads() error {
	if c.leases == nil {
		return nil
	}
	return c.leases.leads()
}

// dial makes the clients.
func (c *Connection) dial() error {
	config := rest.CopyConfig(c.config)
	config.QPS = -1 // the reconciler paces its writes; API priority and fairness guards the server
	config.UserAgent = FieldManager
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return dated{next, c} })
	if c.leases != nil {
		config.Wrap(func(next http.RoundTripper) http.RoundTripper { return ledOnly{next, rootOf(config.Host), c.leases} })
	}
	var err error
	if c.kube, err = kubernetes.NewForConfig(config); err != nil {
		return fmt.Errorf("making a Kubernetes client: %w", err)
	}
	if c.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return fmt.Errorf("making a dynamic Kubernetes client: %w", err)
	}
	return nil
}

// rootOf is the path in the URL of an API server that is behind a proxy.
func rootOf(host string) string {
	parsed, err := url.Parse(host)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(parsed.Path, "/")
}

// Now is the API server's time, at a resolution of a millisecond.
func (c *Connection) Now() time.Time {
	if c.timed != nil {
		return c.timed.Now()
	}
	return time.Now().Add(time.Duration(c.skew.Load())).UTC().Truncate(time.Millisecond)
}

// dated notes the Date of each answer.
type dated struct {
	next http.RoundTripper
	c    *Connection
}

func (d dated) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := d.next.RoundTrip(request)
	if err == nil {
		d.c.correct(response.Header.Get("Date"))
	}
	return response, err
}

// correct follows the server's clock. A Date has whole seconds and travels for
// a while: what differs by less than two seconds from the last correction
// confirms it, so that Now does not jump from answer to answer.
func (c *Connection) correct(date string) {
	if c.timed != nil {
		c.timed.correct(date)
		return
	}
	told, err := http.ParseTime(date)
	if err != nil {
		return
	}
	skew := time.Until(told.Add(500 * time.Millisecond))
	if (skew - time.Duration(c.skew.Load())).Abs() >= 2*time.Second {
		c.skew.Store(int64(skew))
	}
}
