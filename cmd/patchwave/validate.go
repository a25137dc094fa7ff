package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

func validateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate [FOLDER|FILE]",
		Short: "Check plans, without a cluster and without a network",
		Long: "Check all plans of a folder, or of one file, and print every problem as file:line:column: message.\n" +
			"The exit code is 0 where all is well, 1 where there are problems.",
		Example: "  patchwave validate plans/",
		Args:    oneAtMost("folder or file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			plans, err := soundPlans(cmd, args, differs)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s, no problems\n", counted(len(plans), "plan"))
			return err
		},
	}
}

// soundPlans reads the plans; problems are printed and end the command with the
// exit code given.
func soundPlans(cmd *cobra.Command, args []string, code exit) ([]spec.Plan, error) {
	plans, problems, err := load(args)
	if err == nil && len(problems) > 0 {
		complain(cmd.ErrOrStderr(), problems)
		fmt.Fprintf(cmd.ErrOrStderr(), "%s; %s without\n", counted(len(problems), "problem"), counted(len(plans), "plan"))
		err = code
	}
	return plans, err
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// ofFile is an error of a file without the name of the call that failed.
func ofFile(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("%s: %w", failed.Path, failed.Err)
	}
	return err
}

// load reads the plans of the folder or file named, by default of this folder.
func load(args []string) ([]spec.Plan, []spec.Problem, error) {
	place := "."
	if len(args) > 0 {
		place = args[0]
	}
	info, err := os.Stat(place)
	if err != nil {
		return nil, nil, fmt.Errorf("looking for plans: %w", ofFile(err))
	}
	if info.IsDir() {
		plans, problems := spec.Load(os.DirFS(place))
		if len(plans)+len(problems) == 0 {
			err = fmt.Errorf("%s holds no plans: these are in files named *.yaml or *.yml, which do not begin with a dot", place)
		}
		return plans, within(place, problems), err
	}
	name := filepath.Base(place)
	if !spec.PlanFile(name) {
		return nil, nil, fmt.Errorf("%s is no file of plans: these are named *.yaml or *.yml, and do not begin with a dot", place)
	}
	plans, problems := spec.Load(single{os.DirFS(filepath.Dir(place)), name})
	return plans, within(filepath.Dir(place), problems), nil
}

// within gives problems the path that the user can open.
func within(folder string, problems []spec.Problem) []spec.Problem {
	for i := range problems {
		problems[i].File = filepath.Join(folder, problems[i].File)
	}
	return problems
}

func complain(w io.Writer, problems []spec.Problem) {
	for _, problem := range problems {
		fmt.Fprintln(w, report.Visible(problem.Error()))
	}
}
