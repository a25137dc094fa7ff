package report

import (
	"fmt"
	"testing"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/golden"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

var now = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func TestPreviews(t *testing.T) {
	for _, scene := range []struct {
		name string
		plan planned
		pods []reconciler.Pod
		more func(*reconciler.Observed)
		hpas []reconciler.Autoscaler
	}{
		{name: "three waves with grace and soak", plan: waved(lobby("v2")), pods: pods(4)},
		{name: "everything at once", plan: lobby("v2"), pods: pods(2)},
		{name: "nothing to do", plan: lobby("v1"), pods: pods(2)},
		{name: "no pods", plan: lobby("v2")},
		{name: "partly up to date", plan: waved(lobby("v2")), pods: append(pods(2), onV2(pods(4)[2:])...)},
		{name: "without readiness gates", plan: waved(lobby("v2")), pods: ungated(pods(2))},
		{name: "some without readiness gates", plan: waved(lobby("v2")), pods: append(ungated(pods(2)), pods(6)[2:]...)},
		{name: "without readiness gates, and up to date", plan: waved(lobby("v2")), pods: append(ungated(onV2(pods(2))), pods(4)[2:]...)},
		{name: "some that do not serve", plan: waved(lobby("v2")), pods: append(down(pods(2)), pods(4)[2:]...)},
		{name: "none that serves", plan: waved(lobby("v2")), pods: down(pods(2))},
		{name: "drained already", plan: waved(lobby("v2")), pods: drained(pods(1))},
		{name: "not scheduled", plan: lobby("v2"), pods: unscheduled(pods(1))},
		{name: "two containers", plan: proxied(lobby("v2")), pods: withProxy(pods(1))},
		{name: "no such container", plan: proxied(lobby("v2")), pods: pods(1)},
		{name: "no such target", plan: lobby("v2"), more: func(o *reconciler.Observed) { o.Missing = noLobby }},
		{name: "outside its windows", plan: nightly(t, lobby("v2")), pods: pods(2)},
		{name: "held up by a broken pod", plan: lobby("v2"), pods: broken(pods(3))},
		{name: "beside an autoscaler", plan: slow(lobby("v2")), pods: pods(2), hpas: []reconciler.Autoscaler{
			{Name: "by-players", Owner: align.Owner{Kind: "Deployment", Name: "lobby", Wanted: 2}, Least: 1, Window: 5 * time.Minute},
		}},
	} {
		t.Run(scene.name, func(t *testing.T) {
			observed := reconciler.Observed{Pods: scene.pods}
			if scene.more != nil {
				scene.more(&observed)
			}
			plan := reconciler.Plan{Plan: scene.plan.Plan, Digest: scene.plan.Digest()}
			golden.Compare(t, "testdata/previews", scene.name+".txt", Preview(reconciler.Foresee(plan, observed, now).Beside(scene.hpas)))
		})
	}
}

// nightly has a plan start pods at night alone.
func nightly(t *testing.T, p planned) planned {
	t.Helper()
	p.Spec.Windows = hoursOf(t, `{"windows": [{"start": "0 2 * * *", "duration": "3h", "timeZone": "Europe/Paris"}]}`).Windows[0]
	return p
}

// waved takes a plan through three waves, with grace and soak.
func waved(p planned) planned {
	p.Spec.Waves = []spec.Wave{
		{Pods: spec.Count(1), Soak: spec.Duration(10 * time.Minute)}, {Pods: spec.Percent(50)}, {Pods: spec.Percent(100)},
	}
	p.Spec.GracePeriodSeconds = 30
	return p
}

// slow drains each pod for ten minutes.
func slow(p planned) planned {
	p.Spec.GracePeriodSeconds = 600
	return p
}

// proxied names another container as well.
func proxied(p planned) planned {
	p.Spec.Images = append(p.Spec.Images, spec.Image{Container: "proxy", Image: "proxy:v9"})
	return p
}

// pods are healthy and gated, on image v1.
func pods(n int) []reconciler.Pod {
	since := now.Add(-time.Hour)
	var all []reconciler.Pod
	for i := range n {
		all = append(all, reconciler.Pod{
			Name: fmt.Sprintf("lobby-%d", i), UID: fmt.Sprint(i), Node: fmt.Sprintf("node-%d", i%2), NodeReady: true,
			Ready: reconciler.Condition{True: true, Since: since}, ContainersReady: true,
			Gate:       reconciler.Gate{Type: reconciler.GateType, Since: since},
			Containers: []reconciler.Container{running("server", "app:v1")},
		})
	}
	return all
}

func running(name, image string) reconciler.Container {
	return reconciler.Container{Name: name, Image: image, RunningImage: image, ID: "containerd://" + name, Running: true, StartedAt: now.Add(-time.Hour)}
}

// each changes pods, which were made for the purpose.
func each(pods []reconciler.Pod, change func(*reconciler.Pod)) []reconciler.Pod {
	for i := range pods {
		change(&pods[i])
	}
	return pods
}

func onV2(pods []reconciler.Pod) []reconciler.Pod {
	return each(pods, func(p *reconciler.Pod) { p.Containers[0] = running("server", "app:v2") })
}

func withProxy(pods []reconciler.Pod) []reconciler.Pod {
	return each(pods, func(p *reconciler.Pod) { p.Containers = append(p.Containers, running("proxy", "proxy:v8")) })
}

func ungated(pods []reconciler.Pod) []reconciler.Pod {
	return each(pods, func(p *reconciler.Pod) { p.Gate = reconciler.Gate{} })
}

// down are pods that do not serve.
func down(pods []reconciler.Pod) []reconciler.Pod {
	return each(pods, func(p *reconciler.Pod) { p.Ready.True, p.ContainersReady = false, false })
}

// drained are pods that the plan has taken out of service.
func drained(pods []reconciler.Pod) []reconciler.Pod {
	return each(pods, func(p *reconciler.Pod) {
		p.Ready.True, p.Gate.Closed, p.Drain = false, true, &reconciler.DrainMark{Plan: "games/lobby"}
	})
}

func unscheduled(pods []reconciler.Pod) []reconciler.Pod {
	return each(pods, func(p *reconciler.Pod) {
		p.Node, p.NodeReady, p.Ready, p.ContainersReady, p.Gate.Since = "", false, reconciler.Condition{}, false, time.Time{}
	})
}

// broken has the first pod wait for an image that is not there, on v2 already.
func broken(pods []reconciler.Pod) []reconciler.Pod {
	pods[0].Ready.True, pods[0].ContainersReady = false, false
	pods[0].Containers[0] = reconciler.Container{Name: "server", Image: "app:v2", Waiting: "ImagePullBackOff"}
	return pods
}
