package reconciler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// refused is a pod that the API server has not let us write for too long. One that a
// deleted plan puts back is tried again for as long as it takes.
func (q inquiry) refused() (bool, string, time.Time) {
	if why, left := q.leftBehind(); left {
		return true, why, time.Time{}
	}
	r := q.refusal()
	if r == nil || q.plan.Withdrawn || q.wanted() || q.now.Before(r.Since.Add(q.plan.Spec.ProgressDeadline())) {
		return false, "", time.Time{}
	}
	return true, r.Message, time.Time{}
}

// writeRefused is the reason of a pod that no write was let through to.
const writeRefused = "WriteRefused"

// leftBehind says why an attempt was completed without a pod: no write to it was let
// through, and the plan tolerates that. It has not drifted, and is not tried again until
// somebody else has changed it.
func (q inquiry) leftBehind() (why string, left bool) {
	done := q.recorded.Attempt.completedAt()
	if q.recorded.Attempt.Result != Completed || q.wanted() {
		return "", false
	}
	if r := q.refusal(); r != nil && r.Since.Before(done) && !q.changedSince(r.Since) {
		return r.Message, true
	}
	for _, f := range q.recorded.Failed {
		if f.UID == q.pod.UID && f.Reason == writeRefused && !f.At.After(done) && !q.changedSince(f.At) {
			return f.Message, true
		}
	}
	return "", false
}

// changedSince reports whether anybody has written an image since that is to be changed.
func (q inquiry) changedSince(at time.Time) bool {
	return slices.ContainsFunc(q.pod.changes(q.goal), func(change spec.Image) bool {
		c, _ := q.pod.container(change.Container)
		return c.WrittenAt.After(at)
	})
}

// refusal is what keeps the present attempt from writing the pod.
func (q inquiry) refusal() *Refusal {
	if q.pod.Refused == nil || q.pod.Refused.Try != q.recorded.Attempt.Try {
		return nil
	}
	return q.pod.Refused
}

func (q inquiry) failed() (bool, string, time.Time) {
	if q.recorded.Attempt.Result == Halted && q.wanted() && q.onRecord() { // a flapping pod changes nothing any more
		return true, q.shortfall(), time.Time{}
	}
	due, judged := q.deadline()
	if !judged || q.now.Before(due) {
		return false, "", time.Time{}
	}
	why, completeAt := q.pod.incomplete(q.concerned, q.now)
	available, availableAt := q.pod.availableAt(q.plan.Spec, q.now)
	return why != "" || !available, q.shortfall(), Earlier(completeAt, availableAt)
}

// onRecord tells whether the pod's failure was told already.
func (q inquiry) onRecord() bool { return !q.failedAt().IsZero() }

// failedAt is when the pod failed, zero where the record does not name it.
func (q inquiry) failedAt() time.Time {
	for _, f := range q.recorded.Failed {
		if f.UID == q.pod.UID {
			return f.At
		}
	}
	return time.Time{}
}

// deadline is when a pod that is on the wanted images, and not available, has
// failed. A pod that no kubelet has taken up does not fail on our deadline.
func (q inquiry) deadline() (due time.Time, judged bool) {
	if !q.wanted() || q.pod.Begun.IsZero() || q.settledMatter() || q.spared() || !q.answerable() {
		return time.Time{}, false
	}
	if at := q.failedAt(); q.recorded.Attempt.Result == Completed && q.mine().newest().Before(at) {
		return at, true // whatever this process has not seen yet
	}
	// A kubelet that was away has done nothing meanwhile, and what we let stand is not late.
	// Kubernetes cuts times to seconds.
	start := later(q.mine().newest(), q.recorded.Attempt.since(), q.pod.Begun.Add(time.Second), q.lastUp(), q.pod.NodeSince, q.pod.stands(), q.written(), q.undoneAt())
	trouble, troubled := q.pod.trouble()
	if trouble.Waiting == "InvalidImageName" { // cannot heal
		return start.Add(min(staleTime, q.plan.Spec.ProgressDeadline())), true
	}
	if q.pod.LastAvailable.IsZero() && !troubled { // it may have been up before we came
		start = later(start, q.pod.Ready.Since)
	}
	return Earlier(start.Add(q.plan.Spec.ProgressDeadline()), q.ignoredAt()), true
}

// lastUp is when the pod was last available. What a container does that was to be
// restarted counts for as long as it may take to stop.
func (q inquiry) lastUp() time.Time {
	up := q.pod.LastAvailable
	for _, c := range q.pod.Containers {
		mark, patched := q.pod.Marks.of(c.Name)
		if !patched || mark.ContainerID == "" || c.ID != mark.ContainerID || c.Init || !q.concerned(c) {
			continue
		}
		if undone, _ := q.pod.undone(c, mark, q.now); !undone {
			if stopped := mark.Time.Add(q.pod.shutdown(mark) + staleTime); stopped.Before(up) {
				up = stopped
			}
		}
	}
	return up
}

// undoneAt is when the last patch that the plan waits for counts as undone, zero where
// none is: from then on the pod may take its time to serve.
func (q inquiry) undoneAt() (last time.Time) {
	for _, c := range q.pod.Containers {
		mark, patched := q.pod.Marks.of(c.Name)
		if patched && q.concerned(c) && !c.Init && q.pod.ObservedGeneration >= q.pod.Generation {
			last = later(last, q.pod.undoneAt(c, mark))
		}
	}
	return last
}

