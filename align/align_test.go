package align

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/patchwave/patchwave/spec"
)

var kinds = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"}

var lobby = spec.Key{Namespace: "games", Name: "lobby"}

// run takes the model's next steps, at most so many writes, the controllers acting
// after each look as far as let; it returns how many writes there were, and
// whether nothing more was to be done.
func run(m *model, most int, next func(Owner) Outcome, let func(*model)) (writes int, ended bool) {
	for range 50 {
		outcome := next(m.owner())
		if outcome.Refused != "" || outcome.Done() {
			return writes, true
		}
		for _, step := range outcome.Steps {
			if writes == most {
				return writes, false
			}
			m.write(step)
			writes++
		}
		let(m)
	}
	return writes, false
}

func forward(images []spec.Image) func(Owner) Outcome {
	return func(o Owner) Outcome { return Next(o, lobby, images) }
}

// follow does what a plan does: while a pod lacks the image it ends what was
// begun, and has the pod patched; then it aligns.
func follow(m *model, tag string) func(Owner) Outcome {
	return func(o Owner) Outcome {
		if m.runs(image(tag)) {
			return Next(o, lobby, image(tag))
		}
		if outcome := Finish(o, m.runs); !outcome.Done() {
			return outcome
		}
		m.upgrade(tag)
		return Next(m.owner(), lobby, image(tag))
	}
}

// leave ends what is found, as when the plan is gone.
func leave(m *model) func(Owner) Outcome {
	return func(o Owner) Outcome { return Finish(o, m.runs) }
}

// sound checks that nothing is left held, and that what is made later has the tag.
func sound(t *testing.T, m *model, tag string, replaced int) {
	t.Helper()
	m.settle()
	if m.mark != nil || m.paused || m.onDelete || m.holdAt != 0 || m.replaced != replaced {
		t.Errorf("held still, or %d pods were replaced, want %d: %s", m.replaced, replaced, m)
	}
	if !slices.Equal(m.template, image(tag)) {
		t.Errorf("the template names %v, want %s", m.template, tag)
	}
	m.pods = m.pods[1:]
	m.settle()
	if made := m.pods[len(m.pods)-1]; !slices.Equal(made.images, image(tag)) {
		t.Errorf("a pod made later has %v, want %s", made.images, tag)
	}
}

// cuts calls try with a model of each kind in the middle of an alignment from v1
// to v2, as it is after each number of writes, none and all among them. Whether the
// controllers have seen the last write differs by seed.
func cuts(t *testing.T, kinds []string, try func(*testing.T, *model)) {
	for _, kind := range kinds {
		for seed := range uint64(5) {
			for most, ended := 0, false; !ended; most++ {
				m := newModel(kind, "v1")
				m.upgrade("v2")
				_, ended = run(m, most, forward(image("v2")), lagging(rand.New(rand.NewPCG(seed, 0))))
				t.Run(fmt.Sprint(kind, "/", most, "/", seed), func(t *testing.T) { try(t, m) })
				if most > 30 {
					t.Fatalf("%s should be aligned by now: %s", kind, m)
				}
			}
		}
	}
}

// A process dies after any write; the next goes on, with the same plan or a newer
// one, or ends what it finds where the plan is gone: forwards while the pods are
// new, else back. No pod is replaced, and nothing is left held.
func TestKilledAfterAnyWrite(t *testing.T) {
	for name, end := range map[string]struct {
		pods string
		next func(*model) func(Owner) Outcome
		want string // "": v2 where it was held or had ended, else v1
	}{
		"the plan goes on":          {"v2", func(*model) func(Owner) Outcome { return forward(image("v2")) }, "v2"},
		"the plan is gone":          {"v2", leave, ""},
		"the pods were rolled back": {"v1", leave, "v1"},
		"a newer plan is due":       {"v3", func(*model) func(Owner) Outcome { return forward(image("v3")) }, "v3"},
		"a newer plan begins":       {"v2", func(m *model) func(Owner) Outcome { return follow(m, "v3") }, "v3"},
		"it was reverted":           {"v2", func(m *model) func(Owner) Outcome { return follow(m, "v1") }, "v1"},
	} {
		t.Run(name, func(t *testing.T) {
			cuts(t, kinds, func(t *testing.T, m *model) {
				ended := m.mark == nil && slices.Equal(m.template, image("v2"))
				if ended && end.want == "v1" && end.pods == "v1" {
					return // it takes another alignment to bring the template back
				}
				want := end.want
				if want == "" {
					want = map[bool]string{true: "v2", false: "v1"}[m.mark != nil || ended]
				}
				m.upgrade(end.pods)
				if _, ended := run(m, 100, end.next(m), (*model).settle); !ended {
					t.Error("it should end")
				}
				sound(t, m, want, 0)
			})
		})
	}
}

