package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/golden"
)

const pages = "../../docs/cli"

// The pages of the commands are made of their help: run with -update to write them.
func TestPages(t *testing.T) {
	root, _ := command()
	made := map[string]bool{}
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		text := strings.ReplaceAll(page(cmd), defaultData(), "~/.cache/patchwave")
		golden.Compare(t, pages, pageOf(cmd), text)
		made[pageOf(cmd)] = true
	}
	files, err := os.ReadDir(pages)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !made[file.Name()] {
			t.Errorf("docs/cli/%s is the page of no command; delete it", file.Name())
		}
	}
}

func pageOf(cmd *cobra.Command) string {
	return strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".md"
}

func page(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", cmd.CommandPath())
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintf(&b, "%s\n\n    %s\n", text, cmd.UseLine())
	block(&b, "Example", cmd.Example)
	for i, sub := range cmd.Commands() {
		if i == 0 {
			b.WriteString("\n## Commands\n\n| command | |\n|---|---|\n")
		}
		fmt.Fprintf(&b, "| [`%s`](%s) | %s |\n", sub.CommandPath(), pageOf(sub), sub.Short)
	}
	block(&b, "Flags", cmd.LocalNonPersistentFlags().FlagUsages())
	block(&b, "Flags of all commands", cmd.Root().PersistentFlags().FlagUsages())
	b.WriteString("\nMade of `" + cmd.CommandPath() + " --help`; do not edit.\n")
	return b.String()
}

// block writes a heading and text as it is; nothing where there is no text.
func block(b *strings.Builder, heading, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n```\n%s\n```\n", heading, strings.Trim(text, "\n"))
}
