package reconciler

import (
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/spec"
)

// The tests whose names begin with TestKnown each hold a bug that other tools
// for upgrades in place have or had, and prove that it is not here.

// judged is what Decide makes of these pods in the middle of an attempt.
func judged(plan Plan, pods ...*simPod) Decision {
	observed := observe(pods...)
	observed.Status = begun(plan)
	return Decide(plan, observed, epoch)
}

func completed(d Decision) bool { return d.Status.Attempt.Result == Completed }

// says is the line that a person reads first.
func says(d Decision) string {
	ready, _ := d.Status.Condition("Ready")
	return ready.Message
}

func (p *simPod) withImageID(id string) *simPod {
	p.Containers[0].ImageID = id
	for i := range p.Marks {
		p.Marks[i].ImageID = id
	}
	return p
}

// Elsewhere: an update counts as done when the imageID changes, which it never
// does under another tag of the same digest, or as done at once because it
// "already" is the wanted one.
func TestKnownSameDigestUnderANewTag(t *testing.T) {
	plan := thePlan("app:v2") // the pod's termination grace is 30 s
	patched := func() *simPod { return aPod().patched("app:v2", 50*time.Second).withImageID("sha256:1") }
	// The kubelet stops two containers one after the other.
	two := func(pod *simPod) *simPod {
		pod.Containers = append(pod.Containers, pod.Containers[0])
		log, mark := &pod.Containers[1], pod.Marks[0]
		log.Name, log.RunningImage, mark.Container = "log", "app:v2", "log"
		pod.Marks = append(pod.Marks, mark)
		return pod
	}
	for name, test := range map[string]struct {
		pod  *simPod
		want bool
	}{
		"of two, for one grace":               {two(aPod().patched("app:v2", 80*time.Second).restarted(64 * time.Second).reporting("app:v1")), false},
		"of two, for both":                    {two(aPod().patched("app:v2", 80*time.Second).restarted(65 * time.Second).reporting("app:v1")), true},
		"the old container still runs":        {patched().observed(), false},
		"a new one, not for the whole grace":  {patched().restarted(34 * time.Second).reporting("app:v1"), false},
		"a new one has stood for grace + 5 s": {patched().restarted(35 * time.Second).reporting("app:v1"), true},
	} {
		if d := judged(plan, test.pod); completed(d) != test.want {
			t.Errorf("%s: %s: %s", name, d.Status.Attempt.Result, says(d))
		}
	}
}

// Elsewhere: the kubelet's full name of an image differs from the short one in
// the plan, so pods are patched for nothing, or never complete.
func TestKnownShortAndFullName(t *testing.T) {
	for _, pair := range [][2]string{
		{"nginx", "docker.io/library/nginx"},
		{"docker.io/library/nginx:1.27", "nginx:1.27"},
		{"docker.io/nginx:1.27", "index.docker.io/library/nginx:1.27"},
		{"acme/lobby", "docker.io/acme/lobby:latest"},
	} {
		if d := judged(thePlan(pair[1]), aPod().onImage(pair[0]).observed()); len(d.Actions) > 0 || !completed(d) {
			t.Errorf("%s against %s: does %q, %s", pair[0], pair[1], deeds(d), d.Status.Attempt.Result)
		}
		pod := aPod().patched(pair[0], 5*time.Second).restarted(time.Second).reporting(pair[1])
		if d := judged(thePlan(pair[0]), pod); !completed(d) {
			t.Errorf("%s, reported as %s: %s", pair[0], pair[1], says(d))
		}
	}
}

// Elsewhere: what follows the first colon is taken for the tag, be it a port.
func TestKnownRegistryWithAPort(t *testing.T) {
	for _, test := range []struct{ runs, wanted, want string }{
		{"registry:5000/app", "registry:5000/app:v2", "Patch pod-0"},
		{"registry:5000/app:v1", "registry:5000/app:v2", "Patch pod-0"},
		{"registry:5000/app:v1", "registry:5000/other:v1", "Patch pod-0"},
		{"registry:5000/app:v1", "registry:5001/app:v1", "Patch pod-0"},
		{"registry:5000/app:v1", "registry/app:v1", "Patch pod-0"},
		{"registry:5000/app", "registry:5000/app:latest", ""},
	} {
		if got := deeds(judged(thePlan(test.wanted), aPod().withoutGate().onImage(test.runs).observed())); got != test.want {
			t.Errorf("%s to %s: does %q, want %q", test.runs, test.wanted, got, test.want)
		}
	}
	status := func(image string) *simPod {
		return aPod().patched("registry:5000/app:v2", 5*time.Second).restarted(time.Second).reporting(image)
	}
	plan := thePlan("registry:5000/app:v2")
	if !completed(judged(plan, status("registry:5000/app:v2"))) || completed(judged(plan, status("registry:5000/app:v1"))) {
		t.Error("a status that names a registry with a port is misread")
	}
}

