package reconciler

import (
	"slices"
	"time"
)

// Forecast is what a plan would do to the live pods, wave by wave.
type Forecast struct {
	Plan     Plan
	Matched  int
	UpToDate int
	Waves    [][]Move // empty where nothing is to be done
	// AtOnce is how many pods may be unavailable together.
	AtOnce int
	// MinReady is for how long a pod has to be Ready, by the plan or by its workload,
	// whichever is more.
	MinReady  time.Duration
	Objection Objection // what keeps it from starting now, drift's schedule included
	// Misfit is why the plan cannot be carried out in this cluster as it is written,
	// whatever else objects: there is no such target or container, another plan claims
	// the same, or a gate that it requires is missing.
	Misfit Objection
	Notes  []string
}

// Move is what happens to one pod.
type Move struct {
	Pod, Node string
	Drained   bool // taken out of service before its restart, or is so already
	// Out is for how long it is not Ready: its grace, where it is drained, and a restart.
	Out     time.Duration
	Changes []Change
}

// Change is a container's image, from and to.
type Change struct{ Container, From, To string }

// Foresee says what Decide would do from here to the end, if all went well.
func Foresee(plan Plan, observed Observed, now time.Time) Forecast {
	recorded, pods := examine(plan, observed, now)
	progress := measure(plan, recorded, pods, now)
	strength := observed.strength()
	choice := pick(plan, progress, strength, disruptionsOf(observed, now))
	scene := scene{plan, observed, recorded, pods, progress, strength, choice, now}
	forecast := Forecast{
		Plan: plan, Matched: len(pods), UpToDate: len(having(pods, Updated)),
		AtOnce: plan.Spec.Unavailable(strength.wanted), MinReady: plan.Spec.MinReady(),
		Objection: scene.foreseen(), Misfit: scene.first(misfits),
	}
	for _, pod := range pods {
		forecast.MinReady = max(forecast.MinReady, pod.MinReady)
	}
	forecast.Plan.Spec.Waves = progress.waves // what is put back goes in one
	moving := progress.moving(plan)
	for _, wave := range moving {
		var moves []Move
		for _, pod := range wave {
			moves = append(moves, move(plan, recorded, pod, now))
		}
		forecast.Waves = append(forecast.Waves, moves)
	}
	restarting := slices.DeleteFunc(slices.Concat(moving...), func(s *subject) bool { return !s.restarts() })
	forecast.Notes = notes(plan, progress, restarting, observed.Owners)
	return forecast
}

// moving are the pods that would be touched, wave by wave.
func (p progress) moving(plan Plan) [][]*subject {
	var moving [][]*subject
	taken := 0
	for wave := range p.waves {
		var pods []*subject
		for _, pod := range p.between(taken, wave) {
			left := pod.Phase == Drifted && !plan.Spec.Drift.Corrected()
			if len(pod.changes(pod.goal)) > 0 && !left {
				pods = append(pods, pod)
			}
		}
		taken = max(taken, len(p.first(wave)))
		moving = append(moving, pods)
	}
	return moving
}

// misfits are the gates that ask whether the plan fits the cluster.
var misfits = []gate{scene.contested, scene.missing, scene.unfit}

// Moves counts the pods that would be touched.
func (f Forecast) Moves() int {
	total := 0
	for _, wave := range f.Waves {
		total += len(wave)
	}
	return total
}

// Restarts counts the containers that would be.
func (f Forecast) Restarts() int {
	total := 0
	for _, move := range slices.Concat(f.Waves...) {
		total += len(move.Changes)
	}
	return total
}

// Drained counts the pods that would be taken out of service before their restart.
func (f Forecast) Drained() int {
	total := 0
	for _, move := range slices.Concat(f.Waves...) {
		if move.Drained {
			total++
		}
	}
	return total
}

func move(plan Plan, recorded Status, pod *subject, now time.Time) Move {
	drained := pod.drainedFor(plan.Key()) || start(plan, recorded, pod, now).Verb == Drain
	m := Move{Pod: pod.Name, Node: pod.Node, Drained: drained}
	if pod.restarts() {
		m.Out = RestartTime
	}
	if m.Drained {
		m.Out += plan.Spec.GracePeriod()
	}
	for _, change := range pod.changes(pod.goal) {
		c, _ := pod.container(change.Container)
		m.Changes = append(m.Changes, Change{Container: c.Name, From: c.Image, To: change.Image})
	}
	return m
}

// between returns the pods of a wave without so many before them.
func (p progress) between(taken, wave int) []*subject {
	pods := p.first(wave)
	return pods[min(taken, len(pods)):]
}
