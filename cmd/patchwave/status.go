package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/report"
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
			v := view{connection: connection, output: output, out: cmd.OutOrStdout(), errs: cmd.ErrOrStderr()}
			if len(args) > 0 && !all {
				return v.one(cmd.Context(), args[0], namespace)
			}
			if namespace == "" && !all {
				namespace = connection.Namespace
			}
			return v.all(cmd.Context(), namespace, args)
		},
	}
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace of the plans (default: the context's)")
	cmd.Flags().BoolVarP(&all, "all-namespaces", "A", false, "plans of all namespaces")
	cmd.Flags().StringVarP(&output, "output", "o", "", "output format: wide, json or yaml")
	cmd.MarkFlagsMutuallyExclusive("namespace", "all-namespaces")
	return cmd
}

// view shows records.
type view struct {
	connection *cluster.Connection
	output     string // "", wide, json or yaml
	out, errs  io.Writer
}

// one shows the record of a plan that is named with its namespace or without.
func (v view) one(ctx context.Context, named, namespace string) error {
	plan, err := planOf(named, namespace, v.connection.Namespace)
	if err != nil {
		return err
	}
	found, err := find(ctx, v.connection, plan)
	if err != nil {
		return err
	}
	if v.isWhole() {
		return v.whole(found)
	}
	return v.table(ctx, plan.Namespace, []cluster.Upgrade{found})
}

// all shows those of a namespace, or of all namespaces where that is "".
func (v view) all(ctx context.Context, namespace string, names []string) error {
	found, err := v.connection.Upgrades(ctx, namespace, names...)
	switch {
	case err != nil:
		return err
	case len(found) == 0 && namespace != "" && v.connection.Lacks(ctx, namespace):
		return fmt.Errorf("namespace %s does not exist", namespace)
	case v.isWhole():
		items := append([]cluster.Upgrade{}, found...) // none is an empty list
		return v.whole(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	}
	return v.table(ctx, namespace, found)
}

func (v view) isWhole() bool { return v.output == "json" || v.output == "yaml" }

// whole prints a record, or a list of them, as it is kept.
func (v view) whole(records any) error {
	text, err := json.MarshalIndent(records, "", "  ")
	if err == nil && v.output == "yaml" {
		text, err = yaml.JSONToYAML(text)
	}
	if err != nil {
		return fmt.Errorf("writing the records: %w", err)
	}
	_, err = fmt.Fprintln(v.out, strings.TrimSuffix(string(text), "\n"))
	return err
}

// table prints who leads, and a line a record.
func (v view) table(ctx context.Context, namespace string, upgrades []cluster.Upgrade) error {
	leaders := whoLeads(ctx, v.connection, namespace, upgrades)
	leaders.heading(v.out)
	if len(upgrades) > 0 {
		return rows(v.out, upgrades, leaders, v.output == "wide")
	}
	where := "in namespace " + namespace
	if namespace == "" {
		where = "in the cluster"
	}
	_, err := fmt.Fprintf(v.errs, "No plans found %s.\n", where)
	return err
}

// rows prints a line a record, whatever stands in it.
func rows(out io.Writer, upgrades []cluster.Upgrade, leaders leaders, wide bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	heading := []string{"NAMESPACE", "NAME", "READY", "WAVE", "UPDATED", "FAILED", "MESSAGE"}
	if wide {
		heading = append(heading, "REVISION")
	}
	fmt.Fprintln(w, strings.Join(heading, "\t"))
	for _, u := range upgrades {
		cells := row(u, leaders)[:len(heading)]
		for i := range cells {
			cells[i] = report.Visible(cells[i])
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

// row is what a line says of a record, its revision last.
func row(u cluster.Upgrade, leaders leaders) []string {
	ready, _ := u.Status.Condition("Ready")
	if drifted, ok := u.Status.Condition("Drifted"); ok && drifted.Message != ready.Message {
		ready.Message += "; " + drifted.Message
	}
	if why := leaders.unseen(u); why != "" {
		ready.Status, ready.Message = "Unknown", why+"; it was last: "+ready.Message
	}
	wave, pods := u.Status.Wave, u.Status.Pods
	return []string{
		u.Namespace, u.Name, ready.Status, fmt.Sprintf("%d/%d", wave.Finished, wave.Of), pods.Shown,
		strconv.Itoa(pods.Failed), ready.Message, u.Status.Attempt.Revision,
	}
}
