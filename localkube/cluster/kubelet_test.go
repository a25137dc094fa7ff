package cluster

import (
	"io"
	"strings"
	"testing"
)

func TestAKubeletThatIsNotThereIsNotStopped(t *testing.T) {
	s := newState(t)
	if err := HoldKubelet(t.Context(), s.dir, true, io.Discard); err == nil || !strings.Contains(err.Error(), "up --kubelet") {
		t.Errorf("of a cluster of simulated nodes: %v", err)
	}
	s.Real = true
	s.Processes[nodeComponent] = sleeper(t, s.dir)
	if err := s.Processes[nodeComponent].Stop(0); err != nil {
		t.Fatal(err)
	}
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	if err := HoldKubelet(t.Context(), s.dir, true, io.Discard); err == nil || !strings.Contains(err.Error(), "does not run") {
		t.Errorf("of a node that has died: %v", err)
	}
}
