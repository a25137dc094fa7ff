package simulation

import (
	"time"
)

// list is an informer's first look.
func (p *process) list() {
	for _, pod := range p.living() {
		p.pods[pod.uid] = pod.snapshot()
	}
	for _, work := range p.workloads {
		p.owners[work.name] = work.shown()
		for _, set := range work.owner.sets {
			p.sets[set.uid] = set.shown()
		}
	}
	for _, n := range p.world.nodes {
		p.nodes[n.name] = n.seen()
	}
	for _, b := range p.world.budgets {
		p.budgets[b.name] = *b
	}
	for key, r := range p.world.records {
		p.records[key] = r
	}
}

// deliver is an event of the informers: later, and in order.
func (p *process) deliver(what func()) {
	lag := p.span("informer", "lag", time.Millisecond, 30*time.Millisecond)
	if p.strikes("informer lags", "informer") {
		lag = p.span("informer", "long lag", 200*time.Millisecond, 4*time.Second)
	}
	at := time.Now().Add(lag)
	if !at.After(p.delivered) {
		at = p.delivered.Add(1)
	}
	p.delivered = at
	p.after(time.Until(at), func() {
		if !p.dead {
			what()
			p.wake()
		}
	})
}

// show brings a pod's newest form to the informers.
func (p *process) show(s snapshot) {
	p.deliver(func() {
		if s.gone {
			delete(p.pods, s.UID)
			delete(p.wrote, s.UID)
			return
		}
		p.pods[s.UID] = s
		p.openLater(s)
	})
}

// newest is a pod as the informer shows it, or as our own write returned it.
func (p *process) newest(uid string) (snapshot, bool) {
	shown, ok := p.pods[uid]
	if ours, wrote := p.wrote[uid]; ok && wrote && ours.version > shown.version {
		return ours, true
	}
	return shown, ok
}

// openLater is the independent little loop that opens the gates of newborn
// pods, with or without a plan.
func (p *process) openLater(s snapshot) {
	if s.Gate.Type == "" || !s.Gate.Since.IsZero() || s.terminating {
		return
	}
	p.after(p.span("newborn gate", s.UID, 5*time.Millisecond, 400*time.Millisecond), func() {
		if p.dead || s.pod.gone || s.pod.door != nil {
			return
		}
		if p.stands() {
			p.openLater(s)
			return
		}
		p.led13("newborn gate", s.UID)
		p.count("newborn gate opened")
		p.setDoor(s.pod, true)
	})
}
