package reconciler

import (
	"testing"
	"time"
)

// Who lets a gate be opened may still deny an image: giving a pod back does not make its
// refusal forgotten, and the wave that failed by it stays failed.
func TestRefusalOutlivesAnOpenedGate(t *testing.T) {
	for _, test := range []struct {
		refused, written Verb
		kept             bool
	}{
		{Patch, Reopen, true},
		{Patch, Patch, false},
		{Patch, Drain, false},
		{Reopen, Reopen, false},
		{Drain, Reopen, true},
	} {
		memory, pod := Memory{}, aPod().Pod
		memory.Acted(Action{Verb: test.refused, Pod: pod}, ErrDenied, epoch)
		memory.Acted(Action{Verb: test.written, Pod: pod}, nil, epoch.Add(time.Second))
		if kept := memory.of(pod.UID).refusal != nil; kept != test.kept {
			t.Errorf("%s refused, then %s written: the refusal is kept: %t, want %t", test.refused, test.written, kept, test.kept)
		}
	}
}