// lagging controllers see the owner and its sets late, each at its own time.
func lagging(chance *rand.Rand) func(*model) {
	return func(m *model) {
		for range chance.IntN(4) {
			old := m.seen
			switch chance.IntN(4) {
			case 0:
				m.look()
			case 1:
				m.look()
				m.seen.templates, m.seen.labels = old.templates, old.labels
			case 2:
				m.seen.templates, m.seen.labels = maps.Clone(m.templates), maps.Clone(m.labels)
			case 3:
				m.control()
			}
		}
	}
}

// However late the controllers see what was written, no pod is replaced; old
// ReplicaSets that would be equal to the new template do not take over.
func TestControllersLag(t *testing.T) {
	for _, kind := range kinds {
		for seed := range uint64(500) {
			chance := rand.New(rand.NewPCG(seed, 0))
			m := newModel(kind, "v1")
			for range chance.IntN(3) { // ordinary roll-outs leave old ReplicaSets
				m.template, m.generation = image([]string{"v1", "v2", "v3"}[chance.IntN(3)]), m.generation+1
				m.settle()
			}
			m.replaced = 0
			for _, tag := range []string{"v2", "v1", "v3"} {
				if kind == "ReplicaSet" || m.runs(image(tag)) {
					continue
				}
				m.upgrade(tag)
				run(m, 100, forward(image(tag)), lagging(chance))
				for range 5 {
					run(m, 100, forward(image(tag)), (*model).settle)
				}
				if sound(t, m, tag, 0); t.Failed() {
					t.Fatalf("%s, seed %d", kind, seed)
				}
				m.settle()
				m.upgrade(tag)
				m.replaced = 0
			}
		}
	}
}

// What others do in the middle of an alignment ends well, and as they want it; what
// Kubernetes rolls out for them replaces each pod once, and nothing else does.
func TestOthersMeanwhile(t *testing.T) {
	let := func(m *model) { m.paused, m.onDelete, m.holdAt = false, false, 0 }
	for name, other := range map[string]struct {
		does     func(*model)
		template string
		replaced int
	}{
		"somebody lets the owner go":          {let, "v2", 0},
		"somebody scales it up":               {func(m *model) { m.replicas = 5 }, "v2", 0},
		"it scales up while nobody looks":     {func(m *model) { m.replicas = 5; m.generation++; m.settle() }, "v2", 0},
		"somebody applies the old manifest":   {func(m *model) { m.template = image("v1"); let(m) }, "v2", 0},
		"somebody sets an image":              {func(m *model) { m.template = image("v9") }, "v9", 3},
		"somebody restarts it":                {func(m *model) { m.like++ }, "v2", 3},
		"somebody sets an image, and lets go": {func(m *model) { m.template = image("v9"); let(m) }, "v9", 3},
	} {
		t.Run(name, func(t *testing.T) {
			cuts(t, kinds[:3], func(t *testing.T, m *model) {
				if m.mark == nil {
					return // it has not begun, or has ended
				}
				other.does(m)
				m.generation++
				next := follow(m, "v2")
				if other.template != "v2" { // the plan stalls: TemplateChanged
					next = leave(m)
				}
				if _, ended := run(m, 100, next, (*model).settle); !ended {
					t.Error("it should end")
				}
				sound(t, m, other.template, other.replaced)
			})
		})
	}
}

// While patchwave is down, somebody lets a Deployment go whose ReplicaSet has the
// new template already: Kubernetes rolls the old one out. Patchwave gives way, and
// replaces no pod again.
func TestLetGoWhileNobodyLooks(t *testing.T) {
	cuts(t, kinds[:1], func(t *testing.T, m *model) {
		if m.mark == nil || m.mark.Released {
			return
		}
		m.settle()
		m.paused = false
		m.generation++
		m.settle()
		rolled := m.replaced
		if _, ended := run(m, 100, follow(m, "v2"), (*model).settle); !ended {
			t.Error("it should end")
		}
		sound(t, m, "v2", rolled)
	})
}

