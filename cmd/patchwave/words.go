package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/schema"
)

// elsewhere says what to do instead of commands that other tools have.
var elsewhere = map[string]string{
	"apply":    "plans are applied by a push to the branch that patchwave follows; what they would do first: patchwave plan FOLDER",
	"create":   "plans are files in Git; what they would do: patchwave plan FOLDER",
	"delete":   "a plan ends when its file is taken out in Git",
	"describe": "patchwave status NAME -o yaml, or kubectl describe upgrade NAME",
	"diff":     "patchwave plan FOLDER",
	"get":      "patchwave status, or kubectl get upgrades",
	"history":  "git log shows the plans, and patchwave status NAME -o yaml the attempts of one",
	"list":     "patchwave status -A",
	"pause":    "patchwave suspend NAME -n NAMESPACE",
	"promote":  "patchwave approve NAME -n NAMESPACE",
	"restart":  "patchwave retry NAME -n NAMESPACE tries a plan again that has failed",
	"rollback": "revert the commit in Git: that is the roll-back",
	"rollout":  "patchwave status NAME, and suspend, resume, approve and retry",
	"sync":     "patchwave run reads Git again by itself, each minute by default",
	"undo":     "revert the commit in Git: that is the roll-back",
	"watch":    "kubectl get upgrades --watch; patchwave status shows how plans stand now",
}

// rephrased says in other words what cobra and pflag complain of; $1 and so on
// stand for what was found.
var rephrased = []struct {
	said *regexp.Regexp
	say  string
}{
	{regexp.MustCompile(`^accepts (?:at most )?(\d+) arg\(s\), received (\d+)$`), "$1 is the most that may be named, and $2 are"},
	{regexp.MustCompile(`^unknown command "(.*)" for "patchwave (\w+)"$`), "$2 takes nothing but flags, and not $1"},
	{regexp.MustCompile(`^unknown flag: (.*)$`), "there is no flag $1"},
	{regexp.MustCompile(`^unknown shorthand flag: '(.)' in .*$`), "there is no flag -$1"},
	{regexp.MustCompile(`^flag needs an argument: (?:'(.)' in )?(.*)$`), "a value is missing after $2"},
	{regexp.MustCompile(`^if any flags in the group \[.*\] are set none of the others can be; \[(\S+) (\S+)\] were all set$`), "--$1 and --$2 exclude each other: take one out"},
	{regexp.MustCompile(`^invalid argument "(.*)" for "(?:-\w, )?(--\S+)" flag: strconv\.ParseInt: .*$`), "$2: \"$1\" is not a whole number"},
	{regexp.MustCompile(`(?s)^invalid argument ".*" for "(?:-\w, )?(--\S+)" flag: (.*)$`), "$1: $2"},
}

// inOtherWords is the complaint of a command line that could not be read, with the
// place where help is.
func inOtherWords(cmd *cobra.Command, err error) error {
	for _, r := range rephrased {
		if r.said.MatchString(err.Error()) {
			return fmt.Errorf("%s; see `%s --help`", r.said.ReplaceAllString(err.Error(), r.say), cmd.CommandPath())
		}
	}
	return err
}

// noSuchCommand is the complaint of a command that is not there, or nil.
func noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	given := args[0]
	if instead, known := elsewhere[strings.ToLower(given)]; known {
		return fmt.Errorf("there is no command %q: %s", given, instead)
	}
	if near := root.SuggestionsFor(given); len(near) > 0 {
		return fmt.Errorf("there is no command %q; did you mean %s?", given, strings.Join(near, " or "))
	}
	return fmt.Errorf("there is no command %q; see `patchwave --help`", given)
}

// flagError is what cobra calls with a flag that cannot be read. A command that is
// not there is the graver mistake.
func flagError(cmd *cobra.Command, err error) error {
	if !cmd.HasParent() {
		if unknown := noSuchCommand(cmd, cmd.Flags().Args()); unknown != nil {
			return unknown
		}
	}
	return inOtherWords(cmd, err)
}

// lasting is a duration in a flag, written as in a plan.
type lasting time.Duration

func (l *lasting) String() string { return time.Duration(*l).String() }

// Type names the value in the help.
func (l *lasting) Type() string { return "duration" }

// Set reads the flag.
func (l *lasting) Set(text string) error {
	const such = ` duration such as "90s", "10m" or "1h30m"`
	parsed, err := time.ParseDuration(text)
	unit, instead := schema.InHours(text)
	switch {
	case instead != "":
		return fmt.Errorf("%q has %s; write %s", text, unit, instead)
	case err != nil && unitless.MatchString(text):
		return fmt.Errorf("%q has no unit; write a"+such, text)
	case err != nil:
		return fmt.Errorf("%q is not a"+such, text)
	case parsed < 0:
		return fmt.Errorf("%q is negative; write a"+such, text)
	}
	*l = lasting(parsed)
	return nil
}

var unitless = regexp.MustCompile(`^[0-9.]+$`)

// oneAtMost is for commands that look at a folder or file.
func oneAtMost(noun string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("%s takes one %s at a time, and %d are named", cmd.Name(), noun, len(args))
		}
		return nil
	}
}

// none is for commands that take flags alone.
func none(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.Flags().Lookup("config") != nil && yamlFile.MatchString(args[0]):
		return fmt.Errorf("did you mean --config %s?", args[0])
	}
	return fmt.Errorf("%s takes nothing but flags, and not %q; see `%s --help`", cmd.Name(), args[0], cmd.CommandPath())
}

var yamlFile = regexp.MustCompile(`(?i)\.ya?ml$|\.json$`)

var errNoNamespaces = errors.New("--namespaces is missing: name those whose pods the plans may upgrade, such as --namespaces games,chat")
