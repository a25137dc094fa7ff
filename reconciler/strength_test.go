package reconciler

import (
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/spec"
)

// A workload wants so many pods, whose template names app:v1.
func workload(kind, name string, wanted int) align.Owner {
	return align.Owner{
		Kind: kind, Name: name, UID: "uid-" + name, Observed: true, Wanted: wanted, Revision: "r1",
		Images: []spec.Image{specImage("server", "app:v1")},
	}
}

// of gives the next pods that have no owner to a workload.
func (o Observed) of(owner align.Owner, pods int) Observed {
	o.Owners = append(o.Owners, owner)
	for i := range o.Pods {
		if o.Pods[i].Owner == "" && pods > 0 {
			o.Pods[i].Owner, pods = owner.UID, pods-1
		}
	}
	return o
}

// MaxUnavailable is of the pods that are wanted: those that are not there are
// unavailable, whatever keeps them away. A preview says the same.
func TestMissingPodsAreUnavailable(t *testing.T) {
	atOnce := func(s *spec.PlanSpec) { s.GracePeriodSeconds = 0 }
	three := []*simPod{aPod(), aPod(), aPod()}
	for _, test := range []struct {
		name     string
		observed Observed
		plan     []option
		want     string
		says     string
	}{
		{name: "one of three by a quota", observed: observe(three[:2]...).of(workload("StatefulSet", "db", 3), 2), says: "1 of 3 pods of StatefulSet db is missing"},
		{name: "the same within maxUnavailable", observed: observe(three[:2]...).of(workload("StatefulSet", "db", 3), 2), plan: []option{unavailable("2")}, want: "Patch pod-0"},
		{name: "all there", observed: observe(three...).of(workload("ReplicaSet", "web", 3), 3), want: "Patch pod-0"},
		{name: "a DaemonSet's next node", observed: observe(three...).of(workload("DaemonSet", "agent", 4), 3), says: "1 of 4 pods of DaemonSet agent is missing"},
		{name: "a percentage is of the wanted", observed: observe(three...).of(workload("ReplicaSet", "web", 8), 3), plan: []option{unavailable("75%")}, want: "Patch pod-0"},
		{name: "scaled up by an autoscaler", observed: observe(three...).of(workload("ReplicaSet", "web", 8), 3), plan: []option{unavailable("50%")}, says: "5 of 8 pods of ReplicaSet web are missing"},
		{name: "one more than wanted is no reserve", observed: observe(three...).of(workload("ReplicaSet", "web", 2), 3), want: "Patch pod-0"},
		{name: "what one has too many is no help to another", observed: observe(three...).of(workload("ReplicaSet", "a", 1), 2).of(workload("ReplicaSet", "b", 2), 1), says: "1 of 2 pods of ReplicaSet b is missing"},
		{name: "two workloads lack pods", observed: observe(three...).of(workload("ReplicaSet", "a", 3), 2).of(workload("ReplicaSet", "b", 2), 1), says: "1 of 3 pods of ReplicaSet a is missing, 1 of 2 pods of ReplicaSet b is missing"},
		{name: "a bare pod that ends", observed: Observed{Pods: observe(three[:2]...).Pods, Ending: 1}, says: "1 of 3 pods is ending"},
		{name: "beside a pod that is down", observed: observe(aPod(), updatedPod().unready(time.Second)).of(workload("ReplicaSet", "web", 3), 2), plan: []option{unavailable("2")}, says: "; 1 of 3 pods of ReplicaSet web is missing"},
		{name: "a broken pod needs no place", observed: observe(aPod(), aPod().unready(time.Hour)).of(workload("ReplicaSet", "web", 3), 2), want: "Patch pod-1"},
		{name: "scaled to none, and its pods are about to end", observed: observe(three...).of(workload("ReplicaSet", "web", 0), 3), says: "not wanted any more"},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := thePlan("app:v2", append([]option{atOnce, unavailable("1")}, test.plan...)...)
			test.observed.Status = begun(plan)
			decision := Decide(plan, test.observed, epoch)
			if got := deeds(decision); got != test.want || !strings.Contains(says(decision), test.says) {
				t.Errorf("does %q and says %q, want %q and %q", got, says(decision), test.want, test.says)
			}
			if foreseen := Foresee(plan, test.observed, epoch).Objection.Message; !strings.Contains(foreseen, test.says) {
				t.Errorf("foresees %q, want %q", foreseen, test.says)
			}
		})
	}
}

