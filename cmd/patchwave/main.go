// Command patchwave upgrades running pods in place, as the plans in a Git
// repository say.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// exit ends the program with a code, without words of its own.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, out, errs io.Writer) int {
	root, access := command()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	cmd, err := root.ExecuteContextC(ctx)
	var code exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(errs, "Error:", report.Visible(access.explain(inOtherWords(cmd, err)).Error()))
	return failed
}

// The exit codes beside 0, those of `kubectl diff`.
const (
	differs = 1 // something is to be done, or wrong with a plan
	failed  = 2 // the command could not do its work
)

func command() (*cobra.Command, *access) {
	root := &cobra.Command{
		Use:   "patchwave",
		Short: "Upgrade running pods in place, as the plans in a Git repository say",
		Long: "patchwave reads upgrade plans from Git and brings running pods to the images they name, in place:\n" +
			"the kubelet restarts just the container, and the pod keeps its UID, IP, node and volumes.",
		SilenceUsage: true, SilenceErrors: true,
		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.Args = func(cmd *cobra.Command, args []string) error { return noSuchCommand(cmd, args) }
	root.SetFlagErrorFunc(flagError)
	access := &access{}
	root.PersistentFlags().StringVar(&access.kubeconfig, "kubeconfig", "", "path of the kubeconfig (default: $KUBECONFIG, ~/.kube/config, or the pod's own)")
	root.PersistentFlags().StringVar(&access.context, "context", "", "context of the kubeconfig")
	root.AddCommand(runCommand(access), validateCommand(), planCommand(access), windowsCommand(), statusCommand(access),
		approveCommand(access), suspendCommand(access), resumeCommand(access), retryCommand(access), adoptCommand(access), installCommand(), versionCommand())
	return root, access
}

// access is how to reach the cluster.
type access struct {
	kubeconfig, context string
	connection          *cluster.Connection // once it is made
}

func (a *access) connect() (connection *cluster.Connection, err error) {
	a.connection, err = cluster.Connect(a.kubeconfig, a.context)
	return a.connection, err
}

// explain says what can be done about an error of the API server.
func (a *access) explain(err error) error {
	if a.connection == nil {
		return err
	}
	return a.connection.Explain(err)
}
