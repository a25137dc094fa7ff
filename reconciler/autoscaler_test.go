package reconciler

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// An autoscaler that counts Ready pods alone is told of where a pod is out for longer than
// it looks back, and where it may ask for fewer.
func TestAutoscalersBesideAForecast(t *testing.T) {
	const window = 5 * time.Minute
	initOnly := func(pod *simPod) *simPod { pod.Containers[0].Init = true; return pod }
	for name, test := range map[string]struct {
		pod    *simPod
		image  string
		grace  int
		window time.Duration
		least  int
		want   string
	}{
		"a long drain":                        {aPod(), "v2", 600, window, 1, "a pod is out for 10m10s, which is longer than its scale-down looks back (5m0s)"},
		"with the restart it is too long":     {aPod(), "v2", 291, window, 1, "a pod is out for 5m1s"},
		"with the restart it is just as long": {aPod(), "v2", 290, window, 1, ""},
		"a short drain":                       {aPod(), "v2", 30, window, 1, ""},
		"a short drain, and no window":        {aPod(), "v2", 30, 0, 1, "a pod is out for 40s, which is longer than its scale-down looks back (0s)"},
		"a restart, and no window":            {aPod(), "v2", 0, 0, 1, "a pod is out for 10s"},
		"no pod is drained":                   {aPod().withoutGate(), "v2", 600, window, 1, ""},
		"nothing to do":                       {aPod(), "v1", 600, window, 1, ""},
		"nothing restarts":                    {initOnly(aPod()), "v2", 600, 0, 1, ""},
		"it may ask for no fewer":             {aPod(), "v2", 600, window, 10, ""},
		"it may ask for one less":             {aPod(), "v2", 600, window, 9, "a pod is out for 10m10s"},
		"an hour, and no longer window":       {aPod(), "v2", 3600, time.Hour, 1, "3600 at most, or lower gracePeriodSeconds or maxUnavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			owner := workload("Deployment", "lobby", 10)
			plan := thePlan("app:"+test.image, grace(test.grace))
			before := Foresee(plan, observe(test.pod).of(owner, 1), epoch)
			before.Notes = []string{"another"}
			after := before.Beside([]Autoscaler{{Name: "by-load", Owner: owner, Least: test.least, Window: test.window}})
			notes := strings.Join(after.Notes, "\n")
			if told := len(after.Notes) == 2; told != (test.want != "") || !strings.Contains(notes, test.want) || !strings.HasSuffix(notes, "another") {
				t.Errorf("it says:\n%s", notes)
			}
		})
	}
}

// What is given up first goes by the workload: a StatefulSet gives up its last pods.
func TestWhichPodsAnAutoscalerTakes(t *testing.T) {
	plan := thePlan("app:v2", grace(600))
	forecast := Foresee(plan, observe(aPod()), epoch)
	for kind, first := range map[string]bool{"Deployment": true, "ReplicaSet": true, "StatefulSet": false} {
		notes := forecast.Beside([]Autoscaler{{Name: "by-load", Owner: workload(kind, "db", 2)}}).Notes
		if !strings.HasPrefix(notes[0], "HorizontalPodAutoscaler by-load may shrink "+kind+" db meanwhile") || strings.Contains(notes[0], "not Ready first") != first {
			t.Errorf("of a %s it says %q", kind, notes[0])
		}
	}
}

// Many autoscalers make no endless list.
func TestManyAutoscalers(t *testing.T) {
	forecast := Foresee(thePlan("app:v2", grace(600)), observe(aPod()), epoch)
	forecast.Notes = nil
	notes := forecast.Beside(slices.Repeat([]Autoscaler{{Name: "by-load", Owner: workload("Deployment", "lobby", 10)}}, notesListed+80)).Notes
	if last := notes[len(notes)-1]; len(notes) != notesListed+1 || last != "and 80 more of these" {
		t.Errorf("%d notes, the last %q", len(notes), last)
	}
}
