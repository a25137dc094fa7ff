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

// An autoscaler that a long drain would mislead is told of.
func TestPlanTellsOfAutoscalers(t *testing.T) {
	const (
		byPlayers = `{"metadata":{"name":"by-players","namespace":"games"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"lobby"},"maxReplicas":9,
			"metrics":[{"type":"External","external":{"metric":{"name":"players"},"target":{"type":"Value","value":"100"}}}]}}`
		note = "  note: HorizontalPodAutoscaler by-players may shrink Deployment lobby meanwhile"
	)
	for name, test := range map[string]struct {
		grace, autoscalers string
		told               bool
	}{
		"a long drain":   {"600", byPlayers, true},
		"a short drain":  {"30", byPlayers, false},
		"no autoscalers": {"600", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			objects := deployed("lobby", 3)
			objects["/pods"] = strings.NewReplacer(
				`"spec":{"nodeName"`, `"spec":{"readinessGates":[{"conditionType":"patchwave.dev/InPlaceReady"}],"nodeName"`,
				`"conditions":[`, `"conditions":[{"type":"patchwave.dev/InPlaceReady","status":"True"},`,
			).Replace(objects["/pods"])
			objects["/horizontalpodautoscalers"] = test.autoscalers
			holding(t, objects)
			plan := strings.Replace(soundPlan, "spec:", "spec:\n  gracePeriodSeconds: "+test.grace, 1)
			code, out, errs := patchwave(t, "plan", files(t, map[string]string{"a.yaml": plan}))
			if code != 1 || errs != "" || strings.Contains(out, note) != test.told {
				t.Errorf("exit code %d, out:\n%s\nerr:\n%s", code, out, errs)
			}
		})
	}
}

// A pod whose eviction is asked for is not counted on, and not upgraded.
func TestPlanTellsOfEvictions(t *testing.T) {
	objects := deployed("lobby", 3)
	objects["/evictionrequests"] = `{"apiVersion":"lifecycle.k8s.io/v1alpha1","kind":"EvictionRequest","metadata":{"name":"drain-node-1","namespace":"games"},
		"spec":{"target":{"pod":{"name":"lobby-1-1","uid":"Podlobby-1-1"}},"requester":"acme.io/drain","intent":"Eviction"}}`
	holding(t, objects)
	code, out, errs := patchwave(t, "plan", files(t, map[string]string{"a.yaml": soundPlan}))
	why := "blocked now: Budget: waits for pod lobby-1-1 (it is about to be taken away: acme.io/drain asks for its eviction by EvictionRequest drain-node-1)"
	if code != 1 || errs != "" || !strings.Contains(out, why) {
		t.Errorf("exit code %d, out:\n%s\nerr:\n%s", code, out, errs)
	}
}
