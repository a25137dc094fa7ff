package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// Lead runs work while this process holds the instance's Lease, and gives the
// Lease back at the end, so that a successor need not wait. A lost Lease ends
// the context of work, and Lead returns an error.
func Lead(ctx context.Context, c *Connection, instance string, work func(context.Context) error) error {
	lock, err := c.lock(instance)
	if err != nil {
		return err
	}
	// The Lease is held until work has ended, and never given back before: a
	// successor shall not find our writes still on their way.
	holding, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var leading atomic.Bool
	outcome := make(chan error, 1)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, Name: lock.LeaseMeta.Name,
		LeaseDuration: leaseTime, RenewDeadline: 8 * time.Second, RetryPeriod: 2 * time.Second,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(held context.Context) {
				leading.Store(true)
				working, done := context.WithCancel(held)
				defer context.AfterFunc(ctx, done)()
				outcome <- work(working)
				stop()
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("preparing the Lease %q: %w", lock.LeaseMeta.Name, err)
	}
	context.AfterFunc(ctx, func() {
		if !leading.Load() {
			stop()
		}
	})
	elector.Run(holding)
	if !leading.Load() {
		return nil
	}
	err = <-outcome
	if ctx.Err() == nil && (err == nil || errors.Is(err, context.Canceled)) {
		return fmt.Errorf("lost the Lease %s/%s: another process goes on", c.Namespace, lock.LeaseMeta.Name)
	}
	return errors.Join(err, giveBack(lock))
}

// leaseTime is how long a Lease outlives its holder, who notices 8 + 2 s after it was
// renewed last that it cannot be, and lets its writes end for 3 s.
const leaseTime = 15 * time.Second

// lock is the instance's Lease, in this process's name.
func (c *Connection) lock(instance string) (*resourcelock.LeaseLock, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("naming this process for the Lease: %w", err)
	}
	return &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: c.Namespace, Name: "patchwave-" + instance},
		Client:     c.kube.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: host + "-" + rand.String(6)},
	}, nil
}

// giveBack empties the Lease, if it is still ours.
func giveBack(lock *resourcelock.LeaseLock) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	record, _, err := lock.Get(ctx)
	if err == nil && record.HolderIdentity == lock.Identity() {
		record.HolderIdentity, record.LeaseDurationSeconds = "", 1
		err = lock.Update(ctx, *record)
	}
	if err != nil {
		return fmt.Errorf("giving the Lease %s back: %w", lock.Describe(), err)
	}
	return nil
}
