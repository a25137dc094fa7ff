package main

import (
	"strings"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/patchwave/patchwave/spec"
)

// TestLobby: whatever the examples say, the demo's plans are sound, and the
// workload runs what the first of them names.
func TestLobby(t *testing.T) {
	for _, onSimulatedNodes := range []bool{true, false} {
		l, err := newLobby(onSimulatedNodes)
		if err != nil {
			t.Fatal(err)
		}
		for _, image := range []string{l.now, l.next, l.missing} {
			files := fstest.MapFS{}
			for name, text := range l.with(image) {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			plans, problems := spec.Load(files)
			if len(problems) > 0 || len(plans) != 1 || plans[0].Spec.Images[0].Image != image {
				t.Errorf("image %q: got %v, %v", image, plans, problems)
			}
		}
		for _, document := range strings.Split(l.workload, "\n---\n") {
			var object map[string]any
			if err := yaml.Unmarshal([]byte(document), &object); err != nil {
				t.Error(err)
			}
		}
		probed := strings.Contains(l.workload, "readinessProbe")
		if !strings.Contains(l.workload, "image: "+l.now+"\n") || probed != onSimulatedNodes {
			t.Errorf("the workload is\n%s", l.workload)
		}
	}
}

func TestExampleMustSayWhatIsReplaced(t *testing.T) {
	if _, err := example("plans/games/lobby.yaml", "no such line", "x"); err == nil {
		t.Error("replaced what is not there")
	}
}
