package preview

import (
	"context"
	"slices"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// foresee asks the heart what the changed plans would do to the live pods, with
// all other plans as they are: the very decision that a merge would meet.
func (p *Previewer) foresee(ctx context.Context, view view, changes []report.Change) {
	concerned := map[string]bool{}
	for _, change := range changes {
		if change.Turn != report.Moved {
			concerned[change.Key.Namespace] = true
		}
	}
	plans := slices.DeleteFunc(reconciler.InForce(p.Sources, view.readings, view.records), func(plan reconciler.Plan) bool {
		return !concerned[plan.Metadata.Namespace]
	})
	seen, unseen := p.observe(ctx, plans)
	for i := range changes {
		change := &changes[i]
		at := slices.IndexFunc(plans, func(plan reconciler.Plan) bool { return plan.Key() == change.Key })
		switch {
		case change.Turn == report.Moved || change.Turn == report.Removed && (at < 0 || !plans[at].Withdrawn || unseen[change.Key] != nil):
		case change.Turn == report.Removed:
			p.foreseeReturn(ctx, change, plans[at], seen[change.Key])
		case at < 0:
			change.Unknown = "it would not be in force"
		case plans[at].Source != p.Source.Name:
			change.Unknown = "source " + plans[at].Source + " has a plan of this name, and keeps it"
		case unseen[change.Key] != nil:
			change.Unknown = unseen[change.Key].Error()
		default:
			p.foreseeOne(ctx, change, plans[at], seen[change.Key])
		}
	}
}

func (p *Previewer) foreseeOne(ctx context.Context, change *report.Change, plan reconciler.Plan, observed reconciler.Observed) {
	plan.Operator = p.Hours
	forecast := reconciler.Foresee(plan, observed, p.Now())
	if forecast.Outage() > 0 {
		autoscalers, err := p.World.Autoscalers(ctx, plan, observed)
		if err != nil {
			p.Log.Debug("a preview does without autoscalers", "plan", plan.Key(), "error", err)
		}
		forecast = forecast.Beside(autoscalers)
	}
	change.Forecast = &forecast
	change.Lasts, change.Basis = Estimate(forecast, observed.Status)
}

// foreseeReturn tells what of a deleted plan would be put back, if anything is.
func (p *Previewer) foreseeReturn(ctx context.Context, change *report.Change, plan reconciler.Plan, observed reconciler.Observed) {
	p.foreseeOne(ctx, change, plan, observed)
	if change.Forecast.Moves() == 0 {
		change.Forecast = nil
	}
}

// observe looks at the pods of all plans, since one may claim another's.
func (p *Previewer) observe(ctx context.Context, plans []reconciler.Plan) (map[spec.Key]reconciler.Observed, map[spec.Key]error) {
	seen, unseen := map[spec.Key]reconciler.Observed{}, map[spec.Key]error{}
	for _, plan := range plans {
		observed, err := p.World.Observe(ctx, plan)
		if err != nil {
			unseen[plan.Key()] = err
			continue
		}
		seen[plan.Key()] = observed
	}
	claimed := reconciler.ClaimsOf(plans, seen)
	for _, plan := range plans {
		seen[plan.Key()].Inherit(plan, claimed)
	}
	for key, rival := range reconciler.Contested(plans, seen) {
		observed := seen[key]
		observed.Contested = rival
		seen[key] = observed
	}
	return seen, unseen
}
