package report

import (
	"fmt"
	"strings"

	"github.com/patchwave/patchwave/spec"
)

// Proposal is what merging a pull request would do, to be told.
type Proposal struct {
	Instance, Source, Branch string
	Head, Base               string // commits
	Page                     string // of the repository, for links; may be empty
	// Problems are what the pull request brings; Known counts those that the
	// branch has already.
	Problems []spec.Problem
	Known    int
	Changes  []Change
	Both     []string // files that the branch has changed as well
	// Last says that no plan of the source would be left.
	Last bool
	// Summary leaves out the names of pods and nodes.
	Summary bool
	// SchemaOnly says that the cluster was not looked at, as for a fork.
	SchemaOnly bool
}

const (
	// maxPreview is a preview's share of a comment, in bytes.
	maxPreview = maxComment / 2
	// maxNamed bounds how many pods of a wave are named.
	maxNamed = 20
	// maxNamedInPlan bounds the same for all waves of a plan.
	maxNamedInPlan = 60
	// maxProblems bounds how many problems are shown.
	maxProblems = 50
)

// Concerns tells whether there is anything to say in a comment.
func (p Proposal) Concerns() bool { return len(p.Problems) > 0 || len(p.Changes) > 0 }

// Verdict is the status "<name>/plan" of the head.
func (p Proposal) Verdict() (State, string) {
	if len(p.Problems) > 0 {
		return Failure, wrong(p.Problems...)
	}
	if len(p.Changes) == 0 {
		return Success, nothingChanged
	}
	if p.Last {
		return Success, plural(len(p.Changes), "plan") + " removed, and none is left"
	}
	return Success, plural(len(p.Changes), "plan") + " changed"
}

// Markdown is the preview as a comment shows it.
func (p Proposal) Markdown() string {
	blocks := []string{p.opening()}
	blocks = append(blocks, p.problems()...)
	for _, change := range p.Changes {
		blocks = append(blocks, p.change(change))
	}
	return fit(blocks, maxPreview, "part")
}

func (p Proposal) opening() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: what merging this would do\n\n", p.Instance)
	fmt.Fprintf(&b, "`%s`, merged into %s at `%s`", short(p.Head), code(p.Branch), short(p.Base))
	switch {
	case p.SchemaOnly:
		b.WriteString(". The pull request comes from a fork: its plans were checked, and the cluster was not looked at.\n")
	case !p.Concerns():
		b.WriteString(", changes no plan.\n")
	default:
		b.WriteString(", against the cluster as it was seen last.\n")
	}
	if p.Last {
		fmt.Fprintf(&b, "\n**This takes away all plans** of source %s. Their pods stay as they are.\n", code(p.Source))
	}
	if len(p.Both) > 0 {
		fmt.Fprintf(&b, "\nThe branch has changed %s as well; shown is what this pull request has.\n", codes(p.Both, 5))
	}
	return b.String()
}

func (p Proposal) problems() []string {
	if len(p.Problems) == 0 && p.Known == 0 {
		return nil
	}
	var b strings.Builder
	if n := len(p.Problems); n > 0 {
		fmt.Fprintf(&b, "**%s.** A broken plan stops only itself: its last valid form stays in force.\n\n", plural(n, "problem"))
	}
	for _, problem := range p.Problems[:min(maxProblems, len(p.Problems))] {
		place := linked(problem.Position.String(), p.Page, p.Head, problem.File, problem.Line)
		fmt.Fprintf(&b, "- %s: %s\n", place, code(problem.Message))
	}
	if left := len(p.Problems) - maxProblems; left > 0 {
		fmt.Fprintf(&b, "- and %d more\n", left)
	}
	if p.Known > 0 {
		fmt.Fprintf(&b, "\nThe branch has %s already, which this changes nothing about.\n", plural(p.Known, "problem"))
	}
	return []string{b.String()}
}

func (p Proposal) change(change Change) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#### %s\n\n", code(change.Key.String()))
	if words := change.words(); words != "" {
		b.WriteString(words + "\n\n")
	}
	if change.Unknown != "" {
		fmt.Fprintf(&b, "What it would do cannot be told: %s\n\n", code(change.Unknown))
	}
	if change.Forecast != nil {
		p.forecast(&b, change, *change.Forecast)
	}
	return b.String()
}

// codes quotes some names.
func codes(names []string, most int) string {
	var quoted []string
	for _, name := range names[:min(most, len(names))] {
		quoted = append(quoted, code(name))
	}
	if left := len(names) - most; left > 0 {
		quoted = append(quoted, fmt.Sprintf("%d more", left))
	}
	return strings.Join(quoted, ", ")
}
