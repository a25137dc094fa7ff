package reconciler

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// Phase is where a pod is on its way through an update.
type Phase string

// The phases of a pod.
const (
	Unreachable Phase = "Unreachable" // its node is not Ready: neither started nor failed
	Unscheduled Phase = "Unscheduled" // on the wanted images, and no node takes it
	Occupied    Phase = "Occupied"    // another plan has it under way
	Failed      Phase = "Failed"      // patched, and not available in time; or not to be patched
	Patched     Phase = "Patched"     // the kubelet is at work
	Settling    Phase = "Settling"    // on the wanted images, not yet available
	Updated     Phase = "Updated"
	Drifted     Phase = "Drifted"  // of a completed plan, on another image, and not to be corrected now
	Strayed     Phase = "Strayed"  // we wrote the image in this attempt, somebody else another
	Draining    Phase = "Draining" // its gate is closed, its grace runs
	Drained     Phase = "Drained"  // its grace is over
	Leaving     Phase = "Leaving"  // outdated, and about to be taken away: not started
	Outdated    Phase = "Outdated"
)

const (
	// followTime is how long the kubelet may take to let Ready follow a gate.
	followTime = 60 * time.Second
	// staleTime is for how long a kubelet's status may speak of the past: 3 to
	// 5 s were measured on kubelets 1.34 and 1.36, with a reserve.
	staleTime = 10 * time.Second
)

// subject is a pod with its phase, what it waits for, and when time alone
// could change that.
type subject struct {
	Pod
	Phase Phase
	Why   string
	Until time.Time

	domain    string       // of its node, as the plan's order has it
	goal      []spec.Image // what it shall run
	rewritten string       // what became of our write, where an admission webhook made another of it
	ignored   string       // a container whose patch is without effect
	drifts    []Drift      // what of a completed plan's pod has drifted
	touched   bool         // the plan had brought it to its goal, and it has drifted
	moved     bool         // the plan has patched it since it was last completed
	withdrawn bool         // the plan was deleted
	available bool         // Ready for minReadySeconds
	rising    bool         // its patch is without effect, and it is about to be available again
	failsAt   time.Time    // when it has failed, if it does not come up; zero for never
	deferred  bool         // its last write was refused, and is not to be repeated yet
	doubted   bool         // a write to it may have taken place that does not show yet
}

// inquiry is what a rule looks at.
type inquiry struct {
	pod      Pod
	plan     Plan
	recorded Status
	goal     []spec.Image
	now      time.Time
}

// rules classify a pod: the first that applies is its phase.
var rules = []struct {
	phase Phase
	rule  func(inquiry) (applies bool, why string, until time.Time)
}{
	{Unreachable, inquiry.unreachable},
	{Unscheduled, inquiry.unscheduled},
	{Occupied, inquiry.occupied},
	{Failed, inquiry.failed},
	{Failed, inquiry.refused},
	{Patched, inquiry.patched},
	{Settling, inquiry.settling},
	{Updated, inquiry.updated},
	{Drifted, inquiry.drifted},
	{Strayed, inquiry.strayed},
	{Draining, inquiry.draining},
	{Drained, inquiry.drained},
	{Leaving, inquiry.leaving},
	{Outdated, inquiry.outdated},
}

// classify gives each pod its phase, in the order of their names: what is told
// of several pods shall not hang on the order in which they were found.
func classify(plan Plan, recorded Status, pods []Pod, now time.Time) []*subject {
	subjects := make([]*subject, 0, len(pods))
	for _, pod := range pods {
		pod = pod.sane(now)
		subjects = append(subjects, inquiry{pod, plan, recorded, goal(plan, recorded, pod), now}.classify())
	}
	slices.SortFunc(subjects, func(a, b *subject) int { return cmp.Compare(a.Name, b.Name) })
	return subjects
}