// Elsewhere: the status names a tag where the spec has a digest; compared as
// text they never agree, and the update never completes.
func TestKnownDigestInSpecTagInStatus(t *testing.T) {
	digest := func(last string) string { return "sha256:" + strings.Repeat("0", 63) + last }
	plan := thePlan("app@" + digest("1"))
	reporting := func(id string) *simPod {
		pod := aPod().patched("app@"+digest("1"), 5*time.Second).restarted(time.Second).reporting("docker.io/library/app:v2")
		pod.Containers[0].ImageID = "docker.io/library/app@" + id
		return pod
	}
	if d := judged(plan, reporting(digest("1"))); !completed(d) {
		t.Errorf("the wanted digest runs, and %s", says(d))
	}
	if completed(judged(plan, reporting(digest("2")))) {
		t.Error("another digest is taken for the wanted one")
	}
}

// Elsewhere: containers are found by their place in the list, and a mesh that
// puts its own in front is patched instead, or waited for.
func TestKnownInjectedContainer(t *testing.T) {
	plan := thePlan("app:v2")
	injected := func(pod *simPod) *simPod {
		mesh := Container{Name: "mesh", Image: "mesh:1", RunningImage: "mirror/mesh:1", ID: "containerd://mesh", Running: true, StartedAt: epoch}
		pod.Containers = append([]Container{mesh}, pod.Containers...)
		return pod
	}
	d := judged(plan, injected(aPod().withoutGate()))
	if deeds(d) != "Patch pod-0" || len(d.Actions[0].Images) != 1 || d.Actions[0].Images[0] != (spec.Image{Container: "server", Image: "app:v2"}) {
		t.Fatalf("does %+v", d.Actions)
	}
	if mark, ok := d.Actions[0].Marks.of("server"); !ok || mark.ContainerID != "containerd://pod-0" || mark.Image != "app:v1" {
		t.Errorf("marked as it was before: %+v", d.Actions[0].Marks)
	}
	if d := judged(plan, injected(aPod().patched("app:v2", 5*time.Second).restarted(time.Second))); !completed(d) {
		t.Errorf("waits for a container that nobody patched: %s", says(d))
	}
	if completed(judged(plan, injected(aPod().patched("app:v2", 5*time.Second).observed()))) {
		t.Error("the injected container's ID is taken for the server's")
	}
}

// Elsewhere: a tag that moved, such as latest, is written once more and hangs:
// the same text restarts nothing.
func TestKnownSameString(t *testing.T) {
	d := judged(thePlan("app:latest"), aPod().onImage("app:latest").withImageID("sha256:old").observed())
	if len(d.Actions) > 0 || !completed(d) {
		t.Errorf("does %q, %s: %s", deeds(d), d.Status.Attempt.Result, says(d))
	}
	if notes := strings.Join(d.Status.Notes, "\n"); !strings.Contains(notes, "the same text restarts nothing") {
		t.Errorf("does not say so: %s", notes)
	}
}

// Elsewhere: an image is written to a container that has exited for good, and
// its restart is waited for until the update fails.
func TestKnownExitedContainer(t *testing.T) {
	plan := thePlan("app:v2", func(s *specPlan) { s.Images = append(s.Images, specImage("job", "app:v2")) })
	withJob := func(pod *simPod) *simPod {
		job := Container{Name: "job", Image: "app:v1", RunningImage: "app:v1", ID: "containerd://job", Exited: true}
		pod.Containers = append(pod.Containers, job)
		return pod
	}
	d := judged(plan, withJob(aPod().withoutGate()))
	if deeds(d) != "Patch pod-0" || len(d.Actions[0].Images) != 1 || d.Actions[0].Images[0].Container != "server" {
		t.Fatalf("does %+v", d.Actions)
	}
	if d := judged(plan, withJob(aPod().patched("app:v2", time.Hour).restarted(time.Hour))); !completed(d) {
		t.Errorf("%s: %s", d.Status.Attempt.Result, says(d))
	}
}