// An owner that somebody holds, or would write back, is left alone.
func TestPreflight(t *testing.T) {
	owner := func(kind string, change func(*Owner)) Owner {
		o := newModel(kind, "v1").owner()
		change(&o)
		return o
	}
	for _, test := range []struct {
		owner Owner
		want  string
	}{
		{owner("Deployment", func(o *Owner) { o.Held = true }), "it is paused, and not by patchwave; `kubectl rollout resume deployment/lobby -n games`"},
		{owner("Deployment", func(o *Owner) { o.Appliers = map[string]string{"server": "Argo CD", "logger": "Flux"} }), "Argo CD owns its images"},
		{owner("StatefulSet", func(o *Owner) { o.OnDelete = true }), "its update strategy is OnDelete"},
		{owner("DaemonSet", func(o *Owner) { o.OnDelete = true }), "its update strategy is OnDelete"},
		{owner("StatefulSet", func(o *Owner) { o.Unknown = "Recreate" }), "its update strategy is Recreate, which patchwave does not know"},
		{owner("ReplicaSet", func(o *Owner) { o.Appliers = map[string]string{"server": "Helm"} }), "Helm owns its images"},
		{owner("Deployment", func(o *Owner) { o.Sets = append(o.Sets, Set{Name: "other", Replicas: 1}) }), "is rolling out: ReplicaSets set-1, other have pods"},
		{owner("Deployment", func(o *Owner) { o.Sets = nil }), "no ReplicaSet of its template has pods yet"},
		{owner("Deployment", func(o *Owner) { // maxSurge 0: the new set begins without pods
			old := o.Sets[0]
			o.Sets[0].Replicas, old.UID, old.Images = 0, "old", image("v0")
			o.Sets = append([]Set{old}, o.Sets...)
		}), "no ReplicaSet of its template has pods yet"},
		{owner("StatefulSet", func(o *Owner) { o.Pods[1].Revision = "older" }), "is at two revisions: pod pod-2"},
		{owner("DaemonSet", func(o *Owner) { o.Revision = "" }), "is not known yet"},
		{owner("Deployment", func(o *Owner) { o.Mark = &Mark{Plan: "games/other"} }), "plan games/other aligns Deployment lobby"},
	} {
		outcome := Next(test.owner, lobby, image("v2"))
		if said := outcome.Refused + outcome.Waits; len(outcome.Steps) > 0 || !strings.Contains(said, test.want) {
			t.Errorf("says %q and does %v; want %q", said, outcome.Steps, test.want)
		}
		if refused := strings.Contains(outcome.Refused, "template: Leave"); (outcome.Refused != "") != refused {
			t.Errorf("a refusal should say what else to do: %s", outcome.Refused)
		}
	}
}

// Should another ReplicaSet grow after all, the Deployment is paused again, and
// a person has to look.
func TestAlarm(t *testing.T) {
	m := newModel("Deployment", "v1")
	m.upgrade("v2")
	run(m, 3, forward(image("v2")), (*model).settle) // hold, set, release
	m.settle()
	m.sets = append(m.sets, &modelSet{name: "twin", replicas: 1})
	run(m, 1, forward(image("v2")), (*model).control)
	outcome := Next(m.owner(), lobby, image("v2"))
	if !m.paused || !strings.Contains(outcome.Refused, "another ReplicaSet, twin, has pods: it is paused") {
		t.Errorf("paused %t, %+v", m.paused, outcome)
	}
	m.paused = false
	if outcome := Next(m.owner(), lobby, image("v2")); len(outcome.Steps) != 1 || outcome.Steps[0].Verb != Clear {
		t.Errorf("a person has let it go: %+v", outcome)
	}
}

// A Deployment without pods may lose its ReplicaSet in the middle, where it keeps no
// history: it gets the template, and nothing is replaced.
func TestSetCleanedUp(t *testing.T) {
	m := newModel("Deployment", "v1")
	m.replicas = 0
	m.settle()
	m.replaced = 0
	run(m, 2, forward(image("v2")), (*model).settle) // hold, set
	m.sets = nil
	run(m, 100, forward(image("v2")), (*model).settle)
	m.replicas = 3
	m.settle()
	sound(t, m, "v2", 0)
}

// The controller of a DaemonSet does not count a pod where it would start none: a
// taint came later.
func TestUncountedPods(t *testing.T) {
	m := newModel("DaemonSet", "v1")
	m.upgrade("v2")
	next := func(o Owner) Outcome {
		o.Counted, o.Updated, o.Misplaced = o.Counted-1, max(0, o.Updated-1), 1
		return Next(o, lobby, image("v2"))
	}
	if _, ended := run(m, 100, next, (*model).settle); !ended {
		t.Error("it should end")
	}
	sound(t, m, "v2", 0)
}

