package align

import (
	"fmt"
	"slices"
	"strings"

	"github.com/patchwave/patchwave/spec"
)

// viaSet carries on with a Deployment: its controller finds the ReplicaSet equal
// to the new template, and makes no other.
func (o Owner) viaSet(images []spec.Image) Outcome {
	set, ok := o.marked()
	switch {
	case !ok:
		return Outcome{Refused: fmt.Sprintf("%s has lost the ReplicaSet that it was aligned by; "+
			"look at it, and remove its annotation patchwave.dev/aligning", o)}
	case o.Mark.Alarm != "":
		return o.alarmed()
	case o.foreign():
		return o.giveWay(set)
	case o.Mark.Released && o.has(images) && named(set.Images, images):
		return o.watch()
	case !o.Held || o.Mark.Released:
		return o.hold()
	case !o.Observed:
		return o.unseen()
	case len(o.twins(images)) > 0:
		return o.distinguish(o.twins(images))
	case !named(set.Images, images):
		return steps(Step{Verb: SetTemplate, Owner: o, Set: &set, Images: images})
	case !set.Observed:
		return waits("the controller of ReplicaSet %s has not seen it yet", set.Name)
	}
	return o.release(images)
}

// giveWay lets the controller roll out what somebody else has written.
func (o Owner) giveWay(set Set) Outcome {
	switch {
	case o.Mark.Released:
		return steps(Step{Verb: Clear, Owner: o})
	case !named(set.Images, o.Mark.Before):
		return steps(Step{Verb: SetTemplate, Owner: o, Set: &set, Images: o.Mark.Before})
	}
	return o.release(nil)
}

// watch looks whether the controller took the set for the newest one. If not,
// the roll-out is stopped before it goes far. Where the templates differ in more
// than images, somebody wants that roll-out, as `kubectl rollout restart` does.
func (o Owner) watch() Outcome {
	if !o.Observed {
		return o.unseen()
	}
	set, _ := o.marked()
	for _, other := range o.Sets {
		if set.is(o.Images) && other.UID != set.UID && other.Replicas > 0 {
			mark := *o.Mark
			mark.Alarm = fmt.Sprintf("after the alignment of %s another ReplicaSet, %s, has pods", o, other.Name)
			return steps(Step{Verb: Hold, Owner: o, Mark: mark})
		}
	}
	return steps(Step{Verb: Clear, Owner: o})
}

// alarmed waits for a person, who lets the Deployment go.
func (o Owner) alarmed() Outcome {
	if !o.Held {
		return steps(Step{Verb: Clear, Owner: o})
	}
	return Outcome{Refused: fmt.Sprintf("%s: it is paused; see what changed its template, and then `kubectl rollout resume deployment/%s`", o.Mark.Alarm, o.Name)}
}

// current is the set that the controller takes for the newest: the oldest whose
// template is equal to the Deployment's.
func (o Owner) current() (Set, bool) { return o.find(func(s Set) bool { return s.is(o.Images) }) }

// marked is the set that the alignment goes by.
func (o Owner) marked() (Set, bool) { return o.find(func(s Set) bool { return s.UID == o.Mark.Set }) }

func (o Owner) find(holds func(Set) bool) (Set, bool) {
	i := slices.IndexFunc(o.Sets, holds)
	if i < 0 {
		return Set{}, false
	}
	return o.Sets[i], true
}

// is tells whether a set's template is the Deployment's, had it these images.
func (s Set) is(images []spec.Image) bool { return s.Like && slices.Equal(s.Images, images) }

// twins are other sets that would be equal to the new template, too: an older
// one would take over, and replace every pod.
func (o Owner) twins(images []spec.Image) []Set {
	var twins []Set
	for _, set := range o.Sets {
		if set.UID != o.Mark.Set && set.is(with(o.Images, images)) {
			twins = append(twins, set)
		}
	}
	return twins
}

func (o Owner) distinguish(twins []Set) Outcome {
	var all []Step
	for _, set := range twins {
		all = append(all, Step{Verb: Distinguish, Owner: o, Set: &set})
	}
	return Outcome{Steps: all}
}

// rollingSets says that several sets have pods, or that the template's set is
// not there yet.
func (o Owner) rollingSets() string {
	var active []string
	for _, set := range o.Sets {
		if set.Replicas > 0 {
			active = append(active, set.Name)
		}
	}
	if len(active) > 1 {
		return fmt.Sprintf("%s is rolling out: ReplicaSets %s have pods; `kubectl rollout status` shows it", o, strings.Join(active, ", "))
	}
	if _, ok := o.current(); !ok && o.Mark == nil && !o.Held {
		return fmt.Sprintf("%s is about to roll out: no ReplicaSet has its template yet", o)
	}
	return ""
}
