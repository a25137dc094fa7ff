package reconciler

import (
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// neighbours are several plans over the same pods, one after the other in each
// pass, as a namespace's worker has them.
type neighbours struct {
	*world
	plans    []Plan
	statuses []Status
	gone     bool // a withdrawn plan's record may go
}

func (n *neighbours) live(passes int) string {
	n.statuses = make([]Status, len(n.plans))
	for range passes {
		acted := false
		for i := range n.plans {
			n.plan, n.status = n.plans[i], n.statuses[i]
			observed := Observed{Status: n.status}
			for _, pod := range n.pods {
				observed.Pods = append(observed.Pods, pod.Pod)
			}
			n.seen.Note(n.plan, observed, n.now)
			decision := Decide(n.plan, observed, n.now)
			n.statuses[i], n.gone = decision.Status, decision.Gone
			for _, action := range decision.Actions {
				n.apply(action)
				acted = true
			}
		}
		if !acted {
			n.advance(n.now.Add(500 * time.Millisecond))
		}
	}
	return strings.Join(n.timeline, "\n")
}

// A plan renamed while it works: the new one does not undo what the old one
// finishes, nor the other way round.
func TestRenamedPlan(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(2)
	old := w.commit("v1", grace(5)).plan
	renamed := w.commit("v2", grace(5)).plan
	renamed.Metadata.Name, old.Withdrawn = "lobby-new", true
	n := &neighbours{world: w, plans: []Plan{renamed, old}}
	story := n.live(200)
	if drains := strings.Count(story, "drain "); drains != 2 || !n.gone {
		t.Errorf("%d drains of two pods, the old plan gone: %t\n%s", drains, n.gone, story)
	}
}

// Two plans for two containers of the same pods take turns.
func TestTwoContainersTwoPlans(t *testing.T) {
	w := newWorld(t)
	w.pods = pods(2)
	for _, pod := range w.pods {
		proxy := pod.Containers[0]
		proxy.Name, proxy.Image, proxy.RunningImage, proxy.ID = "proxy", "proxy:v1", "proxy:v1", "containerd://proxy"
		pod.Containers = append(pod.Containers, proxy)
	}
	lobby := w.commit("v2", grace(5)).plan
	other := w.commit("", grace(5), func(s *spec.PlanSpec) { s.Images = []spec.Image{{Container: "proxy", Image: "proxy:v1"}} }).plan
	other.Metadata.Name = "proxy"
	story := (&neighbours{world: w, plans: []Plan{lobby, other}}).live(200)
	if drains, reopened := strings.Count(story, "drain "), strings.Count(story, "reopen "); drains != 2 || reopened != 2 {
		t.Errorf("%d drains and %d reopenings of two pods:\n%s", drains, reopened, story)
	}
}

// One plan's bad image is no failure of another plan.
func TestOthersFailureIsNotOurs(t *testing.T) {
	plan := thePlan("app:v1")
	pod := aPod().unready(10 * time.Minute).containersUnready()
	pod.Containers = append(pod.Containers, Container{Name: "proxy", Image: "proxy:bad", ID: "x", Waiting: "ErrImagePull"})
	pod.Marks = Marks{{
		Container: "proxy", Plan: "games/other", Try: Try{Digest: "sha256:other"}, Time: epoch.Add(-10 * time.Minute),
		Image: "proxy:v1", ContainerID: "x",
	}}
	observed := observe(pod)
	observed.Status = begun(plan)
	if got := Decide(plan, observed, epoch).Status.Attempt; got.Failure != nil {
		t.Errorf("halted by another plan's container: %s", got.Failure)
	}
}

func TestOrphans(t *testing.T) {
	lobby := spec.Key{Namespace: "games", Name: "lobby"}
	mine, retargeted, forgotten := aPod().drainedFor(time.Minute), aPod().drainedFor(time.Minute), aPod().drainedFor(time.Minute)
	mine.UID, retargeted.UID, forgotten.UID = "mine", "retargeted", "forgotten"
	mine.Drain, retargeted.Drain = &DrainMark{Plan: "games/lobby"}, &DrainMark{Plan: "games/lobby"}
	forgotten.Drain = &DrainMark{Plan: "games/gone"}
	unread, ours := aPod().drainedFor(time.Minute), aPod().drainedFor(time.Minute)
	unread.UID, unread.Drain, ours.UID, ours.Drain = "unread", nil, "ours", nil
	for unseen, want := range map[string]string{
		"games/other": "Reopen retargeted, Reopen forgotten", // it may have the pod whose note cannot be read
		"games/lobby": "Reopen forgotten",
		"":            "Reopen retargeted, Reopen forgotten, Reopen unread",
	} {
		view := View{Seen: map[spec.Key]Observed{}, Unseen: map[string]bool{}}
		if unseen != "" {
			view.Unseen[unseen] = true
		}
		if unseen != "games/lobby" {
			view.Seen[lobby] = Observed{Pods: []Pod{mine.Pod, ours.Pod}}
		}
		var got []string
		for _, action := range Orphans(view, []Pod{mine.Pod, retargeted.Pod, forgotten.Pod, unread.Pod, ours.Pod}) {
			got = append(got, string(action.Verb)+" "+action.Pod.UID)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("with %q unseen given back: %q, want %s", unseen, got, want)
		}
	}
}

// Two plans may claim the template of a workload that has no pods now.
func TestContestedTemplate(t *testing.T) {
	one, two, log := thePlan("app:v2"), thePlan("app:v3"), thePlan("app:v3")
	two.Metadata.Name, log.Metadata.Name = "two", "log"
	log.Spec.Images = []spec.Image{specImage("log", "app:v3")}
	owners := Observed{Owners: []align.Owner{anOwner("app:v1")}}
	rivals := Contested([]Plan{one, two, log}, map[spec.Key]Observed{one.Key(): owners, two.Key(): owners, log.Key(): owners})
	if got := rivals[one.Key()]; got != "plan games/two claims container server of Deployment lobby, too; take it out of one of the two" {
		t.Errorf("says %q", got)
	}
	if len(rivals) != 2 {
		t.Errorf("plans for other containers are no rivals: %v", rivals)
	}
}
