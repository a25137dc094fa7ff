package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/patchwave/patchwave/reconciler"
)

// Preview tells in plain text what a plan would do to the live pods. Of a plan that has
// none to look at, since it names something else, it counts nothing.
func Preview(f reconciler.Forecast) string {
	var b strings.Builder
	if f.Misfit.Reason != "" && f.Matched == 0 {
		return fmt.Sprintf("%s: cannot be carried out: %s: %s\n", f.Plan.Key(), f.Misfit.Reason, Visible(f.Misfit.Message))
	}
	fmt.Fprintf(&b, "%s: %d of %d pods to upgrade in place", f.Plan.Key(), f.Moves(), f.Matched)
	if f.Moves() > 0 {
		fmt.Fprintf(&b, ", at most %d unavailable at once%s", f.AtOnce, drains(f))
	}
	b.WriteString("\n")
	for i, moves := range f.Waves {
		writeWave(&b, f, i, moves)
	}
	if f.Objection.Reason != "" {
		fmt.Fprintf(&b, "  blocked now: %s: %s\n", f.Objection.Reason, Visible(f.Objection.Message))
	}
	for _, note := range f.Notes {
		fmt.Fprintf(&b, "  note: %s\n", Visible(note))
	}
	return b.String()
}

func writeWave(b *strings.Builder, f reconciler.Forecast, i int, moves []reconciler.Move) {
	if len(moves) == 0 {
		return
	}
	wave := f.Plan.Spec.EffectiveWaves()[i]
	fmt.Fprintf(b, "  wave %d of %d (%s)", i+1, len(f.Waves), wave.Pods)
	if wave.Soak > 0 {
		fmt.Fprintf(b, ", then %s of soak", time.Duration(wave.Soak))
	}
	b.WriteString("\n")
	for _, move := range moves {
		pod, manner := move.Pod, ""
		if move.Node != "" {
			pod += " on " + move.Node
		}
		if move.Drained {
			manner = " (drained first)"
		}
		for _, change := range move.Changes {
			fmt.Fprintf(b, "    %s: %s: %s -> %s%s\n", Visible(pod), change.Container, Visible(change.From), Visible(change.To), manner)
		}
	}
}
