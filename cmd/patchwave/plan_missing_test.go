package main

import (
	"strings"
	"testing"
)

// What a workload lacks, and what it wants of its pods, is foreseen.
func TestPlanForeseesWhatIsMissing(t *testing.T) {
	for name, test := range map[string]struct {
		change []string // of the Deployment
		want   string
	}{
		"all there":        {nil, "games/lobby: 3 of 3 pods to upgrade in place"},
		"one is missing":   {[]string{`"replicas":3,"template"`, `"replicas":4,"template"`}, "blocked now: Budget: 1 of 4 pods of Deployment lobby is missing\n"},
		"several are":      {[]string{`"replicas":3,"template"`, `"replicas":8,"template"`}, "at most 2 unavailable at once\n"},
		"Ready for longer": {[]string{`"replicas":3,"template"`, `"replicas":3,"minReadySeconds":45,"template"`}, "a pod counts as available after 45s, the minReadySeconds of Deployment lobby\n"},
		"for too long":     {[]string{`"replicas":3,"template"`, `"replicas":3,"minReadySeconds":600,"template"`}, "blocked now: DeadlineTooShort: pod lobby-1-0 counts as available after 10m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			objects := deployed("lobby", 3)
			objects["/deployments"] = strings.NewReplacer(test.change...).Replace(objects["/deployments"])
			holding(t, objects)
			if _, out, errs := patchwave(t, "plan", files(t, map[string]string{"a.yaml": soundPlan})); !strings.Contains(out, test.want) {
				t.Errorf("out:\n%s\nerr:\n%s", out, errs)
			}
		})
	}
}