// What no pod has run is not complete, and no template names it: but a workload that is
// scaled to none has nothing to show.
func TestNothingIsCompleteWithoutAPod(t *testing.T) {
	web := func(wanted int) align.Owner { return workload("ReplicaSet", "web", wanted) }
	for _, test := range []struct {
		name     string
		observed Observed
		change   func(*Status)
		steps    int
		ready    string
		says     string
	}{
		{name: "scaled to none", observed: observe().of(web(0), 0), steps: 1, ready: "False"},
		{name: "none is there", observed: observe().of(web(3), 0), ready: "False", says: "waits for pods: 3 of 3 pods of ReplicaSet web are missing"},
		{name: "none is there any more", observed: observe().of(web(3), 0), change: func(s *Status) { s.Attempt.Result = Completed }, ready: "False", says: "3 of 3 pods of ReplicaSet web are missing"},
		{name: "none of the second workload", observed: observe(updatedPod()).of(web(1), 1).of(workload("ReplicaSet", "b", 1), 0), ready: "False", says: "1 of 1 pods of ReplicaSet b is missing"},
		{name: "one is there", observed: observe(updatedPod()).of(web(3), 1), steps: 1, ready: "False"},
		{name: "all failed, and so many are tolerated", observed: observe(failedPod(), failedPod()).of(web(2), 2), ready: "False", says: "no pod of it has come up"},
		{name: "no node takes them", observed: observe(aPod().onImage("app:v2").neverScheduled().unready(time.Hour)).of(web(1), 1), ready: "False", says: "no node takes it"},
		{
			name: "all have failed since", observed: observe(failedPod().lastAvailable(time.Hour), failedPod()).of(web(2), 2),
			change: func(s *Status) { s.Attempt.Result = Completed }, ready: "False", says: "no pod of ReplicaSet web has come up",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := thePlan("app:v2", tolerate(2), unavailable("100%"))
			test.observed.Status = begun(plan)
			if test.change != nil {
				test.change(&test.observed.Status)
				test.observed.Status.Attempt.EndedAt = epoch.Add(-2 * time.Hour)
				test.observed.Status.LastCompleted = test.observed.Status.Attempt.completion()
			}
			decision := Decide(plan, test.observed, epoch)
			ready, _ := decision.Status.Condition("Ready")
			if len(decision.Steps) != test.steps || ready.Status != test.ready || !strings.Contains(ready.Message, test.says) {
				t.Errorf("does %v, is Ready=%s and says %q; want %d steps, %s and %q", decision.Steps, ready.Status, ready.Message, test.steps, test.ready, test.says)
			}
		})
	}
}

// What a plan waits for has a reason of its own where no node takes a pod.
func TestUnschedulable(t *testing.T) {
	for _, test := range []struct {
		name string
		pods []*simPod
		plan []option
		want string // the reason
	}{
		{"they use all the budget", []*simPod{aPod(), aPod().pending()}, []option{waves("1", "100%")}, Unschedulable},
		{"they are all that is left", []*simPod{updatedPod(), aPod().pending().patched("app:v2", time.Hour)}, []option{unavailable("2")}, Unschedulable},
		{"made on the image", []*simPod{updatedPod(), aPod().pending().onImage("app:v2")}, []option{unavailable("2")}, Unschedulable},
		{"others are under way as well", []*simPod{aPod(), aPod().patched("app:v2", time.Second), aPod().pending()}, []option{waves("2", "100%")}, "Budget"},
	} {
		plan := thePlan("app:v2", test.plan...)
		observed := observe(test.pods...)
		observed.Status = begun(plan)
		forecast := Foresee(plan, observed, epoch).Objection
		if forecast.Reason != test.want {
			t.Errorf("%s: the reason is %s (%s)", test.name, forecast.Reason, forecast.Message)
		}
		if !strings.Contains(forecast.Message, "(no node takes it") {
			t.Errorf("%s: says %q", test.name, forecast.Message)
		}
	}
}

