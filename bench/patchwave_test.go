package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/patchwave/patchwave/e2e/stage"
)

const plan = `
apiVersion: patchwave.dev/v1alpha1
kind: UpgradePlan
metadata: {name: lobby, namespace: NAMESPACE}
spec:
  target: {kind: Deployment, name: lobby}
  images: [{container: server, image: "IMAGE"}]
  maxUnavailable: 100%
  gracePeriodSeconds: GRACE
`

var upgrades = schema.GroupVersionResource{Group: "patchwave.dev", Version: "v1alpha1", Resource: "upgrades"}

// patchwave is the real binary: a commit goes in, and its record says when the
// roll-out is complete.
type patchwave struct {
	stage *stage.Stage
	pods  *pods
}

func newPatchwave(ctx context.Context, s *stage.Stage) (*patchwave, error) {
	watched, err := deploy(ctx, s, s.Namespace)
	if err != nil {
		return nil, err
	}
	p := &patchwave{stage: s, pods: watched}
	if err := watched.all(ctx, "are Ready", ready); err != nil {
		return nil, err
	}
	_, err = p.rollOut(ctx, way{}, "v1") // adopts them without a write
	return p, err
}

func (p *patchwave) name() string   { return "patchwave" }
func (p *patchwave) watched() *pods { return p.pods }

func (p *patchwave) rollOut(ctx context.Context, w way, tag string) (time.Duration, error) {
	text := strings.NewReplacer("NAMESPACE", p.stage.Namespace, "IMAGE", image(tag), "GRACE", fmt.Sprint(int(w.grace.Seconds()))).Replace(plan)
	commit, err := p.stage.Plans.Commit("change the plan", map[string]string{"plans/lobby.yaml": text})
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	err = p.complete(ctx, commit)
	return time.Since(begin), err
}

// complete waits until the record says that the commit is rolled out. It
// watches: a list now and then would load the API server otherwise than the bare loop's.
func (p *patchwave) complete(ctx context.Context, commit string) error {
	watch, err := p.stage.Dynamic.Resource(upgrades).Namespace(p.stage.Namespace).Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	defer watch.Stop()
	seen := ""
	for {
		select {
		case event, open := <-watch.ResultChan():
			record, ok := event.Object.(*unstructured.Unstructured)
			if !open || !ok {
				return fmt.Errorf("the watch of the record ended; last seen: %s", seen)
			}
			var done bool
			if done, seen = said(record, commit); done {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("waiting for the record: %w; last seen: %s", ctx.Err(), seen)
		}
	}
}

// said tells whether a record is Ready at the commit, and what it says.
func said(record *unstructured.Unstructured, commit string) (done bool, message string) {
	revision, _, _ := unstructured.NestedString(record.Object, "status", "attempt", "revision")
	conditions, _, _ := unstructured.NestedSlice(record.Object, "status", "conditions")
	for _, c := range conditions {
		condition, _ := c.(map[string]any)
		if condition["type"] == "Ready" {
			return condition["status"] == "True" && strings.Contains(revision, commit), fmt.Sprint(condition["message"])
		}
	}
	return false, ""
}
