package align

import (
	"testing"

	"github.com/patchwave/patchwave/spec"
)

// An owner that was released keeps its mark until its controller has seen that, and
// counts every pod as up to date: without the mark nobody would hold it again.
func TestMarkOutlastsTheRelease(t *testing.T) {
	plan := spec.Key{Namespace: "games", Name: "lobby"}
	images := []spec.Image{{Container: "server", Image: "app:v2"}}
	owners := map[string]Owner{
		"Deployment": {
			Mark: &Mark{Plan: plan.String(), Images: images, Released: true, Set: "set-1", Others: map[string]int{}},
			Sets: []Set{{Name: "lobby-1", UID: "set-1", Observed: true, Like: true, Replicas: 2, Images: images}},
		},
		"StatefulSet": {Mark: &Mark{Plan: plan.String(), Images: images, Released: true}},
		"DaemonSet":   {Mark: &Mark{Plan: plan.String(), Images: images, Released: true}},
	}
	for kind, o := range owners {
		o.Kind, o.Name, o.Images, o.HeldByUs = kind, "lobby", images, true
		o.Revision, o.Pods = "r2", []Pod{{Name: "a", Revision: "r2"}, {Name: "b", Revision: "r2"}}
		for _, test := range []struct {
			observed       bool
			updated, count int
			clears         bool
		}{
			{false, 2, 2, false}, // its status is of before the release
			{true, 1, 2, false},  // a pod is not up to date to it
			{true, 2, 3, false},  // one more is, which we do not see
			{true, 2, 2, true},
		} {
			o.Observed, o.Updated, o.Counted = test.observed, test.updated, test.count
			got := Next(o, plan, images)
			clears := len(got.Steps) == 1 && got.Steps[0].Verb == Clear
			if clears != test.clears || !clears && (got.Waits == "" || len(got.Steps) > 0) {
				t.Errorf("%s, %+v: got %+v", kind, test, got)
			}
		}
	}
}
