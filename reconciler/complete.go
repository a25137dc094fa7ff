package reconciler

import (
	"fmt"
	"strings"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// incomplete says why the containers concerned do not run their images yet, or
// "" when they do; until is when time alone settles it.
//
// A changed imageID proves nothing (two tags may share a digest), nor does
// Ready (the kubelet's status is stale for seconds): what counts is another
// containerID than before the patch.
func (p Pod) incomplete(concerned func(Container) bool, now time.Time) (why string, until time.Time) {
	if p.ObservedGeneration < p.Generation {
		return "the kubelet has not seen the patch yet", time.Time{}
	}
	for _, c := range p.Containers {
		mark, patched := p.Marks.of(c.Name)
		if !concerned(c) || c.Init || c.Exited && !patched {
			continue
		}
		if why, until := p.restarting(c, mark, now); why != "" {
			return why, until
		}
	}
	if !p.ContainersReady {
		return "its containers are not ready", time.Time{}
	}
	return "", time.Time{}
}

// restarting says why one container does not run its new image yet.
func (p Pod) restarting(c Container, mark Mark, now time.Time) (why string, until time.Time) {
	if undone, at := p.undone(c, mark, now); undone {
		mark.ContainerID = ""
	} else if mark.ContainerID != "" && c.ID == mark.ContainerID {
		return fmt.Sprintf("container %s has not restarted yet", c.Name), Earlier(at, ahead(p.ignoredAt(c, mark), now))
	}
	switch {
	case !c.Running:
		return fmt.Sprintf("container %s is not running", c.Name), time.Time{}
	case c.runs(c.Image):
		return "", time.Time{}
	}
	// The kubelet may keep the old name for the same digest. No older container
	// can still be shutting down once this one has stood for the whole grace.
	if stood := p.stood(c); now.Before(stood) {
		return fmt.Sprintf("container %s reports image %s", c.Name, c.RunningImage), stood
	}
	return "", time.Time{}
}

// stood is when a container that reports another name has run for long enough. Our
// writes to anything else of the pod move WrittenAt, and not the mark.
func (p Pod) stood(c Container) time.Time {
	mark, marked := p.Marks.of(c.Name)
	written := c.WrittenAt
	if marked && c.Writer == Writer && mark.Time.Before(written) { // or it is forged
		written = mark.Time
	}
	return later(c.StartedAt, written).Add(p.shutdown(mark) + 5*time.Second)
}

// shutdown is how long the kubelet may take to stop what one write has changed: it
// stops one container after the other.
func (p Pod) shutdown(mark Mark) time.Duration {
	together := 0
	for _, other := range p.Marks {
		if other.Time.Equal(mark.Time) {
			together++
		}
	}
	return time.Duration(max(1, together)) * p.TerminationGrace
}

// stands is until when restarted containers have to stand, zero where none has to.
func (p Pod) stands() time.Time {
	var until time.Time
	for _, c := range p.Containers {
		if mark, patched := p.Marks.of(c.Name); patched && c.Running && c.ID != mark.ContainerID && !c.runs(c.Image) {
			until = later(until, p.stood(c))
		}
	}
	return until
}

// undone tells whether a patch changes nothing for the kubelet, which will not
// restart: it was taken back before the kubelet saw it, or took back itself what
// somebody wrote a moment before. The old container runs the image that is
// wanted, for longer than it could have taken to stop and a status to tell of it.
func (p Pod) undone(c Container, mark Mark, now time.Time) (undone bool, at time.Time) {
	switch at = p.undoneAt(c, mark); {
	case at.IsZero():
		return false, time.Time{}
	case now.Before(at):
		return false, at
	}
	return p.ObservedGeneration >= p.Generation, time.Time{}
}

// undoneAt is when a patch counts as undone, zero for one that is not.
func (p Pod) undoneAt(c Container, mark Mark) time.Time {
	if mark.ContainerID == "" || c.ID != mark.ContainerID || !c.Running || !spec.SameImage(c.Image, mark.Image) && !c.runs(c.Image) {
		return time.Time{}
	}
	return mark.Time.Add(p.shutdown(mark) + staleTime)
}

// ignoredAt is when a patch counts as without effect, by what is known now: the
// kubelet has seen it and lets the container run on, for longer than it could have
// taken to stop it and a status to tell of it. Zero means that it may still have one.
//
// Kubelets tell a container's old and new spec apart by a hash of 32 bits, which two
// images may share; a container that cannot be ended looks the same.
func (p Pod) ignoredAt(c Container, mark Mark) time.Time {
	if mark.ContainerID == "" || c.ID != mark.ContainerID || !c.Running || p.SeenObserved.IsZero() || p.ObservedGeneration < p.Generation {
		return time.Time{}
	}
	return later(mark.Time, p.SeenObserved, p.NodeSince).Add(p.shutdown(mark) + staleTime)
}

// ignored names a container among those concerned whose patch is without effect, ""
// for none.
func (p Pod) ignored(concerned func(Container) bool, now time.Time) string {
	for _, c := range p.Containers {
		mark, patched := p.Marks.of(c.Name)
		if !patched || c.Init || !concerned(c) {
			continue
		}
		undone, _ := p.undone(c, mark, now)
		if at := p.ignoredAt(c, mark); !undone && !at.IsZero() && !now.Before(at) {
			return c.Name
		}
	}
	return ""
}

// runs tells whether the status names the image, by name or by digest.
func (c Container) runs(image string) bool {
	digest := spec.ImageDigest(image)
	return spec.SameImage(c.RunningImage, image) || digest != "" && strings.HasSuffix(c.ImageID, digest)
}

// inHand tells whether the pod is under way in any plan: drained, or patched and
// not complete.
func (p Pod) inHand(now time.Time) (inHand bool, until time.Time) {
	if doubtful, until := p.doubtful(now); doubtful {
		return true, until
	}
	if p.Gate.Closed || len(p.Marks) == 0 {
		return p.Gate.Closed, time.Time{}
	}
	why, until := p.incomplete(among(p.Marks), now)
	return why != "" && p.ignored(among(p.Marks), now) == "", until
}

// doubtful tells whether a write to the pod may have taken place that does not
// show yet.
func (p Pod) doubtful(now time.Time) (doubtful bool, until time.Time) {
	until = p.Doubted.Add(staleTime)
	return !p.Doubted.IsZero() && now.Before(until), until
}

// among tells of a container whether it has a mark.
func among(marks Marks) func(Container) bool {
	return func(c Container) bool { _, marked := marks.of(c.Name); return marked }
}

// settled tells whether nothing more is to be expected of the last patches: each
// container they changed was made anew, or fails to be, or the patch was undone, or
// counts as without effect, as every one does at the deadline. One that is being
// created is started all the same.
func (p Pod) settled(deadline time.Duration, now time.Time) (settled bool, at time.Time) {
	for _, c := range p.Containers {
		mark, patched := p.Marks.of(c.Name)
		if !patched || c.Init || c.ID != mark.ContainerID || c.ID == "" || c.ails() {
			continue
		}
		undone, at := p.undone(c, mark, now)
		late := Earlier(p.ignoredAt(c, mark), later(mark.Time, p.NodeSince).Add(max(deadline, p.shutdown(mark)+staleTime)))
		if !undone && now.Before(late) {
			return false, Earlier(at, late)
		}
	}
	return true, time.Time{}
}

// availableAt tells whether the pod has been Ready for minReadySeconds, the plan's
// or its workload's, whichever is more, and if it only lacks the time, when it will
// have been.
func (p Pod) availableAt(plan spec.PlanSpec, now time.Time) (available bool, at time.Time) {
	if !p.Ready.True {
		return false, time.Time{}
	}
	since := p.Ready.Since
	for _, image := range plan.Images {
		if c, ok := p.container(image.Container); ok {
			since = later(since, c.StartedAt)
		}
	}
	minReady := max(plan.MinReady(), p.MinReady)
	at = since.Add(minReady)
	if now.Before(at) && minReady > 0 {
		return false, at
	}
	return true, time.Time{}
}
