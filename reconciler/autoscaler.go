package reconciler

import (
	"fmt"
	"time"

	"github.com/patchwave/patchwave/align"
)

// RestartTime is what a container's restart is taken for where nothing is known:
// some seconds of pull and start.
const RestartTime = 10 * time.Second

// Autoscaler is a HorizontalPodAutoscaler with a metric whose target is of type Value:
// it multiplies the number of pods that are Ready, not of those that there are, by the
// metric's ratio to its target.
type Autoscaler struct {
	Name  string
	Owner align.Owner // the workload that it scales
	// Least is minReplicas: it asks for no fewer.
	Least int
	// Window is scaleDown's stabilizationWindowSeconds: it scales down to the most that it
	// would have asked for within that time.
	Window time.Duration
}

// Beside adds to a forecast what autoscalers would make of it.
func (f Forecast) Beside(autoscalers []Autoscaler) Forecast {
	var notes []string
	for _, a := range autoscalers {
		if out := f.Outage(); out > a.Window && a.Least < a.Owner.Wanted {
			notes = append(notes, a.note(out))
		}
	}
	f.Notes = append(listed(notes), f.Notes...)
	return f
}

// Outage is the longest that the forecast has one pod not Ready; zero where nothing is
// restarted.
func (f Forecast) Outage() time.Duration {
	var longest time.Duration
	for _, wave := range f.Waves {
		for _, move := range wave {
			longest = max(longest, move.Out)
		}
	}
	return longest
}

func (a Autoscaler) note(out time.Duration) string {
	which := ""
	if a.Owner.Kind == "Deployment" || a.Owner.Kind == "ReplicaSet" {
		which = ", pods that are not Ready first" // a StatefulSet gives up its last ones
	}
	return fmt.Sprintf("HorizontalPodAutoscaler %s may shrink %s meanwhile%s: its target of type Value counts Ready pods alone, and a pod is out for %s, which is longer than its scale-down looks back (%s); "+
		"raise its behavior.scaleDown.stabilizationWindowSeconds to what the roll-out takes, 3600 at most, or lower gracePeriodSeconds or maxUnavailable",
		a.Name, a.Owner, which, out, a.Window)
}