// A pod that is gone, or ends since a moment, is not taken for one whose label the
// controller has not seen. One that has been ending for long holds nothing up.
func TestCountOfBefore(t *testing.T) {
	for _, test := range []struct {
		name    string
		changes func(o *Owner)
		waits   bool
	}{
		{"as it is", func(*Owner) {}, false},
		{"one is gone", func(o *Owner) { o.Counted++ }, true},
		{"one is gone, and was counted as updated", func(o *Owner) { o.Counted, o.Updated = o.Counted+1, o.Updated+1 }, true},
		{"one is new", func(o *Owner) { o.Counted, o.Updated = o.Counted-1, o.Updated-1 }, true},
		{"one has been ending for long", func(o *Owner) { o.Counted, o.Ending = o.Counted+1, 1 }, false},
		{"one has been ending for long, and one is not seen yet", func(o *Owner) { o.Counted, o.Updated, o.Ending = o.Counted+1, o.Updated-1, 1 }, true},
		{"one is misplaced", func(o *Owner) { o.Counted, o.Updated, o.Misplaced = o.Counted-1, o.Updated-1, 1 }, false},
	} {
		for _, kind := range []string{"StatefulSet", "DaemonSet"} {
			m := newModel(kind, "v1")
			m.upgrade("v2")
			asked := false
			next := func(o Owner) Outcome {
				outcome := Next(o, lobby, image("v2"))
				if len(outcome.Steps) == 1 && outcome.Steps[0].Verb == Release {
					asked = true
					test.changes(&o)
					if got := Next(o, lobby, image("v2")); got.Waits != "" != test.waits {
						t.Errorf("%s, %s: waits %q", kind, test.name, got.Waits)
					}
				}
				return outcome
			}
			if run(m, 100, next, (*model).settle); !asked {
				t.Errorf("%s was never to be let go", kind)
			}
		}
	}
}

// To a controller another text is another image, also where the two mean the same:
// one of them in the next commit, or by hand in the ReplicaSet.
func TestAnotherTextForTheSame(t *testing.T) {
	short, long := image("v2"), []spec.Image{{Container: "server", Image: "docker.io/library/app:v2"}}
	for name, test := range map[string]struct {
		does func(*model)
		then []spec.Image
	}{
		"next commit": {func(*model) {}, long},
		"by hand":     {func(m *model) { m.change("set-1", func(t *modelTemplate) { t.images = long }) }, short},
	} {
		t.Run(name, func(t *testing.T) {
			m := newModel("Deployment", "v1")
			m.upgrade("v2")
			run(m, 2, forward(short), (*model).settle) // hold, set
			test.does(m)
			run(m, 100, forward(test.then), (*model).settle)
			m.settle()
			if m.replaced > 0 || m.mark != nil || m.paused {
				t.Errorf("%d pods were replaced: %s", m.replaced, m)
			}
		})
	}
}

// A strategy that somebody sets in the middle is theirs, and what they get back.
func TestStrategyOfTheirOwn(t *testing.T) {
	m := newModel("StatefulSet", "v1")
	m.upgrade("v2")
	run(m, 1, forward(image("v2")), (*model).settle) // hold
	m.holdAt = 2
	run(m, 100, forward(image("v2")), (*model).settle)
	if m.mark != nil || m.holdAt != 2 {
		t.Errorf("the partition should be the one set in the middle, 2: %s", m)
	}
}

// A Deployment that somebody lets go in the middle begins to roll out. Half way it is
// left to Kubernetes; where it is held again by then, the other ReplicaSet is scaled
// down after the release, and that is no alarm. One that grows is.
func TestLetGoHalfWay(t *testing.T) {
	halfWay := func(m *model, replicas int) {
		m.sets = append(m.sets[:1], &modelSet{name: "other", replicas: replicas})
		m.templates["other"] = modelTemplate{image("v1"), 7, 0}
	}
	m := newModel("Deployment", "v1")
	m.upgrade("v2")
	run(m, 2, forward(image("v2")), (*model).settle) // hold, set
	halfWay(m, 1)
	m.paused = false
	if outcome := Next(m.owner(), lobby, image("v2")); len(outcome.Steps) != 1 || outcome.Steps[0].Verb != Clear {
		t.Errorf("Kubernetes is rolling out: %+v", outcome)
	}
	m.paused = true
	run(m, 1, forward(image("v2")), (*model).look) // release
	m.look()
	m.observed = m.generation
	if outcome := Next(m.owner(), lobby, image("v2")); !m.mark.Released || !strings.Contains(outcome.Waits, "ReplicaSet other, of a roll-out that was stopped, is scaled down") {
		t.Errorf("should wait: %+v", outcome)
	}
	halfWay(m, 2)
	if run(m, 1, forward(image("v2")), (*model).look); !m.paused || !strings.Contains(m.mark.Alarm, "another ReplicaSet, other, has pods") {
		t.Errorf("should alarm: %+v", m.mark)
	}
}

