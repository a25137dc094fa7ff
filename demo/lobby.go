package main

import (
	"fmt"
	"strings"

	"github.com/patchwave/patchwave/examples"
)

// lobby is the example's workload and its plan, at the demo's pace.
type lobby struct {
	workload, plan     string // the plan names image 1.8.1 of the example
	now, next, missing string // images; no registry has the missing one
}

// exampleImage is what the example's plan wants; its workload runs the one before.
const exampleImage = "registry.example.com/games/lobby:1.8.1"

var (
	// pace is what the demo does not wait for.
	pace = []string{
		"soak: 30s", "soak: 3s", "gracePeriodSeconds: 10", "gracePeriodSeconds: 2",
		"minReadySeconds: 5", "minReadySeconds: 2", "progressDeadlineSeconds: 300", "progressDeadlineSeconds: 10",
		"    schedule: \"*/15 * * * *\"\n", "",
	}
	simulated = lobby{
		now: "registry.example.com/games/lobby:1.8.0", next: exampleImage, missing: "registry.example.com/games/lobby:bad-1.8.2",
	}
	// pullable are for real kubelets. The program has nothing that could be probed.
	pullable = lobby{now: "registry.k8s.io/pause:3.9", next: "registry.k8s.io/pause:3.10", missing: "registry.k8s.io/pause:bad-3.11"}
)

// newLobby reads the examples.
func newLobby(onSimulatedNodes bool) (lobby, error) {
	l := simulated
	plan, err := example("plans/games/lobby.yaml", pace...)
	if err != nil {
		return l, err
	}
	workload, err := example("workloads/lobby.yaml")
	if err != nil {
		return l, err
	}
	if !onSimulatedNodes {
		l = pullable
		workload, _, _ = strings.Cut(workload, "          readinessProbe:\n")
		workload = strings.ReplaceAll(workload, simulated.now, l.now)
	}
	l.plan, l.workload = plan, workload
	return l, nil
}

// with is the plan with another image.
func (l lobby) with(image string) map[string]string {
	return map[string]string{"plans/games/lobby.yaml": strings.ReplaceAll(l.plan, exampleImage, image)}
}

// example reads an example and replaces every other text by the one after it.
func example(path string, replaced ...string) (string, error) {
	content, err := examples.Files.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading an example: %w", err)
	}
	for i := 0; i < len(replaced); i += 2 {
		if !strings.Contains(string(content), replaced[i]) {
			return "", fmt.Errorf("example %q says no longer %q: mend the demo", path, replaced[i])
		}
	}
	return strings.NewReplacer(replaced...).Replace(string(content)), nil
}
