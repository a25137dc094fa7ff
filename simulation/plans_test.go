package simulation

import (
	"time"

	"github.com/patchwave/patchwave/spec"
)

// planNames are all names that plans may have in a run.
var planNames = []string{"lobby", "lobby-log", "lobby-new", "other", "rival"}

// plan makes up a plan for a workload's container.
func (w *world) plan(name string, work *workload, container, image string) spec.Plan {
	p := spec.Plan{
		APIVersion: spec.APIVersion, Kind: spec.PlanKind,
		Metadata: spec.Metadata{Namespace: namespace, Name: name},
		Spec: spec.PlanSpec{
			Target: spec.Target{Kind: work.kind, Name: work.name},
			Images: []spec.Image{{Container: container, Image: image}},
		},
	}
	s := &p.Spec
	s.Waves = w.waves(name)
	s.MaxUnavailable = one(&w.chance, "maxUnavailable", name, nil, new(spec.Count(1)), new(spec.Count(2)), new(spec.Percent(50)), new(spec.Percent(100)))
	s.GracePeriodSeconds = one(&w.chance, "grace", name, 0, 0, 2, 5, 20)
	s.MinReadySeconds = one(&w.chance, "minReady", name, 0, 0, 3, 8)
	s.ProgressDeadlineSeconds = new(one(&w.chance, "deadline", name, 30, 45, 90))
	s.MaxFailures = one(&w.chance, "maxFailures", name, 0, 0, 0, 1, 2)
	s.RequireReadinessGate = w.odds("requireReadinessGate", name, 50)
	s.Partition = one(&w.chance, "partition", name, nil, nil, nil, nil, nil, new(spec.Count(1)), new(spec.Percent(25)))
	s.OnFailure = one(&w.chance, "onFailure", name, "", "", spec.RollBack)
	s.Order = one(&w.chance, "order", name, nil, nil, nil, &spec.Order{TopologyKey: zone}, &spec.Order{TopologyKey: zone, Policy: spec.OneDomainAtATime})
	s.Windows, s.Drift = w.windows(name, 200), w.drift(name)
	s.Template = one(&w.chance, "template", name, "", "", spec.LeaveTemplate)
	if w.odds("two containers", name, 100) && container == "server" {
		s.Images = append(s.Images, spec.Image{Container: "log", Image: w.image("log")})
	}
	return p
}

func (w *world) waves(name string) []spec.Wave {
	soak := spec.Duration(one(&w.chance, "soak", name, 0, 0, 10*time.Second, time.Minute))
	waves := one(&w.chance, "waves", name, nil,
		[]spec.Wave{{Pods: spec.Count(1), Soak: soak}, {Pods: spec.Percent(100)}},
		[]spec.Wave{{Pods: spec.Count(1), Soak: soak}, {Pods: spec.Percent(50), Soak: soak}, {Pods: spec.Percent(100)}},
		[]spec.Wave{{Pods: spec.Percent(25), Soak: soak}},
		[]spec.Wave{{Pods: spec.Count(1)}, {Pods: spec.Count(2), Soak: soak}, {Pods: spec.Count(4)}})
	for i := range waves {
		if w.odds("approval", name, 150) {
			waves[i].Approval = spec.ApprovalRequired
		}
	}
	return waves
}

// image is a next image: most are good. A name that ends in x has the digest
// of the one without.
func (w *world) image(kind string) string {
	full := registry
	if w.odds("short name", kind, 100) {
		full = ""
	}
	return full + one(&w.chance, "image", kind, "app:v2", "app:v3", "app:v4", "app:v2x", "app:v1x", "app:v5", "app:slow6", "app:bad7", "app:crash8", "app:hang9")
}

// found takes a plan that is in Git; ok is false where there is none.
func (w *world) found(kind string) (source string, plan spec.Plan, ok bool) {
	type place struct {
		source string
		plan   spec.Plan
	}
	var all []place
	for _, source := range sources {
		for _, plan := range w.git.tips[source].plans {
			all = append(all, place{source, plan})
		}
	}
	if len(all) == 0 {
		return "", spec.Plan{}, false
	}
	taken := one(&w.chance, kind, "plan", all...)
	return taken.source, taken.plan, true
}

