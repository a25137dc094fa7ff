package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcoordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
)

// Leader is who holds the Lease of an instance in a namespace.
type Leader struct {
	Instance, Namespace string

	// Name is the process: its host, and a random part. "" where nobody leads.
	Name string
	// Since is when it began to lead.
	Since time.Time
	// Renewed is when it, or the last that led, renewed the Lease last; zero for never.
	Renewed time.Time
	// Until is when it has to have renewed the Lease; after that it is taken for gone.
	Until time.Time
	// Sources are those that it follows, as it said then.
	Sources []SourceState
}

// Leader returns who leads the instance in a namespace; nobody where there is no Lease.
func (c *Connection) Leader(ctx context.Context, namespace, instance string) (Leader, error) {
	found, err := c.kube.CoordinationV1().Leases(namespace).Get(ctx, leaseName(instance), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return Leader{Instance: instance, Namespace: namespace}, nil
	}
	if err != nil {
		return Leader{}, fmt.Errorf("reading the Lease %s/%s: %w", namespace, leaseName(instance), err)
	}
	return leaderOf(found), nil
}

// Leaders returns who leads which instance in a namespace, or in all where that is "":
// one for each Lease of patchwave's.
func (c *Connection) Leaders(ctx context.Context, namespace string) ([]Leader, error) {
	const notNodes = "metadata.namespace!=" + corev1.NamespaceNodeLease // there is one for each node
	found, err := c.kube.CoordinationV1().Leases(namespace).List(ctx, metav1.ListOptions{FieldSelector: notNodes})
	if err != nil {
		return nil, fmt.Errorf("reading Leases: %w", err)
	}
	var leaders []Leader
	for i := range found.Items {
		if strings.HasPrefix(found.Items[i].Name, leaseName("")) {
			leaders = append(leaders, leaderOf(&found.Items[i]))
		}
	}
	return leaders, nil
}

// Leads reports whether it does at a time of the API server's clock.
func (l Leader) Leads(now time.Time) bool { return l.Name != "" && now.Before(l.Until) }

func leaderOf(l *coordinationv1.Lease) Leader {
	leader := Leader{Instance: strings.TrimPrefix(l.Name, leaseName("")), Namespace: l.Namespace, Sources: announced(l)}
	if l.Spec.HolderIdentity != nil {
		leader.Name = *l.Spec.HolderIdentity
	}
	if l.Spec.AcquireTime != nil {
		leader.Since = l.Spec.AcquireTime.UTC()
	}
	if l.Spec.RenewTime != nil {
		leader.Renewed = l.Spec.RenewTime.UTC()
		leader.Until = l.Spec.RenewTime.Add(lasts(l)).UTC()
	}
	return leader
}

func leaseName(instance string) string { return FieldManager + "-" + instance }

// lasts is how long a Lease outlives its holder, as this one has written there.
func lasts(l *coordinationv1.Lease) time.Duration {
	if l.Spec.LeaseDurationSeconds == nil {
		return leaseTime
	}
	return time.Duration(*l.Spec.LeaseDurationSeconds) * time.Second
}

// lease is the Lease of one namespace: whoever holds it may write there.
type lease struct {
	term
	api       typedcoordinationv1.LeaseInterface
	clock     func() time.Time // the API server's
	namespace string
	name      string
	holder    string // this process
	sources   *atomic.Pointer[string]

	known  *coordinationv1.Lease // as read or written last, nil where there is none
	since  moment                // when it was first seen so
	ours   bool                  // it was this process's when written last
	newest bool                  // known is the last that is known of it: no write has failed since
}

// ledBy says that another process leads.
type ledBy struct {
	Leader
	lease string
	lost  bool // by this process
}

func (l ledBy) Error() string {
	if l.lost && l.Name == "" {
		return fmt.Sprintf("lost the Lease %s: somebody else has emptied it", l.lease)
	}
	if l.lost {
		return fmt.Sprintf("lost the Lease %s; process %q leads since %s", l.lease, l.Name, l.Since.Format(time.RFC3339))
	}
	return fmt.Sprintf("process %q leads since %s, by the Lease %s", l.Name, l.Since.Format(time.RFC3339), l.lease)
}

