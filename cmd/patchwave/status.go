package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/patchwave/patchwave/cluster"
)

func statusCommand(access *access) *cobra.Command {
	var namespace, output string
	var all bool
	cmd := &cobra.Command{
		Use:     "status [NAME]",
		Short:   "Show how the plans stand",
		Example: "  patchwave status -A",
		Args:    oneAtMost("plan"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"", "wide", "json", "yaml"}, output) {
				return fmt.Errorf("there is no output format %q; use wide, json or yaml", output)
			}
			connection, err := access.connect()
			if err != nil {
				return err
			}
			if len(args) > 0 && !all {
				plan, err := planOf(args[0], namespace, connection.Namespace)
				if err != nil {
					return err
				}
				one, err := find(cmd.Context(), connection, plan)
				if err != nil {
					return err
				}
				return show(cmd.OutOrStdout(), cmd.ErrOrStderr(), []cluster.Upgrade{one}, plan.Namespace, output)
			}
			if namespace == "" {
				namespace = connection.Namespace
			}
			if all {
				namespace = ""
			}
			upgrades, err := connection.Upgrades(cmd.Context(), namespace, args...)
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), cmd.ErrOrStderr(), upgrades, namespace, output)
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the plans (default: the context's)")
	cmd.Flags().BoolVarP(&all, "all-namespaces", "A", false, "plans of all namespaces")
	cmd.Flags().StringVarP(&output, "output", "o", "", "output format: wide, json or yaml")
	cmd.MarkFlagsMutuallyExclusive("namespace", "all-namespaces")
	return cmd
}

// show prints the records as a table, or whole.
func show(out, errs io.Writer, upgrades []cluster.Upgrade, namespace, output string) error {
	switch {
	case output == "json" || output == "yaml":
		return whole(out, upgrades, output)
	case len(upgrades) > 0:
		return table(out, upgrades, output == "wide")
	}
	where := "in namespace " + namespace
	if namespace == "" {
		where = "in the cluster"
	}
	_, err := fmt.Fprintf(errs, "No plans found %s.\n", where)
	return err
}

func whole(out io.Writer, upgrades []cluster.Upgrade, output string) error {
	list := map[string]any{"apiVersion": "v1", "kind": "List", "items": upgrades}
	text, err := json.MarshalIndent(list, "", "  ")
	if err == nil && output == "yaml" {
		text, err = yaml.JSONToYAML(text)
	}
	if err != nil {
		return fmt.Errorf("writing the records: %w", err)
	}
	_, err = fmt.Fprintln(out, string(text))
	return err
}

func table(out io.Writer, upgrades []cluster.Upgrade, wide bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	heading := "NAMESPACE\tNAME\tREADY\tWAVE\tUPDATED\tFAILED\tMESSAGE"
	if wide {
		heading += "\tREVISION"
	}
	fmt.Fprintln(w, heading)
	for _, u := range upgrades {
		ready, _ := u.Status.Condition("Ready")
		if drifted, ok := u.Status.Condition("Drifted"); ok && drifted.Message != ready.Message {
			ready.Message += "; " + drifted.Message
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d/%d\t%s\t%d\t%s", u.Namespace, u.Name, ready.Status,
			u.Status.Wave.Finished, u.Status.Wave.Of, u.Status.Pods.Shown, u.Status.Pods.Failed, ready.Message)
		if wide {
			fmt.Fprintf(w, "\t%s", u.Status.Attempt.Revision)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
