package align

import (
	"fmt"
	"slices"
	"strings"

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
		return refuse("it is paused, and not by patchwave; %s", o.resume())
	case o.Unknown != "":
		return refuse("its update strategy is %s, which patchwave does not know; set RollingUpdate", o.Unknown)
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

// resume says how to let a paused Deployment go without a pod replaced.
func (o Owner) resume() string {
	resume := o.kubectl("rollout resume", "")
	if unlike := o.unlike(); unlike != "" {
		return fmt.Sprintf("its pods are of other images than it names, and to resume it would replace them: first %s, then %s",
			o.kubectl("set image", unlike), resume)
	}
	return resume
}

// kubectl is a command about a Deployment, ready to paste.
func (o Owner) kubectl(verb, more string) string {
	return "`" + strings.Join(slices.DeleteFunc([]string{"kubectl", verb, "deployment/" + o.Name, more, "-n", o.Namespace}, func(word string) bool { return word == "" }), " ") + "`"
}

// unlike are the images of a Deployment's only ReplicaSet that has pods, as
// `kubectl set image` takes them, where the Deployment names others.
func (o Owner) unlike() string {
	active := o.active()
	if _, ok := o.current(); ok || len(active) != 1 || !active[0].Like {
		return ""
	}
	var all []string
	for _, image := range active[0].Images {
		all = append(all, image.Container+"="+image.Image)
	}
	return strings.Join(all, " ")
}

// Lost says that an alignment has left the owner held, and that nobody has the mark
// to end it by; "" where that is not so.
func (o Owner) Lost() string {
	ours := o.HeldByUs || o.Disowned != nil && !o.Disowned.Released
	switch {
	case o.Mark != nil || !o.Held || o.Kind != "StatefulSet" && !ours:
		return ""
	case o.Kind == "Deployment":
		return fmt.Sprintf("%s is paused by an alignment whose mark is lost; %s", o, o.resume())
	}
	return fmt.Sprintf("%s is held by an alignment whose mark is lost: %sgive it its own update strategy back%s", o, o.unlabelled(), o.was())
}

// unlabelled says which pods would be replaced, were the owner let go.
func (o Owner) unlabelled() string {
	stale := o.stale()
	if len(stale) == 0 {
		return ""
	}
	return fmt.Sprintf("first label its pods (%s and %d more) controller-revision-hash=%s, or they are replaced; then ", stale[0].Name, len(stale)-1, o.Revision)
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
		partition := ""
		if o.Current != "" {
			partition = "; where its partition keeps it there, lower the partition"
		}
		if stale := o.stale(); o.Mark == nil && o.Observed && len(stale) > 0 && !o.OnDelete {
			return fmt.Sprintf("%s is at two revisions: pod %s is not of %s; `kubectl rollout status` shows it%s", o, stale[0].Name, o.Revision, partition)
		}
	}
	return ""
}
