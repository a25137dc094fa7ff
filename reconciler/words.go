package reconciler

import (
	"fmt"

	"github.com/patchwave/patchwave/spec"
)

// command is what a person types to ask something of a plan, ready to paste.
func command(verb RequestVerb, plan spec.Key) string {
	return fmt.Sprintf("`patchwave %s %s -n %s`", verb, plan.Name, plan.Namespace)
}

// plural counts things: "1 pod", "2 pods".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
