package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// foreseen is the preview of a pull request with these forecasts.
func foreseen(summary bool, forecasts ...reconciler.Forecast) string {
	p := Proposal{Instance: "prod", Branch: "main", Head: shaA, Base: shaB, Summary: summary}
	for i := range forecasts {
		p.Changes = append(p.Changes, Change{Key: forecasts[i].Plan.Key(), Forecast: &forecasts[i], Lasts: time.Minute, Basis: "by its fields"})
	}
	return p.Markdown()
}

func forecastFor(p planned, pods []reconciler.Pod) reconciler.Forecast {
	return reconciler.Foresee(reconciler.Plan{Plan: p.Plan, Digest: p.Digest()}, reconciler.Observed{Pods: pods}, now)
}

// long has names as long as they may be.
func long(pods []reconciler.Pod) []reconciler.Pod {
	return each(pods, func(p *reconciler.Pod) {
		p.Name, p.Node = fmt.Sprintf("%s-%0240s", p.Name, p.UID), strings.Repeat("n", 250)
	})
}

// Many waves are all there: a plan's first pods are named, and then only counted.
func TestPreviewOfManyWaves(t *testing.T) {
	plan := lobby("v2")
	for i := range 20 {
		plan.Spec.Waves = append(plan.Spec.Waves, spec.Wave{Pods: spec.Percent(5 * (i + 1))})
	}
	got := foreseen(false, forecastFor(plan, pods(400)))
	for _, part := range []string{"400 of 400 pods of `Deployment lobby` restarted in place", "\n| 1 of 20 (5%) | `lobby-0` on `node-0`<br>", "\n| 20 of 20 (100%) | 20 |"} {
		if !strings.Contains(got, part) {
			t.Errorf("the preview lacks %q:\n%s", part, got)
		}
	}
	if named := strings.Count(got, "` on `node-"); named != maxNamedInPlan {
		t.Errorf("%d pods are named", named)
	}
}

// What has no room is cut at a line, and that is said.
func TestPreviewThatHasNoRoom(t *testing.T) {
	plan := lobby("v2")
	plan.Spec.Waves = []spec.Wave{{Pods: spec.Percent(30)}, {Pods: spec.Percent(60)}, {Pods: spec.Percent(100)}}
	got := foreseen(false, forecastFor(plan, long(pods(60))), forecastFor(plan, long(pods(60))))
	if told := strings.Count(got, "60 of 60 pods of `Deployment lobby` restarted in place"); len(got) > maxPreview || told != 2 {
		t.Errorf("the preview has %d bytes, and tells of %d plans", len(got), told)
	}
	if !strings.HasSuffix(got, "|\n\n_The rest is left out here, of 1 part: a comment holds 65,536 characters._\n") {
		t.Errorf("the preview ends in %q", got[len(got)-200:])
	}
}

// What cannot be done as things are does not read as if it would be.
func TestPreviewOfWhatHasToBeMended(t *testing.T) {
	absent, second := lobby("v2"), proxied(lobby("v2"))
	absent.Spec.Images[0].Container = "nobody"
	for name, test := range map[string]struct {
		plan        planned
		has, hasNot string
	}{
		"the only container": {absent, "**Would not start now:** ContainerNotFound: `pod lobby-0 has no container \"nobody\", which the plan names; it has server`", "restarted in place"},
		"one of two":         {second, "which the plan names; it has server`\n\nWith that mended: 2 of 2 pods of", "\n2 of 2 pods of"},
		"none":               {lobby("v2"), "\n2 of 2 pods of `Deployment lobby` restarted in place", "With that mended"},
	} {
		got := foreseen(false, forecastFor(test.plan, pods(2)))
		if !strings.Contains(got, test.has) || strings.Contains(got, test.hasNot) {
			t.Errorf("%s: the preview is\n%s", name, got)
		}
	}
}

// A summary names no pod, nor any node: neither in what is done nor in what keeps
// it from being done.
func TestSummaryNamesNoPods(t *testing.T) {
	for _, forecast := range []reconciler.Forecast{forecastFor(lobby("v2"), broken(pods(3))), forecastFor(proxied(lobby("v2")), pods(2))} {
		got := foreseen(true, forecast)
		if strings.Contains(got, "lobby-") || strings.Contains(got, "node-") || !strings.Contains(got, "**Would not start now:** "+forecast.Objection.Reason+"\n") {
			t.Errorf("%s: the summary is\n%s", forecast.Objection.Reason, got)
		}
	}
}