func (q inquiry) classify() *subject {
	s := &subject{Pod: q.pod, goal: q.goal, rewritten: q.rewritten(), drifts: q.drifts(), moved: q.pod.patchedSince(q.plan, q.recorded), withdrawn: q.plan.Withdrawn}
	s.ignored = q.pod.ignored(q.concerned, q.now)
	s.touched = len(s.drifts) > 0 && slices.ContainsFunc(q.pod.changes(q.goal), q.brought)
	s.available, _ = q.pod.availableAt(q.plan.Spec, q.now)
	for _, r := range rules {
		applies, why, until := r.rule(q)
		if applies {
			s.Phase, s.Why, s.Until = r.phase, why, until
			break
		}
	}
	if s.Phase == Patched || s.Phase == Settling {
		s.failsAt = q.failsAt()
	}
	if _, by := q.pod.follow(q.now); s.Phase == Failed && s.ignored != "" && !s.Gate.Closed {
		s.rising, s.Until = !by.IsZero() || s.Ready.True && !s.available, Earlier(s.Until, by)
	}
	if _, left := q.leftBehind(); left {
		s.drifts, s.touched = nil, false
	}
	if s.Phase == Strayed {
		if why, until := q.pod.incomplete(among(q.pod.Marks), q.now); why != "" { // its kubelet is yet to restart it
			s.available, s.Until = false, Earlier(s.Until, until)
		}
	}
	if doubted, until := q.pod.doubtful(q.now); doubted {
		s.doubted, s.Until = true, Earlier(s.Until, until)
	}
	if r := q.refusal(); r != nil && s.Phase != Failed {
		s.Why, s.deferred = "write refused: "+r.Message, q.now.Before(r.Until)
		s.Until = Earlier(s.Until, Earlier(ahead(r.Until, q.now), ahead(r.Since.Add(q.plan.Spec.ProgressDeadline()), q.now)))
	}
	return s
}

// ahead is a time to wake at, if it has not passed.
func ahead(t, now time.Time) time.Time {
	if !t.After(now) {
		return time.Time{}
	}
	return t
}

func (q inquiry) unreachable() (bool, string, time.Time) {
	back := q.pod.NodeSince.Add(staleTime) // until then its pods' Ready of before is the node controller's
	switch {
	case q.pod.Node == "":
		return false, "", time.Time{}
	case q.pod.NodeReady && q.now.Before(back):
		return !q.pod.Ready.True && q.pod.Ready.Since.Before(q.pod.NodeSince), "node " + q.pod.Node + " was not Ready a moment ago", back
	}
	return !q.pod.NodeReady, "node " + q.pod.Node + " is not Ready", time.Time{}
}

// unscheduled is a pod that runs nowhere. It comes up on what its spec names.
func (q inquiry) unscheduled() (bool, string, time.Time) {
	return q.pod.Node == "" && q.wanted(), q.pod.unplaced(), time.Time{}
}

// unplaced says why the pod runs nowhere, "" where it has a node.
func (p Pod) unplaced() string {
	if p.Node != "" {
		return ""
	}
	return told("no node takes it", bounded(p.Unscheduled))
}

func (q inquiry) leaving() (bool, string, time.Time) {
	return q.pod.Leaving != "", q.pod.Leaving, time.Time{}
}

// occupied is a pod that another plan drains, or has patched: one after the other.
// The last to patch it has it, until its patch counts as without effect.
func (q inquiry) occupied() (bool, string, time.Time) {
	if q.pod.Gate.Closed && !q.pod.drainedFor(q.plan.Key()) {
		return true, "plan " + q.pod.Drain.Plan + " drains it", time.Time{}
	}
	others := q.pod.Marks.notBy(q.plan.Key())
	due := others.newest().Add(q.plan.Spec.ProgressDeadline())
	if len(others) == 0 || q.pod.Node == "" || q.mine().newest().After(others.newest()) || !q.now.Before(due) {
		return false, "", time.Time{}
	}
	why, completeAt := q.pod.incomplete(among(others), q.now)
	inHand := why != "" && q.pod.ignored(among(others), q.now) == ""
	return inHand, "plan " + others[0].Plan + " has patched it", Earlier(completeAt, due)
}

func (q inquiry) patched() (bool, string, time.Time) {
	why, until := q.pod.incomplete(q.concerned, q.now)
	if q.wanted() {
		return why != "", q.orTrouble(why), Earlier(until, q.failsAt())
	}
	// The kubelet does not coalesce: an earlier patch is left to take effect first.
	settled, at := q.pod.settled(q.plan.Spec.ProgressDeadline(), q.now)
	return !settled, "an earlier patch has not taken effect yet", at
}

// concerned tells whether the plan waits for a container: one that it names, or
// that it has patched when it still named it.
func (q inquiry) concerned(c Container) bool {
	_, named := spec.ImageFor(q.goal, c.Name)
	_, marked := q.mine().of(c.Name)
	return named || marked
}