// step makes the Lease this process's, or keeps it so: nil where that was done.
// It is a ledBy where another process leads.
func (l *lease) step(ctx context.Context) error {
	if !l.newest || !l.ours {
		if err := l.look(ctx); err != nil {
			return err
		}
	}
	if err := l.other(); err != nil {
		return err
	}
	return l.write(ctx)
}

// look reads the Lease.
func (l *lease) look(ctx context.Context) error {
	found, err := l.api.Get(ctx, l.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		found, err = nil, nil
	}
	if err != nil {
		return fmt.Errorf("reading the Lease %s: %w", l.about(), err)
	}
	if found == nil || l.known == nil || found.ResourceVersion != l.known.ResourceVersion {
		l.since = l.now()
	}
	l.known, l.newest = found, true
	return nil
}

// other is an error where another process leads. That it has gone is judged by our
// own steady clock alone, which began to count when the Lease was last seen to
// change: clocks of other machines prove nothing, and those that are set neither.
func (l *lease) other() error {
	if l.known == nil {
		return nil
	}
	leader := leaderOf(l.known)
	if l.ours && leader.Name != l.holder { // it was lost, whoever holds it now
		return ledBy{leader, l.about(), true}
	}
	if leader.Name == "" || leader.Name == l.holder || l.now().atLeast(l.since) >= lasts(l.known) {
		return nil
	}
	return ledBy{leader, l.about(), false}
}

// write takes the Lease or renews it, if it is as it was seen last.
func (l *lease) write(ctx context.Context) error {
	sent := l.now()
	written, err := l.send(ctx, l.claim())
	if err != nil {
		l.newest = false
		return fmt.Errorf("writing the Lease %s: %w", l.about(), err)
	}
	l.known, l.since, l.ours, l.newest = written, sent, true, true
	l.renew(sent)
	return nil
}

func (l *lease) send(ctx context.Context, wanted *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	if l.known == nil {
		return l.api.Create(ctx, wanted, metav1.CreateOptions{FieldManager: FieldManager})
	}
	return l.api.Update(ctx, wanted, metav1.UpdateOptions{FieldManager: FieldManager})
}

// claim is the Lease in this process's name.
func (l *lease) claim() *coordinationv1.Lease {
	now, seconds := metav1.NewMicroTime(l.clock()), int32(leaseTime/time.Second)
	wanted := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: l.namespace, Name: l.name}}
	if l.known != nil {
		wanted = l.known.DeepCopy()
	}
	if !l.ours || l.known == nil {
		transitions := int32(0)
		if before := wanted.Spec.LeaseTransitions; before != nil {
			transitions = *before + 1
		}
		wanted.Spec.AcquireTime, wanted.Spec.LeaseTransitions = &now, &transitions
	}
	wanted.Spec.HolderIdentity, wanted.Spec.LeaseDurationSeconds, wanted.Spec.RenewTime = &l.holder, &seconds, &now
	l.announce(wanted)
	return wanted
}

// giveBack ends the term and empties the Lease, if it is still this process's, so
// that a successor need not wait.
func (l *lease) giveBack(ctx context.Context) error {
	l.end()
	if !l.ours {
		return nil
	}
	if err := l.look(ctx); err != nil {
		return err
	}
	if l.ours = false; l.known == nil || leaderOf(l.known).Name != l.holder {
		return nil
	}
	nobody, second := "", int32(1)
	wanted := l.known.DeepCopy()
	wanted.Spec.HolderIdentity, wanted.Spec.LeaseDurationSeconds = &nobody, &second
	if _, err := l.send(ctx, wanted); err != nil && !apierrors.IsConflict(err) {
		return fmt.Errorf("giving back the Lease %s: %w", l.about(), err)
	}
	return nil
}

func (l *lease) about() string { return l.namespace + "/" + l.name }

// contested reports whether another process wrote at the same time.
func contested(err error) bool {
	return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)
}

// denied reports whether an error is an answer that stays the same until somebody
// does something about it: a right is missing, or the namespace is.
func denied(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && (apierrors.IsForbidden(err) || apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err))
}
