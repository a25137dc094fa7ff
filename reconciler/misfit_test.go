package reconciler

import (
	"strings"
	"testing"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// A workload without pods is no proof that a container's name is right: its template is
// asked, as long as nothing was completed.
func TestContainersWithoutPods(t *testing.T) {
	misspelt := func(s *spec.PlanSpec) { s.Images[0].Container = "srv" }
	sidecar := func(s *spec.PlanSpec) { s.Images = append(s.Images, specImage("injected", "proxy:v2")) }
	completed := func(s *Status) { *s = completedAt(*s) }
	for name, test := range map[string]struct {
		change option
		status func(*Status)
		pods   []*simPod
		want   string
	}{
		"a name that is there":                 {change: func(*spec.PlanSpec) {}},
		"one that is not":                      {change: misspelt, want: `Deployment lobby has no pods, and its template has no container "srv", which the plan names; it has server`},
		"one that a webhook adds to each pod":  {change: sidecar, pods: []*simPod{withSidecar(aPod())}},
		"completed, and then scaled to none":   {change: sidecar, status: completed},
		"one that a webhook would add to pods": {change: sidecar, want: `no container "injected"`},
	} {
		t.Run(name, func(t *testing.T) {
			plan, observed := thePlan("app:v2", test.change), observe(test.pods...)
			observed.Owners = []align.Owner{anOwner("app:v1")}
			for i := range observed.Pods {
				observed.Pods[i].Owner = "owner"
			}
			observed.Status = begun(plan)
			if test.status != nil {
				test.status(&observed.Status)
			}
			got := Foresee(plan, observed, epoch).Misfit
			if !strings.Contains(got.Message, test.want) || test.want == "" && got.stands() {
				t.Errorf("it is told that %q", got.Message)
			}
			ready, _ := Decide(plan, observed, epoch).Status.Condition("Ready")
			if test.want != "" && (ready.Status == "True" || ready.Reason != "ContainerNotFound") {
				t.Errorf("Ready is %s: %s", ready.Status, ready.Reason)
			}
		})
	}
}

// withSidecar has the container that a webhook injects.
func withSidecar(pod *simPod) *simPod {
	injected := pod.Containers[0]
	injected.Name, injected.Image = "injected", "proxy:v1"
	pod.Containers = append(pod.Containers, injected)
	return pod
}

// completedAt is the record of the same attempt, completed.
func completedAt(s Status) Status {
	s.Attempt = s.Attempt.end(Completed, "", epoch)
	s.LastCompleted = s.Attempt.completion()
	return s
}