// Below its own partition a StatefulSet makes pods of the old revision until all of
// them are Ready: the alignment has not ended before.
func TestOldCurrentRevision(t *testing.T) {
	m := newModel("StatefulSet", "v1")
	m.upgrade("v2")
	lags := func(o Owner) Outcome {
		o.Current = "old"
		return Next(o, lobby, image("v2"))
	}
	if _, ended := run(m, 100, lags, (*model).settle); ended || !m.mark.Released || m.holdAt == HoldAt {
		t.Errorf("should be given back, and wait: %s", m)
	}
	if outcome := lags(m.owner()); !strings.Contains(outcome.Waits, "of the old revision old, until all its pods are Ready") {
		t.Errorf("waits for %q", outcome.Waits)
	}
	if run(m, 1, forward(image("v2")), (*model).settle); m.mark != nil {
		t.Error("it should end")
	}
}

// What follows a hold is tried before it, with the mark that it will carry.
func TestTrials(t *testing.T) {
	for kind, want := range map[string]string{
		"Deployment":  "Release SetTemplate Distinguish",
		"StatefulSet": "SetTemplate Label",
		"DaemonSet":   "SetTemplate Label",
	} {
		m := newModel(kind, "v2")
		if kind == "Deployment" {
			m.template, m.generation = image("v1"), 2
			m.settle()
		}
		to := map[bool]string{true: "v2", false: "v3"}[kind == "Deployment"]
		m.upgrade(to)
		var tried []string
		for _, trial := range Next(m.owner(), lobby, image(to)).Steps[0].Trials {
			tried = append(tried, string(trial.Verb))
			if trial.Owner.Mark == nil {
				t.Errorf("%s: %s is tried without a mark", kind, trial)
			}
		}
		if strings.Join(tried, " ") != want {
			t.Errorf("%s: tries %v, want %s", kind, tried, want)
		}
	}
}

// Where the mark is lost in the middle, what is said gives the owner back without a pod
// replaced, after any write.
func TestLost(t *testing.T) {
	cuts(t, kinds[:3], func(t *testing.T, m *model) {
		if m.mark == nil || m.mark.Released {
			return
		}
		m.settle()
		m.mark = nil
		o := m.owner()
		o.HeldByUs = true
		lost := o.Lost()
		if preflight := Next(o, lobby, image("v3")); preflight.Refused != lost || lost == "" {
			t.Fatalf("lost %q, preflight %+v", lost, preflight)
		}
		if strings.Contains(lost, "kubectl set image deployment/lobby server=app:v2") {
			m.template = image("v2")
		}
		if strings.Contains(lost, "first label its pods (") {
			for name := range m.labels {
				m.labels[name] = o.Revision
			}
		}
		m.generation++
		m.settle()
		m.paused, m.onDelete, m.holdAt = false, false, 0
		m.generation++
		m.settle()
		if m.replaced > 0 {
			t.Errorf("%d pods were replaced, by %q: %s", m.replaced, lost, m)
		}
	})
}

// What is given back are the images of the containers that were aligned: a neighbour's,
// that somebody has changed meanwhile, is theirs.
func TestOnlyAlignedContainersAreGivenBack(t *testing.T) {
	v1, v2 := []spec.Image{{Container: "server", Image: "app:v1"}}, []spec.Image{{Container: "server", Image: "app:v2"}}
	owner := Owner{Kind: "StatefulSet", Name: "lobby", UID: "u", Observed: true, Revision: "1"}
	owner.Images = append(slices.Clone(v1), spec.Image{Container: "logger", Image: "log:v1"})
	hold := Next(owner, spec.Key{Namespace: "games", Name: "lobby"}, v2).Steps[0]
	if hold.Verb != Hold || !slices.Equal(hold.Mark.Before, v1) {
		t.Fatalf("first %s, with %v before", hold, hold.Mark.Before)
	}
	owner.Mark, owner.Held = &hold.Mark, true
	owner.Images = append(slices.Clone(v2), spec.Image{Container: "logger", Image: "log:v2"})
	back := Finish(owner, func([]spec.Image) bool { return false })
	if len(back.Steps) != 1 || back.Steps[0].Verb != SetTemplate || !slices.Equal(back.Steps[0].Images, v1) {
		t.Errorf("then %+v", back)
	}
}
