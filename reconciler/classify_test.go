package reconciler

import (
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

func TestClassify(t *testing.T) {
	digested := "app@sha256:0000000000000000000000000000000000000000000000000000000000000001"
	for _, test := range []struct {
		name  string
		pod   *simPod
		image string // wanted; app:v2 by default
		want  Phase
		until time.Duration // from now; 0: never

		minReady int
	}{
		{name: "serves the old image", pod: aPod(), want: Outdated},
		{name: "serves the wanted image already", pod: aPod(), image: "app:v1", want: Updated},
		{name: "the same image under its full name", pod: aPod(), image: "docker.io/library/app:v1", want: Updated},
		{name: "gate declared but its condition missing", pod: newborn(), want: Outdated},

		{name: "gate closed, Ready has not followed", pod: closing(5 * time.Second), want: Draining, until: 55 * time.Second},
		{name: "Ready never followed the gate", pod: closing(2 * time.Minute), want: Draining},
		{name: "in its grace", pod: aPod().drainedFor(4 * time.Second), want: Draining, until: 7 * time.Second},
		{name: "conditions count whole seconds: ten are not enough", pod: aPod().drainedFor(10 * time.Second), want: Draining, until: time.Second},
		{name: "its grace is over", pod: aPod().drainedFor(11 * time.Second), want: Drained},
		{name: "drained by a process before us: the grace counts from our seeing it", pod: seen(aPod().drainedFor(time.Hour), time.Second), want: Draining, until: 9 * time.Second},
		{name: "its image is wanted again in the grace", pod: aPod().drainedFor(4 * time.Second), image: "app:v1", want: Settling, until: 56 * time.Second},

		{name: "patched, not seen by the kubelet", pod: aPod().patched("app:v2", 0), want: Patched, until: time.Minute},
		{name: "seen is not done", pod: aPod().patched("app:v2", 0).observed(), want: Patched, until: time.Minute},
		{name: "Ready is stale: the old container still runs", pod: aPod().patched("app:v2", time.Second).observed().ready(time.Hour), want: Patched, until: 59 * time.Second},
		{name: "restarted, containers not ready yet", pod: aPod().patched("app:v2", time.Second).restarted(0).containersUnready(), want: Patched, until: 59 * time.Second},
		{name: "restarted and Ready", pod: aPod().patched("app:v2", time.Minute).restarted(0).ready(0), want: Updated},
		{name: "restarted, its gate still closed", pod: aPod().drainedFor(time.Minute).patched("app:v2", 5*time.Second).restarted(0), want: Settling, until: 55 * time.Second},
		{name: "bad tag, before the deadline", pod: aPod().patched("app:v2", time.Second).waiting("ErrImagePull"), want: Patched, until: 59 * time.Second},
		{name: "bad tag at the deadline", pod: aPod().patched("app:v2", time.Minute).waiting("ImagePullBackOff"), want: Failed},
		{name: "its mark is lost: the deadline counts from the image's write", pod: aPod().onImage("app:v2").observed().writtenBy(Writer, 20*time.Second).waiting("ErrImagePull"), want: Patched, until: 41 * time.Second},
		{name: "born on the image in the middle of the attempt: its time begins with it", pod: aPod().onImage("app:v2").begun(20 * time.Second).waiting("ErrImagePull"), want: Patched, until: 41 * time.Second},
		{name: "waited long for its node, and no kubelet has taken it up", pod: aPod().onImage("app:v2").observed().writtenBy("kube-controller-manager", time.Hour).bound(), want: Patched},
		{name: "crash loop at the deadline", pod: aPod().patched("app:v2", 2*time.Minute).restarted(0).waiting("CrashLoopBackOff"), want: Failed},
		{name: "a name that cannot heal fails early", pod: aPod().patched("app:v2", 10*time.Second).waiting("InvalidImageName"), want: Failed},
		{name: "but not while its status may be stale", pod: aPod().patched("app:v2", 9*time.Second).waiting("InvalidImageName"), want: Patched, until: time.Second},
		{name: "was up, and is unready for a while: its time begins anew", pod: aPod().patched("app:v2", time.Hour).restarted(time.Hour).unready(10 * time.Second), want: Settling, until: 50 * time.Second},
		{name: "flaps, and is never available", pod: aPod().patched("app:v2", time.Minute).restarted(time.Minute).unready(time.Second).lastAvailable(time.Minute), want: Failed},
		{name: "a crash an hour after it was up is no failure at once", pod: aPod().patched("app:v2", time.Hour).restarted(time.Hour).waiting("CrashLoopBackOff").lastAvailable(0), want: Patched, until: time.Minute},
		{name: "our patch was taken back before the kubelet saw it", pod: aPod().patched("app:v3", time.Minute).onImage("app:v1").observed(), want: Outdated},
		{name: "our patch took back what the kubelet never saw: it restarts nothing", pod: aPod().patched("app:v2", 40*time.Second).observed().reporting("app:v2"), want: Updated},
		{name: "the same, while the old container may be stopping", pod: aPod().patched("app:v2", 11*time.Second).observed().reporting("app:v2"), want: Patched, until: 29 * time.Second},
		{name: "taken back a moment ago", pod: aPod().patched("app:v3", time.Second).onImage("app:v1").observed(), want: Patched, until: 39 * time.Second},
		{name: "no node takes it: no deadline of ours", pod: aPod().patched("app:v2", time.Hour).neverScheduled().unready(time.Hour), want: Unscheduled},
		{name: "no node takes it, and it was made with the image", pod: aPod().onImage("app:v2").neverScheduled().unready(time.Hour), want: Unscheduled},
		{name: "no node takes it, and it is on the old image", pod: aPod().neverScheduled().unready(time.Hour), want: Outdated},
		{name: "no node takes it, and another plan has patched it", pod: patchedBy("games/other", aPod().pending()), want: Outdated},
		{name: "about to be taken away", pod: leaving(aPod()), want: Leaving},
		{name: "about to be taken away, and drained already", pod: leaving(aPod().drainedFor(time.Second)), want: Draining, until: 10 * time.Second},
		{name: "about to be taken away, and up to date", pod: leaving(updatedPod()), want: Updated},
		{name: "Ready for the plan, and not for its workload", pod: wantsReady(45*time.Second, aPod().patched("app:v2", time.Minute).restarted(10*time.Second).ready(10*time.Second)), minReady: 5, want: Settling, until: 35 * time.Second},
		{name: "Ready for its workload, and not for the plan", pod: wantsReady(5*time.Second, aPod().patched("app:v2", time.Minute).restarted(10*time.Second).ready(10*time.Second)), minReady: 45, want: Settling, until: 35 * time.Second},

		{name: "same digest under another tag, just started", pod: aPod().patched("app:v2", time.Minute).restarted(5 * time.Second).reporting("app:v1").ready(0), want: Patched, until: 30 * time.Second},
		{name: "somebody wrote the image anew, and the old program may still run", pod: aPod().patched("app:v2", time.Hour).restarted(time.Hour).reporting("app:v1").writtenBy("kubectl-edit", time.Second).lastAvailable(time.Second), want: Patched, until: 34 * time.Second},
		{name: "same digest under another tag, stood long enough", pod: aPod().patched("app:v2", 50*time.Second).restarted(35 * time.Second).reporting("app:v1").ready(0), want: Updated},
		{name: "same digest under another tag, and its deadline is shorter than that", pod: aPod().patched("app:v2", 70*time.Second).restarted(20 * time.Second).reporting("app:v1").ready(0).lastAvailable(65 * time.Second), want: Patched, until: 15 * time.Second},
		{name: "drained by us and down, its marks lost", pod: aPod().drainedFor(2 * time.Minute).onImage("app:v2").observed().containersUnready().lastAvailable(time.Minute), want: Failed},
		{name: "digest in the spec, tag in the status", image: digested, pod: withDigest(aPod().patched(digested, time.Minute).restarted(time.Second).reporting("app:v2").ready(0)), want: Updated},

		{name: "another plan's patch has not taken effect", pod: aPod().patched("app:v3", time.Second).observed(), want: Patched, until: 59 * time.Second},
		{name: "nor in the time it may take to stop the container", pod: knownFor(aPod().patched("app:v3", 20*time.Second).observed(), 19*time.Second), want: Patched, until: 21 * time.Second},
		{name: "after that it counts as without effect", pod: knownFor(aPod().patched("app:v3", 41*time.Second).observed(), 40*time.Second), want: Outdated},
		{name: "seen late: the container may have been stopping since then alone", pod: knownFor(aPod().patched("app:v3", 50*time.Second).observed(), 20*time.Second), want: Patched, until: 10 * time.Second},
		{name: "its node was away meanwhile", pod: knownFor(aPod().patched("app:v3", 50*time.Second).observed(), 50*time.Second).onNodeBack(15 * time.Second), want: Patched, until: 25 * time.Second},
		{name: "not seen at all until the deadline", pod: aPod().patched("app:v3", time.Minute), want: Outdated},
		{name: "another plan's image is being pulled: it is started yet", pod: aPod().patched("app:v3", 50*time.Second).waiting("ContainerCreating"), want: Patched, until: 10 * time.Second},
		{name: "and pulled until the deadline: patched on", pod: aPod().patched("app:v3", time.Minute).waiting("ContainerCreating"), want: Outdated},
		{name: "our patch is seen, and not acted on", pod: knownFor(aPod().patched("app:v2", 41*time.Second).observed(), 40*time.Second), want: Failed},
		{name: "the same, while the old container may be stopping for long", pod: knownFor(aPod().patched("app:v2", 41*time.Second).observed(), 39*time.Second), want: Patched, until: time.Second},
		{name: "our patch is not seen, and the old container serves on", pod: aPod().patched("app:v2", 100*time.Second).lastAvailable(0), want: Failed},
		{name: "a graceful stop longer than the deadline", pod: stopsIn(aPod().patched("app:v2", 61*time.Second).observed(), 2*time.Minute).lastAvailable(0), want: Patched, until: time.Minute},
		{name: "another plan's patch failed: fixed forward at once", pod: aPod().patched("app:bad", time.Hour).waiting("ErrImagePull"), want: Outdated},
		{name: "another plan's patch ran", pod: aPod().patched("app:v3", time.Minute).restarted(time.Second).ready(0), want: Outdated},
		{name: "somebody wrote another image after us", pod: aPod().patched("app:v2", time.Minute).restarted(0).onImage("app:v9").observed(), want: Strayed, until: 35 * time.Second},
		{name: "and is to be available in a moment", pod: aPod().patched("app:v2", time.Minute).restarted(time.Second).onImage("app:v9").observed().reporting("app:v9").ready(time.Second), minReady: 5, want: Strayed, until: 4 * time.Second},
		{name: "patched by us after another plan, whose container is down, too", pod: aPod().patched("app:v2", 0).waiting("ContainerCreating").sharedWith("games/log", time.Second), want: Patched, until: time.Minute},
		{name: "patched by another plan after us", pod: aPod().patched("app:v2", time.Minute).waiting("ContainerCreating").sharedWith("games/log", 0), want: Occupied, until: time.Minute},
		{name: "node not Ready", pod: aPod().onDeadNode(), want: Unreachable},
		{name: "node just back: its pods' Ready is not the kubelet's yet", pod: aPod().onNodeBack(2 * time.Second).unready(time.Minute), want: Unreachable, until: 8 * time.Second},
		{name: "node just back, and drained since", pod: aPod().onNodeBack(5 * time.Second).drainedFor(2 * time.Second), want: Draining, until: 9 * time.Second},
		{name: "node just back, and the pod serves", pod: aPod().onNodeBack(2 * time.Second), want: Outdated},
		{name: "the time without a kubelet does not count", pod: aPod().patched("app:v2", time.Hour).restarted(20 * time.Second).containersUnready().unready(time.Hour).onNodeBack(20 * time.Second), want: Patched, until: 40 * time.Second},
		{name: "on the image before us, and down: judged as ours", pod: aPod().onImage("app:v2").waiting("CrashLoopBackOff").lastAvailable(59 * time.Second), want: Patched, until: time.Second},
		{name: "node not Ready after the patch: not failed", pod: aPod().patched("app:v2", time.Hour).unready(time.Hour).onDeadNode(), want: Unreachable},
	} {
		t.Run(test.name, func(t *testing.T) {
			image := test.image
			if image == "" {
				image = "app:v2"
			}
			plan := thePlan(image, minReady(test.minReady))
			attempt := Attempt{Try: Try{Digest: thePlan(image).Digest}, Result: Progressing, StartedAt: epoch.Add(-24 * time.Hour)}
			got := inquire(test.pod, plan, attempt).classify()
			if got.Phase != test.want {
				t.Fatalf("phase %s (%s), want %s", got.Phase, got.Why, test.want)
			}
			until := got.Until.Sub(epoch)
			if got.Until.IsZero() {
				until = 0
			}
			if until != test.until {
				t.Errorf("until %s from now, want %s", until, test.until)
			}
		})
	}
}

// A pod put back to the image that its container still runs is done, also where the
// status names that image by another tag.
func TestPutBackToWhatStillRuns(t *testing.T) {
	pod := knownFor(aPod().patched("app:v2", time.Minute).observed(), 50*time.Second).reporting("app:first")
	plan := thePlan("app:v1", grace(0))
	observed := observe(pod)
	observed.Status = begun(plan)
	d := Decide(plan, observed, epoch)
	if deeds(d) != "Patch pod-0" {
		t.Fatalf("does %q", deeds(d))
	}
	pod.Marks = d.Actions[0].Marks
	pod.onImage("app:v1").observed()
	for after, want := range map[time.Duration]Phase{39 * time.Second: Patched, 40 * time.Second: Updated} {
		q := inquire(pod, plan, begun(plan).Attempt)
		q.now = epoch.Add(after)
		if got := q.classify(); got.Phase != want {
			t.Errorf("after %s it is %s (%s), want %s", after, got.Phase, got.Why, want)
		}
	}
}

func newborn() *simPod {
	p := aPod().unready(time.Second)
	p.Gate.Since = time.Time{}
	return p
}

func closing(ago time.Duration) *simPod {
	p := aPod()
	p.Gate.Closed, p.Gate.Since = true, epoch.Add(-ago)
	return p
}

// patchedBy has the mark of another plan on its only container.
func patchedBy(plan string, p *simPod) *simPod {
	c := p.Containers[0]
	p.Marks = Marks{{Container: c.Name, Plan: plan, Try: Try{Digest: "sha256:other"}, Time: epoch.Add(-time.Second), Wrote: c.Image, ContainerID: c.ID}}
	return p
}

func seen(p *simPod, ago time.Duration) *simPod { p.SeenDrained = epoch.Add(-ago); return p }

// knownFor has its kubelet known to have seen its spec for so long.
func knownFor(p *simPod, ago time.Duration) *simPod { p.SeenObserved = epoch.Add(-ago); return p }

func stopsIn(p *simPod, grace time.Duration) *simPod { p.TerminationGrace = grace; return p }

func withDigest(p *simPod) *simPod {
	p.Containers[0].ImageID = "docker.io/library/app@sha256:0000000000000000000000000000000000000000000000000000000000000001"
	return p
}

// Once an attempt has ended its pods are the cluster's affair: one that breaks
// a week later does not turn a success into a failure.
func TestNoFailureAfterTheEnd(t *testing.T) {
	plan := thePlan("app:v2")
	pod := aPod().patched("app:v2", time.Hour).waiting("CrashLoopBackOff").unready(30 * time.Second)
	ended := Attempt{Try: Try{Digest: plan.Digest}, Result: Completed, EndedAt: epoch.Add(-time.Minute)}
	if got := inquire(pod, plan, ended).classify(); got.Phase == Failed {
		t.Errorf("a pod of a completed attempt counts as failed: %s", got.Why)
	}
	if got := inquire(pod.unready(2*time.Minute), plan, ended).classify(); got.Phase != Failed {
		t.Errorf("a pod that was down at the end is %s, want Failed, whether a record names it or not", got.Phase)
	}
	late := Attempt{Try: Try{Digest: plan.Digest}, Result: Completed, EndedAt: epoch.Add(-2 * time.Hour)}
	if got := inquire(pod, plan, late).classify(); got.Phase != Failed {
		t.Errorf("a newborn pod patched after the end is %s, want Failed", got.Phase)
	}
}

// A new process has not seen for how long a kubelet knows a patch. Where the plan was
// completed without the pod that stays a failure, and keeps nothing under way.
func TestWithoutEffectAfterTheEnd(t *testing.T) {
	plan := thePlan("app:v2", func(s *spec.PlanSpec) { s.ProgressDeadlineSeconds = new(7200) })
	ended := Attempt{Try: Try{Digest: plan.Digest}, Result: Completed, EndedAt: epoch.Add(-time.Minute)}
	without := func() *simPod { return aPod().patched("app:v2", time.Hour).observed() }
	named := inquire(without(), plan, ended)
	named.recorded.Failed = []Failure{{UID: named.pod.UID, Reason: "NotRestarted", At: epoch.Add(-2 * time.Minute)}}
	for name, q := range map[string]inquiry{
		"the record names it":              named,
		"it names others, and it was seen": inquire(knownFor(without(), time.Hour), plan, ended),
	} {
		if got := q.classify(); got.Phase != Failed {
			t.Errorf("%s: it is %s, want Failed: %s", name, got.Phase, got.Why)
		}
	}
	if got := inquire(without(), plan, ended).classify(); got.Phase != Patched || got.failsAt.IsZero() {
		t.Errorf("it is %s and fails at %s, want Patched until some time", got.Phase, got.failsAt)
	}
	named.pod = without().restarted(time.Minute).Pod
	if got := named.classify(); got.Phase != Updated {
		t.Errorf("once it has restarted it is %s", got.Phase)
	}
}

func inquire(pod *simPod, plan Plan, attempt Attempt) inquiry {
	recorded := Status{Attempt: attempt}
	return inquiry{pod.Pod, plan, recorded, goal(plan, recorded, pod.Pod), epoch}
}

func TestSeveralContainers(t *testing.T) {
	pod := aPod().patched("app:v2", time.Second).restarted(0)
	pod.Containers = append(pod.Containers,
		Container{Name: "injected", Image: "mesh:1", ID: "containerd://mesh", Running: true},
		Container{Name: "migrate", Image: "app:v1", ID: "containerd://init", Init: true})
	plan := thePlan("app:v2", func(s *specPlan) { s.Images = append(s.Images, specImage("migrate", "app:v1")) })
	if why, _ := pod.incomplete(inquiry{pod: pod.Pod, plan: plan, goal: plan.Spec.Images}.concerned, epoch); why != "" {
		t.Errorf("neither an injected container nor a plain init container is waited for: %s", why)
	}
	exited := aPod().onImage("app:v1")
	exited.Containers[0].Exited = true
	if changes := exited.changes(plan.Spec.Images); len(changes) != 0 {
		t.Errorf("a container that exited for good cannot be updated: %v", changes)
	}
}

// A pod is patched back to what its container still runs. That counts as done when the old
// container could have been stopped, also where the plan's deadline is shorter than that.
func TestBackToWhatStillRuns(t *testing.T) {
	plan := thePlan("app:v1", func(s *spec.PlanSpec) { s.ProgressDeadlineSeconds = new(20) })
	back := func(ago time.Duration) *simPod {
		pod := stopsIn(aPod().patched("app:v2", time.Hour), 30*time.Second).observed().drainedFor(time.Minute)
		pod.Marks[0].Time, pod.Marks[0].Try, pod.Marks[0].Wrote, pod.Marks[0].Image = epoch.Add(-ago), Try{Digest: plan.Digest}, "app:v1", "app:v2"
		return knownFor(pod.onImage("app:v1").observed(), ago)
	}
	for ago, want := range map[time.Duration]Phase{
		30 * time.Second: Patched, // it may be stopped yet
		41 * time.Second: Settling,
		50 * time.Second: Settling,
		time.Hour:        Failed, // and has not served for all the deadline
	} {
		if got := inquire(back(ago), plan, newAttempt(plan, epoch.Add(-time.Hour))).classify(); got.Phase != want {
			t.Errorf("%s after its patch: it is %s, want %s: %s", ago, got.Phase, want, got.Why)
		}
	}
}

// A kubelet may keep another name for the same digest. What else we write to such a pod, as
// an alignment's label, does not make it incomplete again; another image does.
func TestKeptNameAndALaterWrite(t *testing.T) {
	plan := thePlan("app:v2")
	for writer, want := range map[string]Phase{Writer: Updated, "ada": Patched} {
		pod := aPod().patched("app:v2", time.Hour).restarted(time.Hour).reporting("docker.io/library/app:v1").writtenBy(writer, time.Second)
		forged := pod.Pod
		forged.Containers = []Container{pod.Containers[0]}
		forged.Containers[0].WrittenAt = epoch.Add(-time.Hour)
		forged.Marks = Marks{pod.Marks[0]}
		forged.Marks[0].Time = epoch.Add(time.Hour)
		if inHand, _ := forged.inHand(epoch); inHand {
			t.Error("a mark from the future keeps the pod in hand")
		}
		if got := inquire(pod, plan, newAttempt(plan, epoch.Add(-2*time.Hour))).classify(); got.Phase != want {
			t.Errorf("written by %s: it is %s, want %s: %s", writer, got.Phase, want, got.Why)
		}
	}
}