// A soak holds though the wave after it is rounded to the same pods.
func TestSoakBeforeAnEmptyWave(t *testing.T) {
	plan := thePlan("app:v2", waves("1 soak 1h", "10%", "100%"))
	observed := observe(aPod().patched("app:v2", time.Minute).restarted(time.Minute), aPod(), aPod())
	observed.Status = begun(plan)
	decision := Decide(plan, observed, epoch)
	if len(decision.Actions) > 0 || !strings.Contains(says(decision), "soaks until "+epoch.Add(time.Hour).Format(time.RFC3339)) {
		t.Errorf("does %q and says %q", deeds(decision), says(decision))
	}
}

// Waves, partitions and workloads of any size: none is complete without a pod of its own.
func TestWavesProve(t *testing.T) {
	for _, test := range []struct {
		name     string
		pods     []*simPod
		plan     []option
		finished int
	}{
		{"of one pod", []*simPod{failedPod()}, nil, 0},
		{"the second wave failed", []*simPod{updatedPod(), failedPod(), aPod(), aPod()}, []option{waves("1", "50%", "100%")}, 1},
		{"one of its two failed", []*simPod{updatedPod(), failedPod(), aPod(), aPod()}, []option{waves("2", "100%")}, 1},
		{"rounded to none of its own", []*simPod{updatedPod(), aPod(), aPod()}, []option{waves("1", "40%", "100%")}, 2},
		{"the partition keeps all", []*simPod{aPod(), aPod()}, []option{partition("2")}, 1},
		{"the partition leaves one", []*simPod{failedPod(), aPod()}, []option{partition("1")}, 0},
		{"failed, and no node takes the other", []*simPod{failedPod(), aPod().pending().onImage("app:v2")}, nil, 0},
		{"no pods", nil, []option{waves("1", "100%")}, 2},
	} {
		plan := thePlan("app:v2", append([]option{tolerate(2)}, test.plan...)...)
		observed := observe(test.pods...)
		observed.Status = begun(plan)
		if got := Decide(plan, observed, epoch).Status.Wave.Finished; got != test.finished {
			t.Errorf("%s: %d waves are finished, want %d", test.name, got, test.finished)
		}
	}
}

// Why a wave failed is told once: the kubelet's words change from look to look.
func TestWaveFailedIsToldOnce(t *testing.T) {
	plan := thePlan("app:v2", tolerate(1))
	observed := observe(failedPod())
	observed.Status = begun(plan)
	first := Decide(plan, observed, epoch).Status
	for _, reason := range []string{"ImagePullBackOff", "CrashLoopBackOff"} {
		again := observe(aPod().patched("app:v2", time.Hour).waiting(reason))
		again.Status = first
		if next := Decide(plan, again, epoch.Add(time.Second)).Status; !first.Same(next) {
			t.Errorf("%s is told anew: %v", reason, Turns(spec.Key{}, first, next))
		}
	}
	if !first.Retriable() {
		t.Error("a person's retry would change it")
	}
}

// A deadline that the workload's own minReadySeconds outlasts would fail every pod.
func TestMinReadyOfTheWorkload(t *testing.T) {
	plan := thePlan("app:v2", minReady(5))
	owner := workload("StatefulSet", "db", 1)
	owner.MinReady = 45 * time.Second
	observed := observe(wantsReady(45*time.Second, aPod())).of(owner, 1)
	forecast := Foresee(plan, observed, epoch)
	if notes := strings.Join(forecast.Notes, "\n"); !strings.Contains(notes, "available after 45s, the minReadySeconds of StatefulSet db") || forecast.MinReady != owner.MinReady {
		t.Errorf("says %q, and takes %s", notes, forecast.MinReady)
	}
	observed.Pods[0].MinReady = 60 * time.Second
	if says := Foresee(plan, observed, epoch).Objection; says.Reason != "DeadlineTooShort" {
		t.Errorf("with the deadline of 60 s it says %+v", says)
	}
}

// A pod about to be taken away serves still, and uses the budget all the same.
func TestLeavingUsesTheBudget(t *testing.T) {
	for name, pod := range map[string]*simPod{"outdated": leaving(aPod()), "up to date": leaving(updatedPod())} {
		observed := observe(aPod(), pod)
		plan := thePlan("app:v2", unavailable("1"))
		observed.Status = begun(plan)
		if d := Decide(plan, observed, epoch); len(d.Actions) > 0 || !strings.Contains(says(d), "waits for pod pod-1") {
			t.Errorf("%s: does %q and says %q", name, deeds(d), says(d))
		}
	}
}
