// Package spec is the language of patchwave: upgrade plans, which live in Git,
// and the operator's configuration, which does not. It parses, validates and
// locates problems; it decides nothing.
package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/patchwave/patchwave/calendar"
)

// APIVersion and PlanKind are what every plan document must carry.
const (
	APIVersion = "patchwave.dev/v1alpha1"
	PlanKind   = "UpgradePlan"
)

// Plan is one upgrade plan as it was written: what was left out stays out, and
// the methods of PlanSpec give the defaults. So a default that changes with a
// later version does not change the digest of a plan that never named it.
type Plan struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   Metadata `json:"metadata"`
	Spec       PlanSpec `json:"spec"`

	// Position is where the document begins, and NamespaceAt where its namespace
	// stands; they are no part of the plan.
	Position    Position `json:"-"`
	NamespaceAt Position `json:"-"`
}

// Metadata names a plan. The namespace is the pods' namespace, too.
type Metadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// Key is the identity of a plan: a namespace and a name, written "games/lobby".
type Key struct{ Namespace, Name string }

// String writes the key as kubectl does, with a slash.
func (k Key) String() string { return k.Namespace + "/" + k.Name }

// Key returns the plan's identity.
func (p Plan) Key() Key { return Key{p.Metadata.Namespace, p.Metadata.Name} }

// PlanSpec says which pods get which images, and how fast.
type PlanSpec struct {
	Target                  Target            `json:"target"`
	Images                  []Image           `json:"images"`
	Waves                   []Wave            `json:"waves,omitempty"`
	Partition               *Amount           `json:"partition,omitempty"`
	MaxUnavailable          *Amount           `json:"maxUnavailable,omitempty"`
	GracePeriodSeconds      int               `json:"gracePeriodSeconds,omitempty"`
	RequireReadinessGate    bool              `json:"requireReadinessGate,omitempty"`
	MinReadySeconds         int               `json:"minReadySeconds,omitempty"`
	ProgressDeadlineSeconds *int              `json:"progressDeadlineSeconds,omitempty"`
	OnFailure               string            `json:"onFailure,omitempty"`
	MaxFailures             int               `json:"maxFailures,omitempty"`
	Order                   *Order            `json:"order,omitempty"`
	Template                string            `json:"template,omitempty"`
	Windows                 []calendar.Window `json:"windows,omitempty"`
	Freezes                 []calendar.Freeze `json:"freezes,omitempty"`
	Drift                   *Drift            `json:"drift,omitempty"`
	Suspend                 *Suspend          `json:"suspend,omitempty"`
}

// Target names the workload whose pods are upgraded: exactly one of Name and
// Selector is set. Selector matches the labels of objects of that kind.
type Target struct {
	Kind     string    `json:"kind"`
	Name     string    `json:"name,omitempty"`
	Selector *Selector `json:"selector,omitempty"`
}

// Selector is a Kubernetes label selector (metav1.LabelSelector).
type Selector struct {
	MatchLabels      map[string]string     `json:"matchLabels,omitempty"`
	MatchExpressions []SelectorRequirement `json:"matchExpressions,omitempty"`
}

// SelectorRequirement is one expression of a label selector.
type SelectorRequirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values,omitempty"`
}

// Image is the image one container, named as in the pod's spec, shall run.
type Image struct {
	Container string `json:"container"`
	Image     string `json:"image"`
}

// Wave is a step of the roll-out. Pods is cumulative over the waves; Soak is
// the wait after the wave is complete and before the next one starts, and
// Approval, where Required, a person's word that it may.
type Wave struct {
	Pods     Amount   `json:"pods"`
	Soak     Duration `json:"soak,omitempty"`
	Approval string   `json:"approval,omitempty"`
}

// Order says which pods come first, by a label of their nodes, such as
// topology.kubernetes.io/zone. Policy is Spread by default: the label's values
// take turns.
type Order struct {
	TopologyKey string `json:"topologyKey"`
	Policy      string `json:"policy,omitempty"`
}

// Suspend keeps new pods from being started, until a time or until it is removed.
type Suspend struct {
	Reason string     `json:"reason"`
	Until  *time.Time `json:"until,omitempty"`
}

// The values of fields that name a way to go on.
const (
	ApprovalRequired = "Required"         // Wave.Approval
	RollBack         = "RollBack"         // PlanSpec.OnFailure; by default the roll-out halts
	OneDomainAtATime = "OneDomainAtATime" // Order.Policy
	LeaveTemplate    = "Leave"            // PlanSpec.Template; by default the template is aligned
)

// Digest identifies the content of the plan, its place in Git left out:
// "sha256:" and 64 hexadecimal digits. Another digest is another attempt.
func (p Plan) Digest() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic("a plan is made of strings and numbers: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Work identifies what the plan does, whenever it does it: its digest without
// windows, freezes, suspension and what becomes of drift.
func (p Plan) Work() string {
	p.Spec.Windows, p.Spec.Freezes, p.Spec.Suspend, p.Spec.Drift = nil, nil, nil, nil
	return p.Digest()
}

// EffectiveWaves are the plan's waves, and one of 100% behind them where the
// last takes less.
func (s PlanSpec) EffectiveWaves() []Wave {
	all := Wave{Pods: Percent(100)}
	if n := len(s.Waves); n > 0 && s.Waves[n-1].Pods == all.Pods {
		return s.Waves
	}
	return append(slices.Clone(s.Waves), all)
}

// Unavailable is how many of so many matched pods may be unavailable at once;
// by default 25%, and at least 1 by rounding.
func (s PlanSpec) Unavailable(matched int) int {
	if s.MaxUnavailable == nil {
		return Percent(25).Of(matched)
	}
	return s.MaxUnavailable.Of(matched)
}

// Kept is how many of so many matched pods the partition leaves on the old
// image; none by default. A percentage leaves a single pod none.
func (s PlanSpec) Kept(matched int) int {
	if s.Partition == nil || matched == 1 && s.Partition.percent && s.Partition.count < 100 {
		return 0
	}
	return s.Partition.Of(matched)
}

// Hours are when the plan lets pods be started; always by default.
func (s PlanSpec) Hours() calendar.Hours {
	return calendar.Hours{Windows: [][]calendar.Window{s.Windows}, Freezes: s.Freezes}
}

// GracePeriod is how long a drained pod is left unready before its container
// is restarted; 0 by default.
func (s PlanSpec) GracePeriod() time.Duration {
	return time.Duration(s.GracePeriodSeconds) * time.Second
}

// MinReady is how long a pod must be Ready before it counts as available.
func (s PlanSpec) MinReady() time.Duration {
	return time.Duration(s.MinReadySeconds) * time.Second
}

// ProgressDeadline is how long after its patch a pod may take to become
// available before it has failed; 600 s by default, as in a Deployment.
func (s PlanSpec) ProgressDeadline() time.Duration {
	if s.ProgressDeadlineSeconds == nil {
		return 600 * time.Second
	}
	return time.Duration(*s.ProgressDeadlineSeconds) * time.Second
}

// ImageFor returns the image that is named for a container.
func ImageFor(images []Image, container string) (string, bool) {
	for _, image := range images {
		if image.Container == container {
			return image.Image, true
		}
	}
	return "", false
}
