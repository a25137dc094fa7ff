package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

func planCommand(access *access) *cobra.Command {
	config := ""
	cmd := &cobra.Command{
		Use:   "plan [FOLDER|FILE]",
		Short: "Show what plans would do to the live pods, and do nothing",
		Long: "Show what plans would do to the live pods, and do nothing. The exit code is that of `kubectl diff`:\n" +
			"0 where nothing is to be done, 1 where something is, more than 1 where that cannot be told, or where a\n" +
			"plan does not fit the cluster: it names a namespace, workload or container that is not there, requires\n" +
			"a readiness gate that is not declared, or claims what another plan claims.",
		Example: "  patchwave plan plans/ --config config.yaml",
		Args:    oneAtMost("folder or file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			plans, err := soundPlans(cmd, args, failed)
			if err != nil {
				return err
			}
			operators, err := operatorsHours(cmd, config)
			if err != nil {
				return err
			}
			connection, err := access.connect()
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))
			return foresee(cmd.Context(), plans, operators, connection, log, cmd.OutOrStdout())
		},
	}
	hoursFlag(cmd, &config)
	return cmd
}

// foresee prints each plan's forecast.
func foresee(ctx context.Context, plans []spec.Plan, operators calendar.Hours, connection *cluster.Connection, log *slog.Logger, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	names, err := living(ctx, connection, plans)
	if err != nil {
		return err
	}
	world, err := cluster.Watch(ctx, connection, "", names, func(string) {}, log)
	if err != nil {
		return err
	}
	wanted := inForce(plans, operators)
	seen := map[spec.Key]reconciler.Observed{}
	for _, plan := range wanted {
		if seen[plan.Key()], err = world.Observe(ctx, plan); err != nil {
			return err
		}
	}
	rivals := reconciler.Contested(wanted, seen)
	moves, misfits := 0, 0
	for _, plan := range wanted {
		observed := seen[plan.Key()]
		observed.Contested = rivals[plan.Key()]
		forecast := foreseeOne(ctx, plan, observed, world, log)
		moves += forecast.Moves()
		if forecast.Misfit.Reason != "" {
			misfits++
		}
		fmt.Fprint(out, report.Preview(forecast))
	}
	switch {
	case misfits > 0:
		return exit(failed)
	case moves > 0:
		return exit(differs)
	}
	return nil
}

func foreseeOne(ctx context.Context, plan reconciler.Plan, observed reconciler.Observed, world *cluster.Cluster, log *slog.Logger) reconciler.Forecast {
	forecast := reconciler.Foresee(plan, observed, world.Now())
	if forecast.Outage() == 0 {
		return forecast
	}
	autoscalers, err := world.Autoscalers(ctx, plan, observed)
	if err != nil {
		log.Warn("cannot tell what autoscalers would do", "plan", plan.Key(), "error", err)
	}
	return forecast.Beside(autoscalers)
}

// living are the namespaces of some plans, each once. One that is not there is
// most likely misspelt.
func living(ctx context.Context, connection *cluster.Connection, plans []spec.Plan) ([]string, error) {
	var names []string
	for _, plan := range plans {
		if name := plan.Metadata.Namespace; !slices.Contains(names, name) {
			if connection.Lacks(ctx, name) {
				return nil, fmt.Errorf("%s: plan %s: the cluster has no namespace %s; create it, or correct metadata.namespace",
					plan.Position, plan.Key(), name)
			}
			names = append(names, name)
		}
	}
	return names, nil
}

func inForce(plans []spec.Plan, operators calendar.Hours) []reconciler.Plan {
	var wanted []reconciler.Plan
	for _, plan := range plans {
		wanted = append(wanted, reconciler.Plan{Plan: plan, Digest: plan.Digest(), Operator: operators})
	}
	return wanted
}
