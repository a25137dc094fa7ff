package main

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/patchwave/patchwave/e2e/stage"
)

// somebody is the field manager of a person's kubectl.
const somebody = "kubectl-patch"

// stray has a person change a pod by hand, and wants patchwave to say who did
// it and to put the pod back.
func (d *demo) stray(ctx context.Context) error {
	d.note("The example's plan corrects what has drifted each quarter of an hour; the demo's does so at once.")
	was := d.want[slices.IndexFunc(d.want, func(r row) bool { return r.Name != d.victim })]
	d.strayed = was.Name
	d.tell("person", fmt.Sprintf("kubectl patch pod %s: %s → %s", was.Name, tagOf(was.Image), tagOf(d.now)))
	if err := d.byHand(ctx, was.Name, d.now); err != nil {
		return err
	}
	err := stage.Until(ctx, "the pod is told of, and back on the plan's image", func(ctx context.Context) (bool, string) {
		have, err := d.rows(ctx)
		i := slices.IndexFunc(have, func(r row) bool { return r.Name == was.Name })
		if err != nil || i < 0 {
			return false, fmt.Sprintf("pod %s cannot be seen: %v", was.Name, err)
		}
		d.restarts = have[i].Restarts - was.Restarts
		back := d.restarts > 0 && have[i].Ready && have[i].Image == was.Image
		return back && d.watcher.drifted(was.Name, somebody) && len(d.watcher.newest().Drift) == 0, fmt.Sprintf("%+v", have[i])
	})
	if err != nil {
		return err
	}
	return d.becomes(ctx, upgraded(d.want, d.next, d.restarts, true, d.strayed))
}

func (d *demo) byHand(ctx context.Context, pod, image string) error {
	body := fmt.Sprintf(`{"spec":{"containers":[{"name":"server","image":%q}]}}`, image)
	_, err := d.stage.Kube.CoreV1().Pods(namespace).Patch(ctx, pod, types.StrategicMergePatchType, []byte(body), metav1.PatchOptions{FieldManager: somebody})
	if err != nil {
		return fmt.Errorf("changing pod %s by hand: %w", pod, err)
	}
	return nil
}
