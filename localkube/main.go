// Command localkube runs a real Kubernetes control plane with simulated nodes, from one folder, for demo and tests.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/localkube/cluster"
	"github.com/patchwave/patchwave/localkube/machine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "localkube:", err)
		os.Exit(exitCode(err))
	}
}

// exitCode tells a machine that cannot have a real node from all that may have gone wrong.
func exitCode(err error) int {
	var unfit *machine.Unfit
	if errors.As(err, &unfit) {
		return 3
	}
	return 1
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "localkube",
		Short:         "A real Kubernetes control plane with simulated nodes, in one folder",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	var dir string
	root.PersistentFlags().StringVar(&dir, "dir", ".localkube", "folder that holds the cluster's state")
	root.PersistentPreRunE = func(*cobra.Command, []string) (err error) {
		dir, err = find(dir)
		return err
	}
	root.AddCommand(newUp(&dir), newDown(&dir), newEnv(&dir), newKubelet(&dir), newControllers(&dir), newCheck())
	return root
}

func newUp(dir *string) *cobra.Command {
	options := cluster.Options{Out: os.Stderr}
	command := &cobra.Command{
		Use:   "up",
		Short: "Start the cluster, or what is missing of it, and wait until it runs pods",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			options.Dir = *dir
			return cluster.Up(command.Context(), options)
		},
	}
	command.Flags().IntVar(&options.Nodes, "nodes", 4, "simulated nodes; more than there are, and the rest is added")
	command.Flags().StringVar(&options.Minor, "kubernetes", "", "another minor version of Kubernetes: 1.35, 1.37")
	command.Flags().BoolVar(&options.Real, "kubelet", false, "a real node, too, with kubelet and containerd; exit code 3 where the machine cannot")
	return command
}

func newKubelet(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:       "kubelet {stop|start}",
		Short:     "Stop the real node's kubelet, or start it again; containers go on running",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"stop", "start"},
		RunE: func(command *cobra.Command, args []string) error {
			return cluster.HoldKubelet(command.Context(), *dir, args[0] == "stop", os.Stderr)
		},
	}
}

func newControllers(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:       "controllers {stop|start}",
		Short:     "Stop the controller manager, or start it again",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"stop", "start"},
		RunE: func(command *cobra.Command, args []string) error {
			if args[0] == "stop" {
				return cluster.StopControllers(*dir)
			}
			return cluster.Up(command.Context(), cluster.Options{Dir: *dir, Out: os.Stderr})
		},
	}
}

func newDown(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "Stop the cluster and remove its state",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return cluster.Down(*dir, os.Stderr) },
	}
}

func newEnv(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "env",
		Short: `Print what points a shell at the cluster: eval "$(localkube env)"`,
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return cluster.Env(*dir, os.Stdout) },
	}
}
