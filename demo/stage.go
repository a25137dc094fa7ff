package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/patchwave/patchwave/e2e/stage"
)

// set builds the stage in an empty folder, which outlives only a failure.
func (d *demo) set(ctx context.Context, o options) error {
	if err := errors.Join(os.RemoveAll(d.dir), os.MkdirAll(d.dir, 0o755)); err != nil {
		return fmt.Errorf("making an empty folder for the stage: %w", err)
	}
	var err error
	if d.lobby, err = newLobby(d.place.simulated); err != nil {
		return err
	}
	d.stage, err = stage.Set(ctx, stage.Options{
		Binary: o.patchwave, Kubeconfig: d.place.kubeconfig, Namespace: namespace, Instance: instance, Dir: d.dir,
	})
	return err
}

// start runs patchwave, and looks on. Should it end early, so does the demo.
func (d *demo) start() error {
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	if d.watcher, err = watch(ctx, d.stage, d.screen); err != nil {
		cancel()
		return err
	}
	d.watcher.stop = cancel
	if d.patchwave, err = d.stage.Start(); err != nil {
		return err
	}
	go func() {
		<-d.patchwave.Ended()
		d.cancel(errors.New("patchwave has ended"))
	}()
	return nil
}

// close takes down whatever was built, the last first.
func (d *demo) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var errs []error
	if d.patchwave != nil {
		if err := d.patchwave.Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("patchwave ended badly: %w", err))
		}
		d.note("patchwave has stopped.")
	}
	if d.watcher != nil {
		d.watcher.stop()
	}
	if d.stage != nil {
		errs = append(errs, d.stage.Close(), d.vacate(ctx))
	}
	if d.place != nil {
		errs = append(errs, d.place.close())
	}
	return errors.Join(errs...)
}

// vacate waits until nothing is left in a cluster that stays.
func (d *demo) vacate(ctx context.Context) error {
	if !d.place.stays {
		return nil
	}
	d.note("Waiting until namespace %s is gone.", namespace)
	return stage.Until(ctx, "namespace "+namespace+" is gone", func(ctx context.Context) (bool, string) {
		_, err := d.stage.Kube.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
		return apierrors.IsNotFound(err), fmt.Sprint(err)
	})
}

// confess shows what patchwave said last, before a failure.
func (d *demo) confess() {
	if d.patchwave == nil {
		return
	}
	log, err := os.ReadFile(d.patchwave.Log)
	if err != nil {
		return
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	d.note("It did not go well. The end of %s:", filepath.Clean(d.patchwave.Log))
	for _, line := range lines[max(0, len(lines)-15):] {
		d.note("  %s", line)
	}
}
