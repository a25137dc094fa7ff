package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/cluster"
)

func installCommand() *cobra.Command {
	var namespace string
	var namespaces []string
	cmd := &cobra.Command{
		Use:   "install --namespaces NAMESPACE[,NAMESPACE]",
		Short: "Print the manifests that patchwave needs in a cluster",
		Long: "Print the CustomResourceDefinition, a service account and its roles, for `kubectl apply -f -`.\n" +
			"The rights reach no further than the namespaces named.",
		Example: "  patchwave install --namespaces games | kubectl apply -f -",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(namespaces) == 0 {
				return errNoNamespaces
			}
			text, err := cluster.Manifests(namespace, trimmed(namespaces))
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "patchwave-system", "namespace of patchwave itself")
	cmd.Flags().StringSliceVar(&namespaces, "namespaces", nil, "namespaces whose pods patchwave may upgrade")
	return cmd
}
