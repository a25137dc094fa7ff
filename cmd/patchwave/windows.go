package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/report"
)

func windowsCommand() *cobra.Command {
	config := ""
	cmd := &cobra.Command{
		Use:   "windows [FOLDER|FILE]",
		Short: "Show when plans may start pods, without a cluster",
		Long: "Show whether plans may start pods now, by their windows and freezes and those of the configuration,\n" +
			"and the coming openings, by the plan's clock and by yours. The exit code is 0 where every plan is\n" +
			"open now, 1 where one is not, more than 1 where that cannot be told.",
		Example: "  patchwave windows plans/ --config config.yaml",
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
			now, closed := time.Now(), false //nolint:forbidigo // no API server is asked
			for _, plan := range plans {
				text, open := report.Timetable(plan.Key(), plan.Spec.Hours().And(operators), now, time.Local)
				fmt.Fprint(cmd.OutOrStdout(), text)
				closed = closed || !open
			}
			if closed {
				return exit(differs)
			}
			return nil
		},
	}
	hoursFlag(cmd, &config)
	return cmd
}

func hoursFlag(cmd *cobra.Command, config *string) {
	cmd.Flags().StringVar(config, "config", "", "configuration file, for the operator's windows and freezes")
}

// operatorsHours are the windows and freezes of a configuration, none without a file.
func operatorsHours(cmd *cobra.Command, config string) (calendar.Hours, error) {
	if config == "" {
		return calendar.Hours{}, nil
	}
	flags := runFlags{config: config}
	loaded, err := flags.load(cmd)
	return loaded.Hours(), err
}
