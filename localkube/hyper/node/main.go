// Command node is every process of the real node that is no Debian package: it plays the part its argv[0] names. It
// is a binary apart from hyper, so that a cluster of simulated nodes alone need not build it.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // version metric
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"github.com/patchwave/patchwave/localkube/hyper/node/capsule"
	"github.com/patchwave/patchwave/localkube/hyper/node/registry"
)

// parts makes only the command that is asked for: each of them registers flags and metrics of its own.
var parts = map[string]func(){
	"localkube-node": func() { run(capsule.NewCommand()) },
	capsule.Inside:   func() { run(capsule.NewInsideCommand()) },
	"kubelet":        func() { run(kubelet.NewKubeletCommand(context.Background())) },
	"kube-proxy":     func() { run(proxy.NewProxyCommand()) },
	"registry":       func() { run(registry.NewCommand()) },
}

func main() {
	name := filepath.Base(os.Args[0])
	start, ok := parts[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "no part of a node is called %q: start this binary under one of the names %v\n",
			name, slices.Sorted(maps.Keys(parts)))
		os.Exit(2)
	}
	start()
}

func run(command *cobra.Command) { os.Exit(cli.Run(command)) }
