package cluster

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// record is what was done to a pod, and seen of it.
type record struct {
	mu    sync.Mutex
	ids   map[string][]string // by container and kind, in the order of their coming
	steps []recorded
	last  sight
	gone  bool
	moved time.Time
}

type recorded struct {
	did    string
	sights []sight
}

func (r *record) saw(p seenPod, gone bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moved, r.gone = time.Now(), gone
	if gone {
		return
	}
	r.last = r.sight(p)
	if n := len(r.steps); n > 0 {
		r.steps[n-1].sights = append(r.steps[n-1].sights, r.last)
	}
}

// did begins a step, with what is known when it begins.
func (r *record) did(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps = append(r.steps, recorded{what, []sight{r.last}})
	r.moved = time.Now()
}

func (r *record) sight(p seenPod) sight {
	s := sight{
		Phase: p.Status.Phase, Observed: p.Status.ObservedGeneration == p.Metadata.Generation,
		Deleted: p.Metadata.DeletionTimestamp != nil,
	}
	for _, c := range p.Status.Conditions {
		switch c.Type {
		case "Ready":
			s.Ready = c.Status
		case "ContainersReady":
			s.AllReady = c.Status
		}
	}
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		s.Containers = append(s.Containers, r.look(c))
	}
	return s
}

func (r *record) look(c seenContainer) look {
	_, tag, _ := strings.Cut(c.Image, "game:")
	version, again, _ := strings.Cut(tag, "_")
	tag, _, _ = strings.Cut(version, "-")
	if again != "" {
		tag += "_" + again
	}
	return look{
		Name: c.Name, State: c.State.word(), Last: c.LastState.word(), Image: tag, Restarts: c.RestartCount,
		ID: r.age(c.Name+" ID", c.ContainerID), Digest: r.age(c.Name+" digest", c.ImageID),
		Ready: c.Ready, Started: c.Started != nil && *c.Started,
	}
}

var ages = []string{"old", "new", "newer"}

// age tells how many there were before.
func (r *record) age(kind, id string) string {
	if id == "" {
		return "no"
	}
	known := r.ids[kind]
	at := slices.Index(known, id)
	if at < 0 {
		at = len(known)
		r.ids[kind] = append(known, id)
	}
	if at < len(ages) {
		return ages[at]
	}
	return fmt.Sprint("newer by ", at-1)
}

// normal is the record in words, as two nodes' can be compared.
func (r *record) normal(c manner) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var text strings.Builder
	for _, step := range r.steps {
		text.WriteString("- " + step.did + "\n")
		for _, s := range lasting(step.sights, c) {
			text.WriteString("    " + s.String() + "\n")
		}
	}
	if r.gone {
		text.WriteString("    gone\n")
	}
	return text.String()
}

// lasting leaves out what a watcher may or may not come to see, and repeats. What a step begins and ends with stays.
func lasting(sights []sight, c manner) []sight {
	var kept []sight
	for i, s := range sights {
		if i == 0 || i == len(sights)-1 || !(s.onTheWay() || c.passing != nil && c.passing(s)) {
			kept = append(kept, s.without(c.noLast))
		}
	}
	return slices.CompactFunc(kept, func(a, b sight) bool { return a.String() == b.String() })
}

// until waits for a sight that will do, and then for rest.
func (r *record) until(done func(sight) bool) bool {
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		r.mu.Lock()
		ok, rests := done(r.last), time.Since(r.moved) > settled
		if r.gone {
			ok, rests = true, true
		}
		r.mu.Unlock()
		if ok && rests {
			return true
		}
	}
	return false
}