func (q inquiry) settling() (bool, string, time.Time) {
	available, until := q.pod.availableAt(q.plan.Spec, q.now)
	why, blockedAt := q.pod.follow(q.now)
	return q.wanted() && (!available || q.pod.Gate.Closed), q.orTrouble(why), Earlier(Earlier(until, blockedAt), q.failsAt())
}

func (q inquiry) updated() (bool, string, time.Time) {
	return q.wanted(), "", time.Time{}
}

// rewritten tells of an image that our own write brought, and that is not the one we sent.
func (q inquiry) rewritten() string {
	for _, change := range q.pod.changes(q.goal) {
		c, _ := q.pod.container(change.Container)
		tried := q.tried(c.Name) || q.recorded.Attempt.Result == Completed && q.brought(change) // or one that it is the heir of
		if tried && c.Writer == Writer {
			return fmt.Sprintf("pod %s: we wrote image %s to container %s, and an admission webhook made it %s", q.pod.Name, change.Image, c.Name, c.Image)
		}
	}
	return ""
}

// strayed is law 6: an image is written once per attempt, and who else writes is
// told of. Of a completed plan that is drift.
func (q inquiry) strayed() (bool, string, time.Time) {
	if q.recorded.Attempt.Result == Completed {
		return false, "", time.Time{}
	}
	_, until := q.pod.availableAt(q.plan.Spec, q.now)
	for _, change := range q.pod.changes(q.goal) {
		if c, _ := q.pod.container(change.Container); q.tried(c.Name) {
			return true, cmp.Or(c.Writer, "somebody else") + " changed its image after our patch", until
		}
	}
	return false, "", time.Time{}
}

// tried tells whether the present attempt has patched the container.
func (q inquiry) tried(container string) bool {
	mark, marked := q.mine().of(container)
	return marked && mark.Try == q.recorded.Attempt.Try
}

// brought tells whether the plan, in this attempt or an earlier one, has written this image last.
func (q inquiry) brought(image spec.Image) bool {
	mark, marked := q.mine().of(image.Container)
	return marked && spec.SameImage(mark.Wrote, image.Image)
}

// mine are the plan's marks.
func (q inquiry) mine() Marks { return q.pod.Marks.by(q.plan.Key()) }

func (q inquiry) draining() (bool, string, time.Time) {
	end := q.pod.graceEnd(q.plan.Spec)
	if !q.pod.Gate.Closed || (!end.IsZero() && !q.now.Before(end)) {
		return false, "", time.Time{}
	}
	why, blockedAt := q.pod.follow(q.now)
	return true, why, Earlier(end, blockedAt)
}

func (q inquiry) drained() (bool, string, time.Time) {
	return q.pod.Gate.Closed, "", time.Time{}
}

func (q inquiry) outdated() (bool, string, time.Time) {
	available, until := q.pod.availableAt(q.plan.Spec, q.now)
	if available {
		return true, "", time.Time{}
	}
	return true, q.orTrouble(cmp.Or(q.pod.unplaced(), "not available")), until
}

// wanted tells whether the pod's spec names the images of its goal.
func (q inquiry) wanted() bool {
	return len(q.pod.changes(q.goal)) == 0 && q.pod.lacks(q.goal) == ""
}

// follow says which node's kubelet does not let Ready follow the gate; or when
// that would have to be said.
func (p Pod) follow(now time.Time) (why string, blockedAt time.Time) {
	switch {
	case p.Gate.Type == "" || !p.ContainersReady || p.Ready.True != p.Gate.Closed:
		return "", time.Time{}
	case p.Gate.Since.IsZero():
		return "its readiness gate is not open yet; a running patchwave opens it", time.Time{}
	}
	if by := p.Gate.Since.Add(followTime); by.After(now) {
		return "", by
	}
	return fmt.Sprintf("Ready does not follow the readiness gate; look at the kubelet of node %s", p.Node), time.Time{}
}

// graceEnd is when a drained pod may be patched; zero until it was seen not Ready.
func (p Pod) graceEnd(plan spec.PlanSpec) time.Time {
	if p.Ready.True || p.SeenDrained.IsZero() {
		return time.Time{}
	}
	// Conditions carry whole seconds: one more makes the grace never shorter.
	seen := later(p.SeenDrained, p.Ready.Since.Add(time.Second), p.Gate.Since.Add(time.Second))
	return seen.Add(plan.GracePeriod())
}
