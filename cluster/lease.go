package cluster

import (
	"context"
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
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("naming this process for the Lease: %w", err)
	}
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: c.Namespace, Name: "patchwave-" + instance},
		Client:     c.kube.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: host + "-" + rand.String(6)},
	}
	// The Lease is held until work has ended, so that a successor never finds
	// our writes still on their way.
	holding, release := context.WithCancel(context.WithoutCancel(ctx))
	defer release()
	var leading atomic.Bool
	outcome := make(chan error, 1)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, Name: lock.LeaseMeta.Name, ReleaseOnCancel: true,
		LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second, RetryPeriod: 2 * time.Second,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(held context.Context) {
				leading.Store(true)
				working, stop := context.WithCancel(held)
				defer context.AfterFunc(ctx, stop)()
				outcome <- work(working)
				release()
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("preparing the Lease %q: %w", lock.LeaseMeta.Name, err)
	}
	context.AfterFunc(ctx, func() {
		if !leading.Load() {
			release()
		}
	})
	elector.Run(holding)
	if !leading.Load() {
		return nil
	}
	if err := <-outcome; err != nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("lost the Lease %s/%s: another process goes on", c.Namespace, lock.LeaseMeta.Name)
}
