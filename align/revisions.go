package align

import "github.com/patchwave/patchwave/spec"

// viaRevision carries on with a StatefulSet or a DaemonSet: pods that are
// labelled with the template's revision are up to date to its controller.
func (o Owner) viaRevision(images []spec.Image) Outcome {
	switch {
	case o.Foreign() && !o.Mark.Released:
		return o.release(nil)
	case o.Foreign():
		return o.clear()
	case o.Mark.Released && o.has(images):
		return o.settle()
	case !o.Held || o.Mark.Released:
		return o.hold()
	case !o.Observed:
		return o.unseen()
	case !o.has(images):
		return steps(Step{Verb: SetTemplate, Owner: o, Images: images})
	case o.Reshaped: // as `kubectl rollout restart` does: the pods shall be replaced
		return o.release(nil)
	case o.Revision == "":
		return waits("the new revision of %s is not known yet", o)
	case len(o.stale()) > 0:
		return o.label()
	case !o.counted():
		return o.uncounted()
	}
	return o.release(nil)
}

// settle waits until the controller has found every pod up to date. One that is
// not would be replaced.
func (o Owner) settle() Outcome {
	switch {
	case o.Reshaped:
		return o.clear()
	case !o.Observed || o.Revision == "":
		return o.unseen()
	case len(o.stale()) > 0:
		return o.hold()
	case !o.counted():
		return o.uncounted()
	case o.Current != "" && o.Current != o.Revision:
		return waits("%s makes pods below its partition of the old revision %s, until all its pods are Ready", o, o.Current)
	}
	return o.clear()
}

// stale are the pods that the controller would replace, were it let go.
func (o Owner) stale() []Pod {
	var stale []Pod
	for _, pod := range o.Pods {
		if pod.Revision != o.Revision {
			stale = append(stale, pod)
		}
	}
	return stale
}

func (o Owner) label() Outcome {
	var all []Step
	for _, pod := range o.stale() {
		all = append(all, Step{Verb: Label, Owner: o, Pod: pod, Revision: o.Revision})
	}
	return Outcome{Steps: all}
}
