package align

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// Owner is a workload whose template pods are made from.
type Owner struct {
	Kind, Namespace, Name, UID, ResourceVersion string

	Observed bool // its controller has seen its newest generation
	// Wanted is how many pods it is to have: spec.replicas; of a DaemonSet as many as
	// its status counts, those that stay where it would start none among them.
	Wanted int
	// MinReady is its minReadySeconds: for how long a pod has to be Ready.
	MinReady time.Duration
	Images   []spec.Image // of its template, all containers
	Mark     *Mark        // nil where nobody aligns it
	// Held: a Deployment is paused, a StatefulSet's partition is HoldAt, a
	// DaemonSet's strategy is OnDelete.
	Held bool
	// Appliers are tools that would write their own image back, by container: the
	// field managers by which Argo CD, Flux or Helm own the template's images.
	Appliers map[string]string

	// HeldByUs: it was patchwave that wrote the field by which it is held.
	HeldByUs bool
	// Disowned is a mark that patchwave did not write: somebody has made the owner anew
	// from what it was in the middle of an alignment, or brought the annotation back.
	Disowned *Mark
	Refusal  *Refusal // nil where the API server took our last write

	// Its controller counts so many pods, and of them so many as of the template. A
	// DaemonSet's counts apart those that are Misplaced: where it would start none. A
	// StatefulSet and a DaemonSet count pods that end; Ending are those that have for so
	// long that a count of before is not to be feared.
	Counted, Updated, Misplaced, Ending int
	Pods                                []Pod

	// Sets are a Deployment's ReplicaSets, the oldest first.
	Sets []Set

	// A StatefulSet and a DaemonSet have revisions.
	OnDelete bool   // the strategy that leaves pods alone
	Unknown  string // the strategy's type, where it is neither that nor RollingUpdate
	Strategy string // the updateStrategy as JSON, to be given back
	Revision string // the name by which pods are labelled that are of the template; "" while unknown
	// Current is the revision of which a StatefulSet makes pods below a partition of the
	// user's, "" without one: its controller moves it once all pods are updated and Ready.
	Current string
	// Reshaped: since the Mark somebody has changed more of the template than its images.
	Reshaped bool
}

// SeenBy is how long a controller is given to have seen what has become of a pod: as
// much as a kubelet is given for its status.
const SeenBy = 10 * time.Second

// Refusal is a step that the API server would not have.
type Refusal struct {
	Step    string // as String tells it
	Message string
	Since   time.Time // the first of them
	Until   time.Time // when to try it again
}

// Refuses tells whether one of the steps was refused.
func (r *Refusal) Refuses(steps []Step) bool {
	return r != nil && slices.ContainsFunc(steps, func(s Step) bool { return s.String() == r.Step })
}

// HoldAt is a StatefulSet's partition while it is held: above all its pods, however
// many it is scaled to, and nobody else's.
const HoldAt = 1<<31 - 1

// Set is a ReplicaSet of a Deployment.
type Set struct {
	Name, UID, ResourceVersion string

	Observed bool
	Replicas int // wanted or living
	// Like tells whether its template is the Deployment's but for the images:
	// the controller takes the oldest set with an equal template for the newest.
	Like   bool
	Images []spec.Image
	// Stale: it carries a copy of a Mark that the Deployment has no more.
	Stale bool
}

// Pod is what an alignment needs of a pod.
type Pod struct {
	Name, UID, ResourceVersion string

	Revision string // label controller-revision-hash
}

// Mark is the annotation that an owner carries while it is held.
type Mark struct {
	Plan     string       `json:"plan"`
	Instance string       `json:"instance,omitempty"` // the patchwave whose plan it is
	Images   []spec.Image `json:"images"`
	Before   []spec.Image `json:"before"` // of the same containers
	// Set is the UID of the ReplicaSet that stays a Deployment's newest.
	Set string `json:"set,omitempty"`
	// Strategy is the updateStrategy to be given back, as JSON.
	Strategy string `json:"strategy,omitempty"`
	// Revision is the template's before, and Shape what it has beside the images.
	Revision string `json:"revision,omitempty"`
	Shape    string `json:"shape,omitempty"`
	// Released says that the owner was given back, and that it is watched still.
	Released bool `json:"released,omitempty"`
	// Others are ReplicaSets that had pods when it was released, with their
	// replicas: somebody had let the Deployment go, and they are scaled down now.
	Others map[string]int `json:"others,omitempty"`
	// Alarm says what went wrong after that; a person has to look.
	Alarm string `json:"alarm,omitempty"`
}

// String names the owner as kubectl would.
func (o Owner) String() string { return o.Kind + " " + o.Name }

// Differs tells whether the template names others than these images.
func (o Owner) Differs(images []spec.Image) bool { return !o.has(images) }

func (o Owner) has(images []spec.Image) bool { return named(o.Images, images) }

// Foreign tells whether somebody else has changed the template's images in the
// middle of an alignment: then it gives way.
func (o Owner) Foreign() bool {
	return o.Mark != nil && !o.has(o.Mark.Images) && !o.has(o.Mark.Before)
}

// counted tells whether the controller has found every pod to be of the template, in a
// count of the pods that we see. An older one may have had a pod that is gone since in
// the place of one whose label the controller has not seen.
func (o Owner) counted() bool {
	all := o.Counted + o.Misplaced
	return o.Updated+o.Ending >= o.Counted && all >= len(o.Pods) && all <= len(o.Pods)+o.Ending
}

func (o Owner) uncounted() Outcome {
	if o.Counted > len(o.Pods)+o.Ending {
		return waits("the controller of %s counts %d pods, and %d are not ending", o, o.Counted, len(o.Pods))
	}
	return waits("the controller of %s counts %d of %d pods as updated", o, o.Updated, len(o.Pods))
}

// Of are the template's images of the same containers.
func (o Owner) Of(images []spec.Image) []spec.Image {
	return slices.DeleteFunc(slices.Clone(o.Images), func(own spec.Image) bool {
		return !slices.ContainsFunc(images, func(image spec.Image) bool { return image.Container == own.Container })
	})
}

// named tells whether a template's images are those wanted, where it has the
// containers: others are injected into the pods, and no affair of the template's.
func named(template, images []spec.Image) bool {
	for _, own := range template {
		for _, image := range images {
			if own.Container == image.Container && !spec.SameImage(own.Image, image.Image) {
				return false
			}
		}
	}
	return true
}

// with are a template's images, those wanted laid over them.
func with(template, images []spec.Image) []spec.Image {
	all := slices.Clone(template)
	for i, own := range all {
		for _, image := range images {
			if own.Container == image.Container {
				all[i] = image
			}
		}
	}
	return all
}
