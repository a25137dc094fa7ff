package cluster

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// IsMissing reports whether an error says that the cluster has no such record; not
// that it does not know records at all.
func IsMissing(err error) bool {
	return apierrors.IsNotFound(err) && !strings.Contains(err.Error(), "could not find the requested resource")
}

// IsTurnedAway reports whether an error says that the API server does not accept
// our credentials.
func IsTurnedAway(err error) bool { return apierrors.IsUnauthorized(err) }

// IsForbidden reports whether an error says that a right is missing.
func IsForbidden(err error) bool { return apierrors.IsForbidden(err) }

// Explain adds to an error of the API server what a person can do about it. Other
// errors are returned as they are.
func (c *Connection) Explain(err error) error {
	var unanswered *url.Error
	switch {
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("%w: the API server at %s does not accept the credentials%s; they may have expired", err, c.config.Host, c.ofContext())
	case errors.As(err, &unanswered) && strings.HasPrefix(unanswered.URL, strings.TrimSuffix(c.config.Host, "/")):
		return fmt.Errorf("%w; see that the cluster is up, and is the one that --kubeconfig and --context name", err)
	}
	return err
}

func (c *Connection) ofContext() string {
	if c.Context == "" {
		return ""
	}
	return " of context " + c.Context
}

// Greet asks the API server for its version, and so whether it is there and
// accepts our credentials.
func (c *Connection) Greet() error {
	if _, err := c.kube.Discovery().ServerVersion(); err != nil {
		return fmt.Errorf("reaching the API server: %w", err)
	}
	return nil
}
