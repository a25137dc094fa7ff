package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/spec"
)

// load reads the configuration file. Flags take the same way through the
// schema, so that there is one set of rules and of defaults.
func (f *runFlags) load(cmd *cobra.Command) (spec.Config, error) {
	name, text := f.config, []byte(nil)
	var err error
	if name != "" {
		if text, err = os.ReadFile(name); err != nil {
			return spec.Config{}, fmt.Errorf("reading the configuration: %w", err)
		}
	} else {
		name = "flags"
		if text, err = f.asConfig(); err != nil {
			return spec.Config{}, err
		}
	}
	config, problems := spec.LoadConfig(name, text)
	if len(problems) > 0 {
		complain(cmd.ErrOrStderr(), problems)
		return spec.Config{}, exit(failed)
	}
	return config, nil
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