// ignoredAt is when the first patch that the plan waits for counts as without effect,
// zero for never.
func (q inquiry) ignoredAt() (first time.Time) {
	for _, c := range q.pod.Containers {
		mark, patched := q.pod.Marks.of(c.Name)
		if undone, _ := q.pod.undone(c, mark, q.now); patched && q.concerned(c) && !c.Init && !undone {
			first = Earlier(first, q.pod.ignoredAt(c, mark))
		}
	}
	return first
}

// written is when the last of the wanted images was written that has no mark: it may
// be lost.
func (q inquiry) written() time.Time {
	var last time.Time
	for _, image := range q.goal {
		c, ok := q.pod.container(image.Container)
		if _, marked := q.mine().of(c.Name); ok && !marked && !c.WrittenAt.IsZero() {
			last = later(last, c.WrittenAt.Add(time.Second))
		}
	}
	return last
}

// settledMatter tells whether a pod is the cluster's affair: its attempt ended
// well, and the pod had not failed by then.
func (q inquiry) settledMatter() bool {
	attempt := q.recorded.Attempt
	done := attempt.completedAt()
	failed := q.onRecord() || q.downAt(done) || q.unchanged()
	return attempt.Result == Completed && !q.mine().newest().After(done) && !failed
}

// unchanged reports whether a container that the plan waits for runs on as before
// its patch.
func (q inquiry) unchanged() bool {
	return slices.ContainsFunc(q.pod.Containers, func(c Container) bool {
		mark, patched := q.pod.Marks.of(c.Name)
		undone, _ := q.pod.undone(c, mark, q.now)
		return patched && q.concerned(c) && !c.Init && !undone && c.Running && c.ID == mark.ContainerID
	})
}

// downAt tells whether the pod was not Ready at that time, nor has been since: of
// the failed pods a record names but the first.
func (q inquiry) downAt(t time.Time) bool {
	return !q.pod.Ready.True && !q.pod.Ready.Since.IsZero() && !q.pod.Ready.Since.After(t)
}

// answerable tells whether the plan has to answer for the pod: it has patched
// it, or drained it, or one of its containers is down, or does not run the image that
// somebody has patched it to. What else ails a pod is not the plan's.
func (q inquiry) answerable() bool {
	return len(q.mine()) > 0 || q.pod.ignored(q.concerned, q.now) != "" || q.pod.drainedFor(q.plan.Key()) || slices.ContainsFunc(q.goal, func(image spec.Image) bool {
		c, ok := q.pod.container(image.Container)
		return ok && !c.Running && !c.Init && !c.Exited
	})
}

// spared tells whether nothing is wanted of the pod, by a roll-back that has
// nothing to put back.
func (q inquiry) spared() bool {
	return q.recorded.Attempt.RollBack && !q.pod.patchedSince(q.plan, q.recorded) && !q.pod.drainedFor(q.plan.Key())
}

func (q inquiry) failsAt() time.Time {
	due, judged := q.deadline()
	if !judged {
		return time.Time{}
	}
	return ahead(due, q.now)
}

// orTrouble prefers the kubelet's reason to ours.
func (q inquiry) orTrouble(why string) string {
	if trouble, ok := q.pod.trouble(); ok {
		return "container " + told(trouble.Name, trouble.Waiting, q.pod.unrun(trouble))
	}
	return why
}

// unrun says that an image has not run yet, where the kubelet speaks of a crash: so
// it calls a wait before it pulls again, too. The container is that of before the patch.
func (p Pod) unrun(c Container) string {
	mark, patched := p.Marks.of(c.Name)
	if patched && c.ID == mark.ContainerID && c.Waiting == "CrashLoopBackOff" {
		return c.Image + " has not run yet"
	}
	return p.alongside(c)
}

// alongside says which other containers go down with one that does not come up, by
// its own rule. The status names the new image then, though that may never have run.
func (p Pod) alongside(c Container) string {
	if others := p.beside(c); c.RestartsAll && others != "" {
		return "by its restart rule it takes down " + others + ", too"
	}
	return ""
}

// told joins what there is to tell, as an error does.
func told(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ": ")
}

// shortfall says in the kubelet's words, or ours, why a pod is not available.
func (q inquiry) shortfall() string {
	if trouble, ok := q.pod.trouble(); ok {
		return told(trouble.Waiting, q.pod.unrun(trouble), trouble.Message)
	}
	if c, ok := q.pod.container(q.pod.ignored(q.concerned, q.now)); ok {
		return fmt.Sprintf("its kubelet has seen image %s, and lets the old container run on: give the image another tag, or look at the kubelet of node %s", c.Image, q.pod.Node)
	}
	if q.pod.ObservedGeneration < q.pod.Generation {
		return "its kubelet has not seen the patch within progressDeadlineSeconds: look at the kubelet of node " + q.pod.Node
	}
	return "not available within progressDeadlineSeconds after its patch"
}

// bounded cuts what a kubelet says, so that a record stays small.
func bounded(message string) string {
	const most = 500
	if runes := []rune(message); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return message
}

// failure describes a failed pod.
func (s *subject) failure(now time.Time) Failure {
	failure := Failure{Pod: s.Name, UID: s.UID, Node: s.Node, Reason: "ProgressDeadlineExceeded", Message: s.Why, At: now}
	if s.Why != "" && s.Refused != nil && s.Why == s.Refused.Message {
		failure.Reason = writeRefused
		return failure
	}
	if s.ignored != "" {
		failure.Container, failure.Reason = s.ignored, "NotRestarted"
	}
	if trouble, ok := s.trouble(); ok {
		failure.Container, failure.Reason, failure.Message = trouble.Name, trouble.Waiting, bounded(told(s.unrun(trouble), trouble.Message))
	}
	return failure
}
