package reconciler

import (
	"time"

	"github.com/patchwave/patchwave/spec"
)

// A pod of the tables: it serves image app:v1 for an hour, behind our gate.
func aPod() *simPod { return pods(1)[0] }

func (p *simPod) withoutGate() *simPod { p.Gate = Gate{}; return p }

// withInit has a plain init container beside.
func withInit(p *simPod) *simPod {
	init := p.Containers[0]
	init.Name, init.Init = "prepare", true
	p.Containers = append([]Container{init}, p.Containers...)
	return p
}

func (p *simPod) onImage(image string) *simPod {
	p.Containers[0].Image = image
	p.Generation++
	return p
}

// patched is as our patch left it, so long ago, before the kubelet saw it.
func (p *simPod) patched(image string, ago time.Duration) *simPod {
	c := &p.Containers[0]
	p.Marks = Marks{{
		Container: c.Name, Plan: "games/lobby", Try: Try{Digest: thePlan(image).Digest}, Time: epoch.Add(-ago),
		Wrote: image, Image: c.Image, ContainerID: c.ID,
	}}
	return p.onImage(image)
}

// restarted is as the kubelet reports it when the new container runs.
func (p *simPod) restarted(ago time.Duration) *simPod {
	c := &p.Containers[0]
	c.ID, c.RunningImage, c.Running, c.StartedAt = "containerd://new", "docker.io/library/"+c.Image, true, epoch.Add(-ago)
	c.Waiting = ""
	return p.observed()
}

// sharedWith has another container, that another plan has patched so long ago.
func (p *simPod) sharedWith(plan string, ago time.Duration) *simPod {
	log := Container{Name: "log", Image: "app:v2", ID: "containerd://log"}
	p.Containers = append(p.Containers, log)
	p.Marks = append(p.Marks, Mark{Container: log.Name, Plan: plan, Try: Try{Digest: "sha256:log"}, Time: epoch.Add(-ago), ContainerID: log.ID})
	return p
}

func (p *simPod) observed() *simPod { p.ObservedGeneration = p.Generation; return p }

func (p *simPod) waiting(reason string) *simPod {
	c := &p.Containers[0]
	c.Running, c.Waiting = false, reason
	return p.observed().unready(time.Minute).containersUnready()
}

func (p *simPod) reporting(image string) *simPod { p.Containers[0].RunningImage = image; return p }

func (p *simPod) unready(ago time.Duration) *simPod {
	p.Ready = Condition{Since: epoch.Add(-ago)}
	return p
}

func (p *simPod) ready(ago time.Duration) *simPod {
	p.Ready = Condition{True: true, Since: epoch.Add(-ago)}
	return p
}

func (p *simPod) containersUnready() *simPod { p.ContainersReady = false; return p }

// drained has its gate closed, and was seen not Ready, so long ago.
func (p *simPod) drainedFor(ago time.Duration) *simPod {
	p.Gate.Closed, p.Gate.Since = true, epoch.Add(-ago)
	p.SeenDrained = epoch.Add(-ago)
	return p.unready(ago)
}

func (p *simPod) onDeadNode() *simPod { p.NodeReady = false; return p }

func (p *simPod) writtenBy(manager string, ago time.Duration) *simPod {
	c := &p.Containers[0]
	c.Writer, c.WrittenAt = manager, epoch.Add(-ago)
	return p
}

func (p *simPod) doubted(ago time.Duration) *simPod { p.Doubted = epoch.Add(-ago); return p }

func (p *simPod) onNodeBack(ago time.Duration) *simPod { p.NodeSince = epoch.Add(-ago); return p }

func (p *simPod) neverScheduled() *simPod {
	p.Node, p.NodeReady, p.Begun = "", false, time.Time{}
	return p
}

// pending runs nowhere: no kubelet has seen it.
func (p *simPod) pending() *simPod {
	p.neverScheduled().unready(time.Hour).containersUnready()
	p.Containers[0] = Container{Name: "server", Image: "app:v1"}
	p.ObservedGeneration, p.image = 0, ""
	p.Unscheduled = "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules"
	return p
}

func leaving(p *simPod) *simPod { p.Leaving = "it is about to be taken away: Eviction API"; return p }

// wantsReady is of a workload with minReadySeconds of its own.
func wantsReady(readyFor time.Duration, p *simPod) *simPod { p.MinReady = readyFor; return p }

// bound has a node, whose kubelet has not taken it up.
func (p *simPod) bound() *simPod {
	c := &p.Containers[0]
	c.ID, c.RunningImage, c.Running, c.StartedAt = "", "", false, time.Time{}
	p.Begun, p.Ready, p.ContainersReady = time.Time{}, Condition{}, false
	return p
}

// thePlan wants an image, with a grace of 10 s and a deadline of 60 s.
func thePlan(image string, options ...option) Plan {
	w := &world{}
	deadline := 60
	all := []option{func(s *spec.PlanSpec) {
		s.Images[0].Image, s.ProgressDeadlineSeconds, s.GracePeriodSeconds = image, &deadline, 10
	}}
	return w.commit("", append(all, options...)...).plan
}

// refusedFor has a write that the API server does not let through.
func (p *simPod) refusedFor(ago time.Duration) *simPod {
	p.Refused = &Refusal{Since: epoch.Add(-ago), Until: epoch.Add(time.Second), Message: "denied by a webhook"}
	return p
}

// begun says when its kubelet took it up.
func (p *simPod) begun(ago time.Duration) *simPod {
	p.Begun = epoch.Add(-ago)
	return p
}

func (p *simPod) lastAvailable(ago time.Duration) *simPod {
	p.LastAvailable = epoch.Add(-ago)
	return p
}
