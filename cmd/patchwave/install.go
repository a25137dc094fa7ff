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
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := cluster.Manifests(namespace, namespaces)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "patchwave-system", "namespace of patchwave itself")
	cmd.Flags().StringSliceVar(&namespaces, "namespaces", nil, "namespaces whose pods patchwave may upgrade")
	_ = cmd.MarkFlagRequired("namespaces") // the flag is declared above
	if err := cmd.MarkFlagRequired("namespaces"); err != nil {
		panic("the flag was just declared: " + err.Error())
	}
	return cmd
}
