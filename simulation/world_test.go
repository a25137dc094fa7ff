// Package simulation runs the real loop against a simulated cluster, with
// kubelets, controllers, people, Git and GitHub, and holds every law against
// what comes of it. The world and the laws share no code with the reconciler
// but the data it takes and gives.
package simulation

import (
	"fmt"
	"sync"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/spec"
)

const namespace = "games"

// world is everything but patchwave. Its lock makes each thing that happens
// one step, and after every step the laws are checked.
type world struct {
	chance
	mu    sync.Mutex
	begin time.Time
	over  bool // nothing happens any more
	calm  bool // the faults have stopped
	tells bool // keep the timeline

	nodes     []*node
	workloads []*workload
	pods      []*pod // in the order of their birth; those that are gone stay
	records   map[spec.Key]*record
	version   int // the last resourceVersion
	git       *git
	process   *process // nil while none runs
	holder    *process // of the Lease, until another takes it
	started   int      // processes so far
	hub       hub
	book      book
	weather   map[string]int
	rewrites  bool // a webhook gives images another name
	waits     bool // at the end some plan waited for pods that others keep down
	fixed     bool // good images were committed at the end
	skewed    bool // a clock has jumped: times prove nothing
	budgets   []*budget
	operator  calendar.Hours
	outage    time.Duration // before the next process starts
	jumped    time.Time     // when a clock jumped last

	steps, writes, looks int
	tally                map[string]int
	timeline             []string
	broken               []string
}

func newWorld(seed uint64, tells bool) *world {
	w := &world{
		chance: chance{seed: seed, drawn: map[occasion]uint64{}}, begin: time.Now(), tells: tells,
		records: map[spec.Key]*record{}, tally: map[string]int{}, hub: newHub(), book: newBook(),
	}
	w.git = &git{w: w, tips: map[string]commit{}, past: map[string][]commit{}}
	w.weather = w.forecast()
	return w
}

// after has something happen, as one step.
func (w *world) after(d time.Duration, do func()) {
	time.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.over {
			return
		}
		w.steps++
		do()
	})
}

// strikes tells whether a fault happens, and counts it.
func (w *world) strikes(kind, object string) bool {
	if w.calm || !w.odds(kind, object, w.weather[kind]) {
		return false
	}
	w.count(kind)
	return true
}

func (w *world) count(kind string) { w.tally[kind]++ }

// tell adds a line to the timeline.
func (w *world) tell(format string, args ...any) {
	if w.tells {
		w.timeline = append(w.timeline, fmt.Sprintf("%10.3fs  ", time.Since(w.begin).Seconds())+fmt.Sprintf(format, args...))
	}
}

// breaks notes that a law was broken.
func (w *world) breaks(law, format string, args ...any) {
	text := fmt.Sprintf("%8.3fs  law %s: ", time.Since(w.begin).Seconds(), law) + fmt.Sprintf(format, args...)
	w.broken = append(w.broken, text)
	w.tell("BROKEN law %s: %s", law, fmt.Sprintf(format, args...))
}

// wake tells the process that something has changed.
func (w *world) wake() {
	if w.process != nil {
		w.process.loop.Wake(namespace)
	}
}

// living are the pods that still exist.
func (w *world) living() []*pod {
	var all []*pod
	for _, p := range w.pods {
		if !p.gone {
			all = append(all, p)
		}
	}
	return all
}

// some takes a living pod that may be meddled with; nil where there is none.
func (w *world) some(kind string) *pod {
	var all []*pod
	for _, p := range w.living() {
		if !p.terminating {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return one(&w.chance, kind, "pod", all...)
}

// byUID finds a pod, also one that is gone.
func (w *world) byUID(uid string) *pod { return w.book.pods[uid] }

// node is a machine with a kubelet.
type node struct {
	name  string
	zone  string
	ready bool              // as the API server has it
	since time.Time         // since when
	down  bool              // its kubelet cannot be reached, nor reach anything
	jam   bool              // it can pull nothing
	names map[string]string // the first name that each digest had here
}

// nodeSeen is what an informer shows of a node.
type nodeSeen struct {
	ready bool
	since time.Time
	zone  string
}

func (n *node) seen() nodeSeen { return nodeSeen{n.ready, n.since, n.zone} }

// zone is the label by which plans spread.
const zone = "topology.kubernetes.io/zone"
