package main

import (
	"regexp"
	"strings"
	"text/tabwriter"
)

var (
	hidden = regexp.MustCompile(`<!--.*?-->`)
	link   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	rule   = regexp.MustCompile(`^\|[-|]+\|$`)
	plain  = strings.NewReplacer("`", "", "**", "", "<br>", ", ")
)

// readable is a comment as a terminal can show it: what Markdown hides is left
// out, and its tables stand in columns.
func readable(markdown string) []string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for line := range strings.Lines(hidden.ReplaceAllString(markdown, "")) {
		line = strings.TrimSpace(link.ReplaceAllString(line, "$1"))
		cells, isRow := strings.CutPrefix(line, "|")
		switch {
		case rule.MatchString(line):
		case isRow:
			cells = strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(cells, "|"), " "), " ")
			_, _ = table.Write([]byte(plain.Replace(strings.ReplaceAll(strings.ReplaceAll(cells, " | ", "\t"), "| ", "\t")) + "\n")) // into memory
		default:
			_ = table.Flush()
			b.WriteString(plain.Replace(strings.TrimLeft(line, "# ")) + "\n")
		}
	}
	_ = table.Flush()
	return compact(strings.Split(b.String(), "\n"))
}

// compact leaves out empty lines.
func compact(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if line = strings.TrimRight(line, " "); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}
