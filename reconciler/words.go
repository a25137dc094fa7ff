package reconciler

import (
	"cmp"
	"fmt"
	"strings"
	"time"

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

// list names a few pods and what each waits for; of several that wait for the same,
// the first.
func list(pods []*subject) string {
	const shown = 3
	var whys []string
	alike := map[string][]*subject{}
	for _, pod := range pods {
		why := pod.waitsFor()
		if alike[why] == nil {
			whys = append(whys, why)
		}
		alike[why] = append(alike[why], pod)
	}
	var names []string
	named := 0
	for _, why := range whys[:min(shown, len(whys))] {
		name, more := "pod "+alike[why][0].Name, len(alike[why])-1
		if more > 0 {
			name += fmt.Sprintf(" and %d more", more)
		}
		names = append(names, fmt.Sprintf("%s (%s)", name, why))
		named += 1 + more
	}
	if more := len(pods) - named; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// waitsFor says what a pod waits for, and when it fails if that does not come.
func (s *subject) waitsFor() string {
	why := cmp.Or(s.Why, strings.ToLower(string(s.Phase)))
	if !s.failsAt.IsZero() {
		why += ", fails at " + s.failsAt.UTC().Format(time.RFC3339)
	}
	return why
}
