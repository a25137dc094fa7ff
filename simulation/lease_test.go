package simulation

import (
	"errors"
	"time"
)

// The Lease, as patchwave keeps it.
const (
	leaseTime = 15 * time.Second // after its last renewal another process may take it
	termTime  = 10 * time.Second // and its holder relies on it only so long
	renewTime = 5 * time.Second
)

var errNotLed = errors.New("this process does not lead")

// standStill has the process and its clocks stand still for some time, as a
// suspended machine does: it renews nothing and sends nothing meanwhile, and
// believes afterwards what it believed before. When it has not renewed the Lease in
// time, another process takes it and works, with the first still there.
func (w *world) standStill() bool {
	p := w.process
	if p == nil || p.dead || p.stands() || w.started > mostDeaths {
		return false
	}
	last := time.Now().Add(-w.span("renewed", "process", 0, renewTime))
	still := w.span("still", "process", time.Second, time.Minute)
	term := last.Add(termTime)
	p.still, p.term = time.Now().Add(still), term
	w.tell("patchwave: process %d stands still for %s", p.number, still)
	w.after(still+w.span("renewal", "process", 2*time.Millisecond, 4*time.Second), p.renew)
	w.after(time.Until(last.Add(leaseTime))+w.span("standby", "process", time.Millisecond, 2*time.Second), func() { p.supplant(term) })
	return true
}

// stands reports whether the process stands still, or has not asked for its Lease since.
func (p *process) stands() bool { return !p.term.IsZero() }

// renew is the process asking for its Lease again.
func (p *process) renew() {
	switch {
	case p.dead:
	case p.holder == p:
		p.term = time.Time{}
	default:
		p.tell("patchwave: process %d finds that process %d leads", p.number, p.holder.number)
		p.cancel()
	}
}

// supplant has another process lead, where this one is still there and has not
// renewed its Lease since that term.
func (p *process) supplant(term time.Time) {
	if p.dead || !p.term.Equal(term) {
		return
	}
	p.count("Lease taken from a process that stands still")
	p.world.process = nil
	p.launch()
}

// leads is what the process itself goes by: the time at which it renewed last.
func (p *process) leads() bool { return !p.stands() || time.Now().Before(p.term) }

// hold keeps what a process that stands still would do until it goes on. To a
// process, no time has passed.
func (p *process) hold(object string) {
	p.mu.Lock()
	rest := time.Until(p.still)
	if rest > 0 {
		rest += p.span("held", object, time.Millisecond, 50*time.Millisecond)
	}
	p.mu.Unlock()
	time.Sleep(rest)
}

// gate holds and then refuses what the process must not send.
func (p *process) gate(object string) error {
	p.hold(object)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.leads() {
		p.count("write refused by the process itself")
		return errNotLed
	}
	return nil
}

// led13: nothing is written but by the process that holds the Lease, by the account
// of the API server and not of the process.
func (p *process) led13(kind, object string) {
	if p.holder != p {
		p.breaks("13 one leader", "process %d writes (%s %s), but process %d holds the Lease", p.number, kind, object, p.holder.number)
	}
}
