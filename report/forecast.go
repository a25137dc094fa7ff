package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

func (p Proposal) forecast(b *strings.Builder, change Change, f reconciler.Forecast) {
	if f.Misfit.Reason != "" && f.Matched == 0 { // there is nothing to count
		p.blocked(b, f.Misfit)
		return
	}
	fmt.Fprintf(b, "%s%s: %d of %d pods | %d | about %s%s\n", forecastBegins, change.Key, f.Moves(), f.Matched, restarts(f), span(change.Lasts), forecastEnds)
	images(b, f)
	p.blocked(b, f.Objection)
	manner(b, change, f)
	p.waves(b, f)
	for _, note := range f.Notes {
		fmt.Fprintf(b, "- Note: %s\n", code(note))
	}
}

// manner is how the pods would be restarted. What cannot be done as things are is
// told as what would follow.
func manner(b *strings.Builder, change Change, f reconciler.Forecast) {
	moves := f.Moves()
	if f.Objection.Stalled {
		if moves == 0 {
			return
		}
		b.WriteString("With that mended: ")
	}
	fmt.Fprintf(b, "%d of %d pods of %s restarted in place", moves, f.Matched, code(target(f.Plan.Spec.Target)))
	if moves > 0 {
		fmt.Fprintf(b, ", at most %d unavailable at once%s", f.AtOnce, drains(f))
		fmt.Fprintf(b, "; about **%s** (%s)", span(change.Lasts), change.Basis)
	}
	b.WriteString(".\n\n")
}

// drains tells how many of the pods are taken out of service before, as the plan's grace
// asks for.
func drains(f reconciler.Forecast) string {
	grace, moves, drained := f.Plan.Spec.GracePeriod(), f.Moves(), f.Drained()
	switch {
	case grace == 0:
		return ""
	case drained == 0:
		return ", patched at once without being drained"
	case drained < moves:
		return fmt.Sprintf(", %d of %d drained for %s before, %d patched at once", drained, moves, span(grace), moves-drained)
	}
	return fmt.Sprintf(", each drained for %s before", span(grace))
}

// images are the changes, with the number of pods that each concerns.
func images(b *strings.Builder, f reconciler.Forecast) {
	counts := map[reconciler.Change]int{}
	var order []reconciler.Change
	for _, move := range slices.Concat(f.Waves...) {
		for _, change := range move.Changes {
			if counts[change] == 0 {
				order = append(order, change)
			}
			counts[change]++
		}
	}
	if len(order) == 0 {
		return
	}
	b.WriteString("| container | from | to | pods |\n|---|---|---|---|\n")
	for _, change := range order[:min(maxNamed, len(order))] {
		fmt.Fprintf(b, "| %s | %s | %s | %d |\n", cell(change.Container), cell(change.From), cell(change.To), counts[change])
	}
	if left := len(order) - maxNamed; left > 0 {
		fmt.Fprintf(b, "| and %d more | | | |\n", left)
	}
	b.WriteString("\n")
}

func restarts(f reconciler.Forecast) int {
	count := 0
	for _, move := range slices.Concat(f.Waves...) {
		count += len(move.Changes)
	}
	return count
}

func target(t spec.Target) string {
	if t.Name == "" {
		return t.Kind + " by selector"
	}
	return t.Kind + " " + t.Name
}

// waves have a row each. Pods are named while there is room: the first wave's are
// the first that anybody looks for.
func (p Proposal) waves(b *strings.Builder, f reconciler.Forecast) {
	if f.Moves() == 0 {
		return
	}
	room := maxNamedInPlan
	if p.Summary {
		room = 0
	}
	b.WriteString("| wave | pods | then |\n|---|---|---|\n")
	for i, moves := range f.Waves {
		if len(moves) > 0 {
			wave := f.Plan.Spec.EffectiveWaves()[i]
			named := min(maxNamed, room, len(moves))
			room -= named
			fmt.Fprintf(b, "| %d of %d (%s) | %s | %s |\n", i+1, len(f.Waves), wave.Pods, podNames(moves, named), then(wave))
		}
	}
	b.WriteString("\n")
}

// podNames are some of a wave's pods, with their nodes, and how many others there are.
func podNames(moves []reconciler.Move, named int) string {
	if named == 0 {
		return fmt.Sprint(len(moves))
	}
	var names []string
	for _, move := range moves[:named] {
		name := cell(move.Pod)
		if move.Node != "" {
			name += " on " + cell(move.Node)
		}
		names = append(names, name)
	}
	if left := len(moves) - named; left > 0 {
		names = append(names, fmt.Sprintf("and %d more", left))
	}
	return strings.Join(names, "<br>")
}

// then is what follows a wave.
func then(wave spec.Wave) string {
	var parts []string
	if wave.Soak > 0 {
		parts = append(parts, span(time.Duration(wave.Soak))+" of soak")
	}
	if wave.Approval == spec.ApprovalRequired {
		parts = append(parts, "a person's approval")
	}
	return strings.Join(parts, ", ")
}

// blocked says what keeps it from starting now. Its words may name pods.
func (p Proposal) blocked(b *strings.Builder, objection reconciler.Objection) {
	switch {
	case objection.Reason == "":
	case p.Summary:
		fmt.Fprintf(b, "**Would not start now:** %s\n\n", objection.Reason)
	default:
		fmt.Fprintf(b, "**Would not start now:** %s: %s\n\n", objection.Reason, code(objection.Message))
	}
}
