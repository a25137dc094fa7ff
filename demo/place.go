package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// place is the cluster that the demo runs on.
type place struct {
	kubeconfig string
	simulated  bool // its nodes pull no images
	stays      bool // after the demo
	close      func() error
}

// find takes the user's cluster where there is one, and else makes one.
func (d *demo) find(ctx context.Context, o options) error {
	if path := os.Getenv("KUBECONFIG"); path != "" {
		d.place = &place{kubeconfig: path, stays: true, close: func() error { return nil }}
		d.note("KUBECONFIG is set: no localkube, but the cluster of %s.", path)
		d.note("Namespace %s is made in it, and deleted at the end. What `patchwave install` makes stays:", namespace)
		d.note("the CustomResourceDefinition, namespace patchwave-system, and a ClusterRole to read nodes with its binding.")
	} else if err := d.raise(ctx, o); err != nil {
		return err
	}
	return d.place.inspect(ctx)
}

// raise brings a localkube up. What is up in part is taken down, too.
func (d *demo) raise(ctx context.Context, o options) error {
	d.place = &place{stays: o.keep, close: func() error {
		if o.keep {
			return nil
		}
		return localkube(context.Background(), o, "down")
	}}
	if err := localkube(ctx, o, "up"); err != nil {
		return err
	}
	script := `eval "$("$1" env --dir "$2")" && printf %s "$KUBECONFIG"`
	path, err := exec.CommandContext(ctx, "sh", "-c", script, "sh", o.localkube, o.dir).Output()
	if err != nil {
		return fmt.Errorf("asking localkube for its kubeconfig: %w", err)
	}
	d.place.kubeconfig = string(path)
	return nil
}

// localkube runs in a process group of its own: Ctrl-C reaches it through us,
// and does not disturb it while it takes the cluster down.
func localkube(ctx context.Context, o options, verb string) error {
	if err := os.MkdirAll(filepath.Dir(o.dir), 0o755); err != nil {
		return fmt.Errorf("making the demo's folder: %w", err)
	}
	cmd := exec.CommandContext(ctx, o.localkube, verb, "--dir", o.dir)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running %s %s: %w", o.localkube, verb, err)
	}
	return nil
}

// inspect refuses a namespace that is somebody's, and looks at the nodes.
func (p *place) inspect(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", p.kubeconfig)
	if err != nil {
		return fmt.Errorf("reading the kubeconfig (KUBECONFIG may name one file): %w", err)
	}
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	_, err = kube.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
	if err == nil {
		return fmt.Errorf("namespace %q exists already: delete it, or choose another cluster", namespace)
	}
	if !apierrors.IsNotFound(err) {
		return fmt.Errorf("looking for namespace %q: %w", namespace, err)
	}
	nodes, err := kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err == nil && len(nodes.Items) == 0 {
		err = errors.New("there are none")
	}
	if err != nil {
		return fmt.Errorf("listing the cluster's nodes: %w", err)
	}
	p.simulated = nodes.Items[0].Labels["localkube/kubelet"] == "simulated"
	return nil
}
