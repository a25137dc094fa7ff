package reconciler

import (
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/spec"
)

// Plan is a plan in force: what Git says, and where it says so.
type Plan struct {
	spec.Plan

	Source   string // the configured source it was read from
	Digest   string // of the plan; another digest is another attempt
	Revision string // the commit it was read at, "main@sha1:…"

	// Operator are the windows and freezes of the operator's configuration; they
	// hold beside the plan's.
	Operator calendar.Hours

	// Held says why nothing new may start: the plan is broken at the newest
	// commit, and this is its last valid form.
	Held string
	// Unread is a plan that is held because its source was not read yet.
	Unread bool
	// Moving says which other source may have the plan by now, that its own has no
	// longer: until that is known nothing new starts, and nothing is put back.
	Moving string
	// Unreadable says since when its source cannot be read: what was read last goes on.
	Unreadable Unreadable
	// Withdrawn is a plan that a good commit no longer has: what is under way
	// is finished, and the record goes.
	Withdrawn bool
}

// Observed is everything Decide may know of the cluster. It is never older
// than our own last write.
type Observed struct {
	// Missing says why the target cannot be worked on, "" where it can.
	Missing string
	// Contested says which other plan claims a container of these pods, "" for none.
	Contested string
	// Pods are the pods the target owns, without those that are terminating,
	// finished, mirrored or of a Job.
	Pods []Pod
	// Ending are how many bare pods are terminating. What a workload lacks follows
	// from the number of pods that its Owner wants.
	Ending int
	// Owners are the target's workloads; none for bare pods.
	Owners []align.Owner
	// Moved are those that the plan aligns still, though its target is another now.
	Moved Held
	// Budgets are the PodDisruptionBudgets that select any of them.
	Budgets []Budget
	// Request is what a person asks of the plan; nil for nothing.
	Request *Request
	// Mirrored says that the record shows the plan as it is, and its source.
	Mirrored bool
	// Status is the record as last saved; zero where there is none.
	Status Status
}

// Budget is a PodDisruptionBudget, as its status has it.
type Budget struct {
	Name string
	// Allowed is disruptionsAllowed; 0 where the status is not of the newest spec.
	Allowed int
	// Desired is desiredHealthy.
	Desired int
	// Members are all pods that it selects, those of other plans, too.
	Members []Pod
}

// Pod is a live pod as Decide sees it.
type Pod struct {
	Name, UID, ResourceVersion string

	Node       string // "" while it is not scheduled
	NodeReady  bool
	NodeSince  time.Time // since when the node is Ready, or is not
	NodeLabels map[string]string

	Generation, ObservedGeneration int64

	// Begun is when its kubelet took it up (status.startTime), before it pulled
	// anything; zero where none has.
	Begun           time.Time
	Ready           Condition
	ContainersReady bool
	Gate            Gate
	Containers      []Container
	// Unscheduled are the scheduler's words on why no node takes the pod; "" where it
	// has said nothing.
	Unscheduled string
	// Leaving says by whom the pod is about to be taken away, "" where nobody asks for
	// that: its condition DisruptionTarget, or an EvictionRequest.
	Leaving string
	// MinReady is for how long its workload wants a pod Ready before it counts as
	// available: minReadySeconds.
	MinReady time.Duration
	// TerminationGrace is the pod's terminationGracePeriodSeconds.
	TerminationGrace time.Duration
	// Owner is the UID of its workload, "" for a bare pod; Template is what the
	// workload's template names.
	Owner    string
	Template []spec.Image

	// Marks are what our patches noted; none where the annotation makes no sense.
	Marks Marks

	// Inherited are the containers that another plan claims, where this one was
	// deleted: what they run is that plan's affair.
	Inherited []string

	// Drain says for which plan the gate was closed; nil where it is not noted.
	Drain *DrainMark

	// The rest is what this process remembers; zero or nil for nothing.

	// SeenDrained is since when this process has seen the pod not Ready with
	// its gate False.
	SeenDrained time.Time
	// SeenObserved is since when this process has seen that the kubelet knows the
	// pod's newest spec.
	SeenObserved time.Time
	// LastAvailable is when the pod was last seen available.
	LastAvailable time.Time
	// Doubted is when a write to it ended without an answer: it may have taken place.
	Doubted time.Time
	// Refused is the API server's last refusal to let us write the pod.
	Refused *Refusal
}

// Refusal is a write that the API server would not have: by a webhook, a quota
// or a policy.
type Refusal struct {
	Try     Try       // what was being tried
	Since   time.Time // the first of them
	Until   time.Time // when to try again
	Message string
	verb    Verb   // what was refused
	step    string // of an alignment
	wait    time.Duration
}

// Condition is a condition of a pod, with its lastTransitionTime: a clock of
// the writer's, at a resolution of one second.
type Condition struct {
	True  bool
	Since time.Time
}

// Gate is the readiness gate by which we drain a pod. Type is "" where the
// pod declares none of ours.
type Gate struct {
	Type string
	// Second is another gate of ours that the pod declares, "" for none: it is opened
	// with the first, and never closed by us.
	Second string
	Closed bool // the condition of either is False
	// Since is the condition's; zero while there is no such condition: the pod
	// is newborn, and its gate is opened without a plan.
	Since time.Time
}

// Container is a container of a pod: what its spec asks for and its status says.
type Container struct {
	Name  string
	Image string // of the spec

	// Init is a plain init container: it takes a new image and runs it when the
	// pod is made anew. Sidecar is an init container that keeps running. Exited
	// is one that will not run again in this pod.
	Init, Sidecar, Exited bool

	// RestartsAll says that a rule of its own may restart all containers of the pod when
	// it exits, and that its node knows such rules.
	RestartsAll bool

	// ID, ImageID and RunningImage are the status's containerID, imageID and image.
	ID, ImageID, RunningImage string

	Running   bool // running, and its startup probe passed
	StartedAt time.Time
	Waiting   string // the reason the kubelet gives, "" where it runs
	Message   string // the kubelet's words beside the reason

	// Writer is the field manager that wrote Image last, "" where none is noted.
	Writer    string
	WrittenAt time.Time // at a resolution of one second
}

// DrainMark is the annotation written in the same patch that closes a gate,
// so that a drain left behind by a dead process is recognised.
type DrainMark struct {
	Plan     string `json:"plan"`
	Digest   string `json:"digest"`
	Instance string `json:"instance,omitempty"` // the patchwave whose plan it is
}

// container returns the named container.
func (p Pod) container(name string) (Container, bool) {
	for _, c := range p.Containers {
		if c.Name == name {
			return c, true
		}
	}
	return Container{}, false
}

// drainedFor tells whether the gate was closed for the plan, or for nobody known.
func (p Pod) drainedFor(plan spec.Key) bool {
	return p.Gate.Closed && (p.Drain == nil || p.Drain.Plan == plan.String())
}

// trouble returns the first container that waits with a reason of failure.
func (p Pod) trouble() (Container, bool) {
	for _, c := range p.Containers {
		if c.ails() {
			return c, true
		}
	}
	return Container{}, false
}

// ails tells whether the container waits for a reason that is one of failure.
func (c Container) ails() bool {
	return c.Waiting != "" && c.Waiting != "ContainerCreating" && c.Waiting != "PodInitializing"
}
