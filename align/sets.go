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
	case o.Mark.Alarm != "":
		return o.alarmed()
	case o.Mark.Released && o.has(images) && set.names(images):
		return o.watch(set)
	case !ok || len(o.others()) > 0 && (set.Replicas == 0 || !o.Held):
		return o.letGo(images)
	case o.Foreign():
		return o.giveWay(set)
	case !o.Held || o.Mark.Released:
		return o.hold()
	case !o.Observed:
		return o.unseen()
	case len(o.twins(images)) > 0:
		return o.distinguish(o.twins(images))
	case !set.names(images):
		return steps(Step{Verb: SetTemplate, Owner: o, Set: &set, Images: images})
	case !set.Observed:
		return waits("the controller of ReplicaSet %s has not seen it yet", set.Name)
	}
	return o.release(images)
}

// letGo ends an alignment by a ReplicaSet that Kubernetes replaces by another one,
// since somebody let the Deployment go, or has cleaned up while it had no pods.
func (o Owner) letGo(images []spec.Image) Outcome {
	switch {
	case o.Mark.Released || !o.Held:
		return o.clear()
	case o.Foreign() || len(o.active()) > 0:
		return o.release(nil)
	}
	return o.release(images)
}

// giveWay lets the controller roll out what somebody else has written.
func (o Owner) giveWay(set Set) Outcome {
	switch {
	case o.Mark.Released:
		return o.clear()
	case !set.names(o.Mark.Before):
		return steps(Step{Verb: SetTemplate, Owner: o, Set: &set, Images: o.Mark.Before})
	}
	return o.release(nil)
}

// watch looks whether the controller took the set for the newest one. If not,
// the roll-out is stopped before it goes far. Where the templates differ in more
// than images, somebody wants that roll-out, as `kubectl rollout restart` does.
func (o Owner) watch(set Set) Outcome {
	switch {
	case !o.Observed:
		return o.unseen()
	case !set.is(o.Images):
		return o.clear()
	}
	for _, other := range o.others() {
		if other.Replicas > o.Mark.Others[other.UID] {
			mark := *o.Mark
			mark.Alarm = fmt.Sprintf("after the alignment of %s another ReplicaSet, %s, has pods", o, other.Name)
			return steps(Step{Verb: Hold, Owner: o, Mark: mark})
		}
	}
	switch others := o.others(); {
	case len(others) > 0:
		return waits("ReplicaSet %s, of a roll-out that was stopped, is scaled down", others[0].Name)
	case !o.counted():
		return o.uncounted()
	}
	return o.clear()
}

// alarmed waits for a person, who lets the Deployment go.
func (o Owner) alarmed() Outcome {
	if alarm := o.Alarm(); alarm != "" {
		return Outcome{Refused: alarm}
	}
	return o.clear()
}

// Alarm says what went wrong after an alignment and what to do, "" where all is
// well or a person has let the Deployment go.
func (o Owner) Alarm() string {
	if o.Mark == nil || o.Mark.Alarm == "" || !o.Held {
		return ""
	}
	return fmt.Sprintf("%s: it is paused; see what changed its template, and then %s", o.Mark.Alarm, o.kubectl("rollout resume", ""))
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

// names tells whether a set's template names images in these very words: to a
// controller another text is another image.
func (s Set) names(images []spec.Image) bool { return slices.Equal(s.Images, with(s.Images, images)) }

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

// Sweep takes the copies of a Mark off a Deployment's sets once it has none itself. Its
// controller copies its annotations to its newest set and never takes one away there,
// and `kubectl rollout undo` would bring the Mark back from the set.
func (o Owner) Sweep() []Step {
	var all []Step
	for _, set := range o.Sets {
		if set.Stale {
			all = append(all, Step{Verb: Unmark, Owner: o, Set: &set})
		}
	}
	return all
}

// active are the sets that have pods, or shall have them.
func (o Owner) active() []Set {
	return slices.DeleteFunc(slices.Clone(o.Sets), func(s Set) bool { return s.Replicas == 0 })
}

// others are those beside the one that the alignment goes by.
func (o Owner) others() []Set {
	return slices.DeleteFunc(o.active(), func(s Set) bool { return s.UID == o.Mark.Set })
}

// rollingSets says that several sets have pods, or that the template's set has
// none yet.
func (o Owner) rollingSets() string {
	active := o.active()
	current, ok := o.current()
	switch {
	case len(active) > 1:
		var names []string
		for _, set := range active {
			names = append(names, set.Name)
		}
		return fmt.Sprintf("%s is rolling out: ReplicaSets %s have pods; `kubectl rollout status` shows it", o, strings.Join(names, ", "))
	case o.Mark != nil || o.Held:
		return ""
	case !ok || len(active) == 1 && active[0].UID != current.UID:
		return fmt.Sprintf("%s is about to roll out: no ReplicaSet of its template has pods yet", o)
	}
	return ""
}
