package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker at a release.
var version = ""

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "patchwave %s (%s, %s/%s)\n", built(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// built is the linker's version, or what Go recorded of the build.
func built() string {
	info, ok := debug.ReadBuildInfo()
	if version != "" || !ok {
		return version
	}
	return info.Main.Version
}
