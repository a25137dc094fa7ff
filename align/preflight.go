package align

import (
	"fmt"

	"github.com/patchwave/patchwave/spec"
)

// Preflight says what speaks against beginning: what others do to the owner, or
// have told it.
func (o Owner) Preflight(images []spec.Image) Outcome {
	leave := "; or write template: Leave into the plan"
	refuse := func(format string, args ...any) Outcome {
		return Outcome{Refused: fmt.Sprintf("the template of %s cannot be aligned: ", o) + fmt.Sprintf(format, args...) + leave}
	}
	applier := o.applier(images)
	switch lost := o.Lost(); {
	case lost != "":
		return Outcome{Refused: lost}
	case o.Mark != nil || o.has(images):
		return Outcome{}
	case applier != "":
		return refuse("%s owns its images and would write them back, and a change there replaces every pod", applier)
	case o.Kind == "Deployment" && o.Held:
		return refuse("it is paused, and not by patchwave; `kubectl rollout resume deployment/%s`", o.Name)
	case o.OnDelete:
		return refuse("its update strategy is OnDelete, and pods made anew would change; set RollingUpdate")
	}
	if !o.Observed && o.Kind != "ReplicaSet" { // what was written to it is yet to show
		return o.unseen()
	}
	if rolling := o.Rolling(); rolling != "" {
		return waits("%s", rolling)
	}
	return Outcome{}
}

// Lost says that an alignment has left the owner held, and that nobody has the mark
// to end it by; "" where that is not so.
func (o Owner) Lost() string {
	switch {
	case o.Mark != nil || !o.Held:
		return ""
	case o.Kind == "StatefulSet":
		return fmt.Sprintf("%s is held at partition %d, and the mark of the alignment that did so is lost; give it its own partition back%s", o, HoldAt, o.was())
	case o.Disowned != nil && !o.Disowned.Released:
		return fmt.Sprintf("%s is held by an alignment whose mark was written by somebody else; give it its own strategy back%s, or resume it", o, o.was())
	}
	return ""
}

func (o Owner) was() string {
	if o.Disowned == nil || o.Disowned.Strategy == "" {
		return ""
	}
	return ", " + o.Disowned.Strategy
}

func (o Owner) applier(images []spec.Image) string {
	for _, image := range images {
		if tool := o.Appliers[image.Container]; tool != "" {
			return tool
		}
	}
	return ""
}

// Rolling says that Kubernetes itself replaces the owner's pods, or has stopped
// half way; "" while it does not.
func (o Owner) Rolling() string {
	switch o.Kind {
	case "Deployment":
		return o.rollingSets()
	case "StatefulSet", "DaemonSet":
		if o.Revision == "" {
			return fmt.Sprintf("the revision of %s is not known yet", o)
		}
		stale := o.stale()
		switch {
		case o.Mark != nil || !o.Observed || len(stale) == 0 || o.OnDelete:
		case o.Current != "" && !o.Held:
			return fmt.Sprintf("%s is at two revisions: its partition keeps pod %s from %s; lower the partition", o, stale[0].Name, o.Revision)
		default:
			return fmt.Sprintf("%s is at two revisions: pod %s is not of %s; `kubectl rollout status` shows it", o, stale[0].Name, o.Revision)
		}
	}
	return ""
}
