package simulation

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/patchwave/patchwave/align"
	"github.com/patchwave/patchwave/controller"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// mostDeaths bounds how often patchwave dies in a run.
const mostDeaths = 6

// process is one patchwave, from its start to its death, with what its
// informers have shown it and what its own writes returned.
type process struct {
	*world
	loop   *controller.Loop
	cancel context.CancelFunc
	dead   bool
	since  time.Time
	number int
	still  time.Time // until when it stands still
	term   time.Time // until when it may rely on its Lease; zero while it renews that

	pods, wrote    map[string]snapshot    // by UID; wrote is laid over
	owners         map[string]align.Owner // by name, and as our own writes returned them
	wroteOwners    map[string]align.Owner
	sets           map[string]align.Set // by UID
	wroteSets      map[string]align.Set
	nodes          map[string]nodeSeen
	budgets        map[string]budget // as the informer shows them
	skew           time.Duration     // of its clock
	records, saved map[spec.Key]*record
	delivered      time.Time // when the last event of the informers arrives
	readings       map[string]reading
	denials        map[string]denial // writes that failed, by UID
	decided        map[spec.Key]*decision
	tips           map[string][]string
	wanted         []report.CommitStatus
	writing        bool
	lookedAt       time.Time // the instant of the last look
	looksThen      int       // at that instant
}

// reading is what the loop was given of a source, and when.
type reading struct {
	reconciler.Reading
	at time.Time
}

// denial is since when no write of an attempt to a pod came through.
type denial struct {
	try   reconciler.Try
	since time.Time
}

// decision is what the loop looked at last, and what it began after it.
type decision struct {
	plan     reconciler.Plan
	observed reconciler.Observed
	begun    map[string]bool // pods started, by UID
}

// snapshot is a pod as the API server had it at some time.
type snapshot struct {
	reconciler.Pod
	pod         *pod
	version     int
	terminating bool
	gone        bool
	label       string // the revision that the pod is said to be of
}

func (p *pod) snapshot() snapshot {
	return snapshot{Pod: p.view(), pod: p, version: p.version, terminating: p.terminating, gone: p.gone, label: p.label}
}

var errDead = errors.New("the process is dead")

// launch starts a process with an empty memory.
func (w *world) launch() {
	if w.process != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{
		world: w, cancel: cancel, since: time.Now(),
		pods: map[string]snapshot{}, wrote: map[string]snapshot{}, nodes: map[string]nodeSeen{}, budgets: map[string]budget{},
		owners: map[string]align.Owner{}, wroteOwners: map[string]align.Owner{}, sets: map[string]align.Set{}, wroteSets: map[string]align.Set{},
		records: map[spec.Key]*record{}, saved: map[spec.Key]*record{},
		readings: map[string]reading{}, denials: map[string]denial{}, decided: map[spec.Key]*decision{}, tips: map[string][]string{},
	}
	p.list()
	p.loop = &controller.Loop{
		World: p, Archive: archive{p}, Audience: p, Now: p.now, Log: slog.New(slog.DiscardHandler), Sources: sources, Hours: w.operator, Namespaces: []string{namespace},
	}
	w.process, w.holder = p, p
	w.started++
	p.number = w.started
	w.tell("patchwave: process %d starts", w.started)
	w.git.introduce(p)
	for _, pod := range w.living() {
		p.openLater(pod.snapshot())
	}
	wait := w.span("first read", "process", time.Millisecond, 15*time.Second)
	go func() {
		time.Sleep(wait)
		p.loop.Run(ctx)
		w.mu.Lock()
		defer w.mu.Unlock()
		p.ended()
	}()
}

// now is the clock that the loop goes by.
func (p *process) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.skew)
}

// die kills the process where it stands.
func (p *process) die(kind string) {
	if p.dead {
		return
	}
	p.tell("patchwave: process %d dies: %s", p.number, kind)
	p.dead = true
	p.cancel()
}

// ended makes room for the next process: later than any write of this one can
// still take place.
func (p *process) ended() {
	p.dead = true
	if p.over || p.process != p { // or another one is at work already
		return
	}
	p.process = nil
	p.after(p.span("restart", "process", 5*time.Second, 20*time.Second)+p.outage, p.launch)
	p.outage = 0
}

// handover stops the process as a lost Lease does: what it writes may end.
func (p *process) handover() {
	p.tell("patchwave: process %d loses the Lease", p.number)
	p.cancel()
}

// strikesDead tells whether the process dies here.
func (p *process) strikesDead(kind string) bool {
	if p.started > mostDeaths || !p.strikes(kind, "process") {
		return false
	}
	p.die(kind)
	return true
}

// Turn hears a turn of the story.
func (p *process) Turn(_ reconciler.Plan, turn reconciler.Turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead {
		p.tell("story: %s: %s", turn.Reason, turn.Message)
	}
}

// Changed hears the whole, and shows it to GitHub.
func (p *process) Changed(readings []reconciler.Reading, records []reconciler.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead {
		p.publishLater(readings, records)
	}
}