// amend commits a plan after a change.
func (w *world) amend(what string, change func(*spec.PlanSpec)) bool {
	source, plan, ok := w.found(what)
	if ok {
		plan.Spec.Images = append([]spec.Image(nil), plan.Spec.Images...)
		change(&plan.Spec)
		w.git.push(source, what, w.git.tips[source].with(plan))
	}
	return ok
}

func (w *world) pushImages() bool {
	return w.amend("new images", func(s *spec.PlanSpec) { s.Images[0].Image = w.image("new images") })
}

func (w *world) pushRevert() bool {
	return w.amend("revert", func(s *spec.PlanSpec) { s.Images[0].Image = registry + "app:v1" })
}

func (w *world) pushEdit() bool {
	return w.amend("plan edited", func(s *spec.PlanSpec) {
		s.Waves = w.waves("edit")
		s.MaxUnavailable = one(&w.chance, "edit", "maxUnavailable", new(spec.Count(1)), new(spec.Percent(50)))
		s.GracePeriodSeconds = one(&w.chance, "edit", "grace", 0, 3, 10)
	})
}

// pushSuspend suspends a plan in Git, for a while or until it is fixed.
func (w *world) pushSuspend() bool {
	return w.amend("plan suspended", func(s *spec.PlanSpec) {
		until := time.Now().Add(w.span("suspended", "until", time.Second, 2*time.Minute)).UTC().Truncate(time.Second)
		s.Suspend = one(&w.chance, "suspended", "how", &spec.Suspend{Reason: "freeze", Until: &until}, &spec.Suspend{Reason: "for good"})
	})
}

func (w *world) pushTarget() bool {
	return w.amend("target changed", func(s *spec.PlanSpec) {
		s.Target.Name = one(&w.chance, "target", "name", "lobby", "other", "nowhere")
	})
}

func (w *world) pushDeletion() bool {
	source, plan, ok := w.found("plan deleted")
	if ok {
		w.git.push(source, "plan deleted", w.git.tips[source].without(plan.Metadata.Name))
	}
	return ok
}

func (w *world) pushBroken() bool {
	source, plan, ok := w.found("plan broken")
	if ok {
		w.git.push(source, "plan broken", w.git.tips[source].without(plan.Metadata.Name),
			spec.Problem{Position: spec.Position{File: "plans.yaml", Line: 1, Column: 1}, Plan: plan.Key(), Message: "broken"})
	}
	return ok
}

func (w *world) pushBrokenFile() bool {
	source, plan, ok := w.found("file broken")
	if ok {
		w.git.push(source, "file broken", w.git.tips[source].without(plan.Metadata.Name),
			spec.Problem{Position: spec.Position{File: "plans.yaml", Line: 1, Column: 1}, Message: "not YAML"})
	}
	return ok
}

func (w *world) pushMove() bool {
	source, plan, ok := w.found("plan moved")
	if !ok {
		return false
	}
	other := sources[0]
	if source == other {
		other = sources[1]
	}
	w.book.spoiled[plan.Key()] = true // its history does not move with it
	w.git.push(source, "plan moved away", w.git.tips[source].without(plan.Metadata.Name))
	w.git.push(other, "plan moved here", w.git.tips[other].with(plan))
	return true
}

func (w *world) pushRename() bool {
	source, plan, ok := w.found("plan renamed")
	if _, taken := w.git.tips[source].plan("lobby-new"); taken {
		return false
	}
	if ok {
		plans := w.git.tips[source].without(plan.Metadata.Name)
		plan.Metadata.Name = "lobby-new"
		w.git.push(source, "plan renamed", append(plans, plan))
	}
	return ok
}

// pushContest adds a plan that claims what another one does.
func (w *world) pushContest() bool {
	source, plan, ok := w.found("contesting plan")
	if !ok || plan.Metadata.Name == "rival" {
		return false
	}
	rival := plan
	rival.Metadata.Name = "rival"
	rival.Spec.Images = []spec.Image{{Container: plan.Spec.Images[0].Container, Image: w.image("contest")}}
	w.git.push(source, "contesting plan", w.git.tips[source].with(rival))
	w.after(w.span("contest", "rival", time.Second, 2*time.Minute), func() {
		w.git.push(source, "rival withdrawn", w.git.tips[source].without("rival"))
	})
	return true
}
