package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/localkube/machine"
)

// newCheck is for scripts whose tests skip what the machine cannot do: they ask before they call it proved.
func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Say whether this machine can have a real node; exit code 3 where it cannot",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := machine.Check(); err != nil {
				return err
			}
			fmt.Fprintln(os.Stderr, "this machine can have a real node")
			return nil
		},
	}
}
