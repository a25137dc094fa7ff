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
			"0 where nothing is to be done, 1 where something is, more than 1 where that cannot be told.",
		Example: "  patchwave plan plans/ --config config.yaml",
		Args:    cobra.MaximumNArgs(1),
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
	var names []string
	for _, plan := range plans {
		names = append(names, plan.Metadata.Namespace)
	}
	slices.Sort(names)
	world, err := cluster.Watch(ctx, connection, "", slices.Compact(names), func(string) {}, log)
	if err != nil {
		return err
	}
	moves := 0
	for _, plan := range plans {
		wanted := reconciler.Plan{Plan: plan, Digest: plan.Digest(), Operator: operators}
		observed, err := world.Observe(ctx, wanted)
		if err != nil {
			return err
		}
		forecast := reconciler.Foresee(wanted, observed, connection.Now())
		moves += forecast.Moves()
		fmt.Fprint(out, report.Preview(forecast))
	}
	if moves > 0 {
		return exit(differs)
	}
	return nil
}
