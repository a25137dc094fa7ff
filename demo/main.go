// Command demo runs patchwave's main job where it can be watched: a change of a
// plan is merged and rolled out in waves, a bad image halts, and its revert
// heals what it broke. Cluster, Git server and patchwave are real; nodes and
// GitHub are simulated. It fails when anything is not as it should be.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	namespace = "games" // of the examples
	instance  = "patchwave"
)

var errInterrupted = errors.New("it was interrupted")

type options struct {
	patchwave, localkube string // binaries
	dir                  string // for everything that is written
	keep                 bool
}

func main() {
	var o options
	flag.StringVar(&o.patchwave, "patchwave", "bin/patchwave", "patchwave's binary")
	flag.StringVar(&o.localkube, "localkube", "bin/localkube", "localkube's binary; not used where $KUBECONFIG names a cluster")
	flag.StringVar(&o.dir, "dir", ".localkube/demo", "folder for the cluster's state and all else that is written")
	flag.BoolVar(&o.keep, "keep", false, "leave localkube's cluster running at the end")
	flag.Parse()
	// A terminal that is closed, or a reader that goes away, ends it in order, too.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// run plays the demo, and takes everything down whatever happens. What a
// failure leaves in the folder may tell why.
func run(signalled context.Context, o options) error {
	ctx, cancel := context.WithCancelCause(signalled)
	defer cancel(nil)
	d := &demo{screen: newScreen(os.Stdout), dir: filepath.Join(o.dir, "stage"), cancel: cancel}
	err := d.play(ctx, o)
	interrupted := signalled.Err() != nil
	if err != nil && !interrupted {
		d.confess()
	}
	down := d.part("Everything is taken down", d.close)
	if err == nil || interrupted {
		down = errors.Join(down, os.RemoveAll(d.dir))
		_ = os.Remove(o.dir) // unless there is more in it
	}
	switch {
	case interrupted:
		return errors.Join(errInterrupted, down)
	case err == nil && down == nil:
		d.note("It all held. The parts took %s.", strings.Join(d.times, ", "))
	}
	return errors.Join(err, down)
}

func (d *demo) play(ctx context.Context, o options) error {
	var err error
	for _, part := range d.parts(o) {
		err = d.part(part.title, func() error {
			ctx, cancel := context.WithTimeout(ctx, part.patience)
			defer cancel()
			return part.play(ctx)
		})
		if err != nil {
			break
		}
	}
	return err
}
