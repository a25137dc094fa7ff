package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// load reads the configuration file. Flags take the same way through the
// schema, so that there is one set of rules and of defaults.
func (f *runFlags) load(cmd *cobra.Command) (spec.Config, error) {
	name, text := f.config, []byte(nil)
	var err error
	if name != "" {
		if text, err = os.ReadFile(name); err != nil {
			return spec.Config{}, fmt.Errorf("reading the configuration: %w", ofFile(err))
		}
	} else {
		name = "flags"
		if text, err = f.asConfig(); err != nil {
			return spec.Config{}, err
		}
	}
	config, problems := spec.LoadConfig(name, text)
	switch {
	case len(problems) == 0:
		return config, nil
	case f.config == "":
		complainOfFlags(cmd.ErrOrStderr(), problems)
	default:
		complain(cmd.ErrOrStderr(), problems)
	}
	return spec.Config{}, exit(failed)
}

// inFlags names the flags behind the fields of a configuration.
var inFlags = strings.NewReplacer(
	"sources[0].auth.tokenFile", "--token-file", "auth.tokenFile", "--token-file", "sources[0].", "--",
	"github.baseURL", "--github-url", "github.tokenFile", "--github-token-file", "\ngithub: ", "--github-token-file: ", "\nname: ", "--name: ",
)

// complainOfFlags prints problems by the names of their flags. The source has
// the name of the instance, so that one complaint about it is enough.
func complainOfFlags(w io.Writer, problems []spec.Problem) {
	for _, problem := range problems {
		if !strings.HasPrefix(problem.Message, "sources[0].name: ") {
			fmt.Fprintln(w, report.Visible(inFlags.Replace("\n"+problem.Message)))
		}
	}
}

// asConfig writes the flags as a configuration of one source.
func (f *runFlags) asConfig() ([]byte, error) {
	source := f.source
	source.Name = f.name
	source.Interval = spec.Duration(f.interval)
	config := spec.Config{Name: f.name, Sources: []spec.Source{source}}
	if f.github != (spec.GitHub{}) {
		config.GitHub = &f.github
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the flags as a configuration: %w", err)
	}
	return text, nil
}
