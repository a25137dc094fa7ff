package reconciler

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// A write to an owner that the API server will not have is told, and tried
// again after a while.
func TestAlignmentRefused(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(updatedPod())
	observed.Status = begun(plan)
	observed.Owners = []align.Owner{{Kind: "ReplicaSet", Name: "lobby", UID: "owner", Images: []spec.Image{specImage("server", "app:v1")}}}
	seen := Memory{}
	first := Decide(plan, observed, epoch)
	if len(first.Steps) != 1 || first.Status.Attempt.Result != Progressing {
		t.Fatalf("steps %v, %s", first.Steps, first.Status.Attempt.Result)
	}
	seen.unaligned(first.Steps[0], "forbidden", epoch)
	seen.Note(plan, observed, epoch)
	refused := Decide(plan, observed, epoch)
	if len(refused.Steps) > 0 || !strings.Contains(says(refused), "forbidden") || !refused.WakeAt.Equal(epoch.Add(firstRetry)) {
		t.Errorf("steps %v, says %q, wakes at %s", refused.Steps, says(refused), refused.WakeAt)
	}
	if again := Decide(plan, observed, epoch.Add(firstRetry+time.Second)); len(again.Steps) != 1 {
		t.Errorf("it should be tried again: %v", again.Steps)
	}
	observed.Owners[0].Refusal.Step = "another"
	if other := Decide(plan, observed, epoch); len(other.Steps) != 1 {
		t.Error("another step should not be kept back")
	}
	seen.unaligned(first.Steps[0], "forbidden", epoch.Add(steady))
	seen.Note(plan, observed, epoch.Add(steady))
	if _, stalled := Decide(plan, observed, epoch.Add(steady)).Status.Condition("Stalled"); !stalled {
		t.Error("one that lasts is for somebody to mend")
	}
}

// The same where what was begun is ended for a plan that is gone.
func TestEndingRefused(t *testing.T) {
	plan := thePlan("app:v2")
	plan.Withdrawn = true
	observed := observe(updatedPod())
	observed.Status = begun(plan)
	observed.Owners = []align.Owner{aligning(anOwner("app:v1"), "games/lobby")}
	release := Decide(plan, observed, epoch).Steps[0]
	observed.Owners[0].Refusal = &align.Refusal{Step: release.String(), Message: "forbidden", Until: epoch.Add(firstRetry)}
	refused := Decide(plan, observed, epoch)
	if len(refused.Steps) > 0 || refused.Gone || !refused.WakeAt.Equal(epoch.Add(firstRetry)) {
		t.Errorf("steps %v, gone is %t, wakes at %s", refused.Steps, refused.Gone, refused.WakeAt)
	}
	if again := Decide(plan, observed, epoch.Add(firstRetry)); len(again.Steps) != 1 {
		t.Errorf("it should be tried again: %v", again.Steps)
	}
}

// A template follows only what the pods run: where drift is left alone, that may
// be another image than the plan's.
func TestAlignsWhatRuns(t *testing.T) {
	plan := thePlan("app:v2", driftMode(spec.DriftReport))
	old, updated := aPod(), updatedPod()
	old.Owner, updated.Owner = "owner", "owner"
	observed := observe(old, updated)
	observed.Status = ended(plan)
	observed.Owners = []align.Owner{{Kind: "ReplicaSet", Name: "lobby", UID: "owner", Observed: true, Images: []spec.Image{specImage("server", "app:v1")}}}
	if d := Decide(plan, observed, epoch); len(d.Steps) > 0 {
		t.Errorf("it does %v while a pod runs v1", d.Steps)
	}
}

// A record stays small, however many owners a selector matches: an object is refused
// above 1.5 MB, and its readers get all of it each time.
func TestManyOwners(t *testing.T) {
	plan, observed := thePlan("app:v2"), observe(updatedPod())
	for i := range 4000 {
		owner := anOwner("app:v" + fmt.Sprint(i%3))
		owner.UID = fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		observed.Owners = append(observed.Owners, owner)
	}
	observed.Status = begun(plan)
	text, err := json.Marshal(Decide(plan, observed, epoch).Status)
	if err != nil || len(text) > 256<<10 {
		t.Errorf("a status of 4,000 owners has %d bytes (%v)", len(text), err)
	}
}

// A refusal that lasts is told once, though it is tried again and again; and where pods
// are under way, it is told before what they wait for.
func TestRefusalThatLasts(t *testing.T) {
	plan := thePlan("app:v2")
	observed := observe(updatedPod())
	observed.Status = begun(plan)
	observed.Owners = []align.Owner{{Kind: "ReplicaSet", Name: "lobby", UID: "owner", Images: []spec.Image{specImage("server", "app:v1")}}}
	memory, turns, tried := Memory{}, 0, 0
	for now := epoch; now.Before(epoch.Add(2 * time.Hour)); now = now.Add(5 * time.Second) {
		memory.Note(plan, observed, now)
		decision := Decide(plan, observed, now)
		turns += len(Turns(plan.Key(), observed.Status, decision.Status))
		observed.Status = decision.Status
		for _, step := range decision.Steps {
			tried++
			memory.unaligned(step, "denied by a policy", now)
		}
	}
	if turns > 2 || tried < 10 {
		t.Errorf("told %d turns of %d tries", turns, tried)
	}
	passing := Objection{Reason: "Budget", Message: "waits for pod pod-0"}
	if both := passing.and(stalled("TemplateNotAligned", "held")); both.Reason != "TemplateNotAligned" || both.Message != "held" || !both.Stalled {
		t.Errorf("says %+v", both)
	}
}

// Several steps that are refused side by side count as one try; another step begins anew.
func TestRefusedSideBySide(t *testing.T) {
	memory := Memory{}
	owner := align.Owner{Kind: "DaemonSet", Name: "lobby", UID: "owner"}
	for _, pod := range []string{"a", "b", "c"} {
		memory.unaligned(align.Step{Verb: align.Label, Owner: owner, Pod: align.Pod{Name: pod}}, "denied", epoch)
	}
	later := epoch.Add(time.Hour)
	if r := memory["owner"].refusal; !r.Until.Equal(epoch.Add(firstRetry)) {
		t.Errorf("waits until %s", r.Until)
	}
	memory.unaligned(align.Step{Verb: align.Release, Owner: owner}, "denied", later)
	if r := memory["owner"].refusal; !r.Since.Equal(later) {
		t.Errorf("refused since %s", r.Since)
	}
}
