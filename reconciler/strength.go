package reconciler

import (
	"fmt"
	"strings"
)

// strength is how many pods the target is to have, and what it lacks of them.
// MaxUnavailable is of the wanted number: a pod that is not there is as
// unavailable as one that is down.
type strength struct {
	wanted int
	gaps   []gap
}

// gap is where pods are missing: not made yet, refused by a quota or by
// admission, finished, or ending.
type gap struct {
	owner           string // "" for bare pods, which nobody makes anew
	missing, wanted int
}

// strength counts by owner: what one workload has too many does not make up
// for what another lacks.
func (o Observed) strength() strength {
	if len(o.Owners) == 0 {
		s := strength{wanted: len(o.Pods) + o.Ending}
		return s.with(gap{"", o.Ending, s.wanted})
	}
	living := map[string]int{}
	for _, pod := range o.Pods {
		living[pod.Owner]++
	}
	var s strength
	for _, owner := range o.Owners {
		s.wanted += owner.Wanted
		s = s.with(gap{owner.String(), owner.Wanted - living[owner.UID], owner.Wanted})
	}
	return s
}

func (s strength) with(g gap) strength {
	if g.missing > 0 {
		s.gaps = append(s.gaps, g)
	}
	return s
}

// missing is how many pods are, of all owners.
func (s strength) missing() int {
	all := 0
	for _, gap := range s.gaps {
		all += gap.missing
	}
	return all
}

// empty returns the first owner that has no pod at all, and wants some.
func (s strength) empty() (gap, bool) {
	for _, gap := range s.gaps {
		if gap.owner != "" && gap.missing == gap.wanted {
			return gap, true
		}
	}
	return gap{}, false
}

// short tells of pods that are missing though all that are there are up to date. That
// holds up nothing: a workload may be below its number for good. It is not Ready.
func (s scene) short(attempt Attempt, objection Objection) Objection {
	missing := s.strength.String()
	if missing == "" || objection.stands() || attempt.Result != Completed || !s.progress.done() {
		return objection
	}
	return Objection{Reason: PodsMissing, Message: missing}
}

// String names what is missing, "" for nothing.
func (s strength) String() string {
	const shown = 3
	var all []string
	for _, gap := range s.gaps[:min(shown, len(s.gaps))] {
		all = append(all, gap.String())
	}
	if more := len(s.gaps) - shown; more > 0 {
		all = append(all, fmt.Sprintf("pods of %d more workloads are missing", more))
	}
	return strings.Join(all, ", ")
}

// String says how many pods of whom are missing.
func (g gap) String() string {
	are := "are"
	if g.missing == 1 {
		are = "is"
	}
	if g.owner == "" {
		return fmt.Sprintf("%d of %d pods %s ending", g.missing, g.wanted, are)
	}
	return fmt.Sprintf("%d of %d pods of %s %s missing", g.missing, g.wanted, g.owner, are)
}
