// Command hyper is every process of a localkube cluster in one binary: it plays the component its argv[0] names.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // version metric
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"github.com/patchwave/patchwave/localkube/hyper/simulation"
)

// components makes only the command that is asked for: each of them registers flags and metrics of its own.
var components = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          func() { run(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() { run(controllermanager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() { run(scheduler.NewSchedulerCommand()) },
	"kwok":                    func() { run(simulation.NewCommand()) },
}

func main() {
	name := filepath.Base(os.Args[0])
	start, ok := components[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "no component is called %q: start this binary under one of the names %v\n",
			name, slices.Sorted(maps.Keys(components)))
		os.Exit(2)
	}
	start()
}

func run(command *cobra.Command) { os.Exit(cli.Run(command)) }
