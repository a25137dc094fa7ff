package simulation

import (
	"time"
)

// happening is something that people, or machines of theirs, do to the world.
type happening struct {
	kind string
	do   func(*world) bool // false where there was nothing to do it to
}

var happenings = []happening{
	{"scaled up", (*world).scaleUp},
	{"scaled down", (*world).scaleDown},
	{"pod deleted", (*world).deletePod},
	{"node lost", (*world).loseNode},
	{"node cannot pull", (*world).jamNode},
	{"image patched by hand", (*world).patchByHand},
	{"another writer", (*world).fight},
	{"freeze in Git", (*world).pushFreeze},
	{"a long outage", (*world).goAway},
	{"nonsense in a pod's mark", (*world).scribble},
	{"drain note removed", (*world).removeDrainNote},
	{"record edited", (*world).editRecord},
	{"record deleted", (*world).loseRecord},
	{"program crashes", (*world).crashOne},
	{"program unready for a while", (*world).unready},
	{"handover", (*world).handOver},
	{"process stands still", (*world).standStill},
	{"process stands still", (*world).standStill},
	{"clock jumps", (*world).jumpClock},
	{"pod evicted", (*world).evict},
	{"pod about to be evicted", (*world).announce},
	{"quota", (*world).setQuota},
	{"quota", (*world).setQuota},
	{"somebody asks", (*world).askSomething},
	{"somebody asks", (*world).askSomething},
	{"retry asked", (*world).retryFailed},
	{"retry asked", (*world).retryFailed},
	{"force push", (*world).pushForce},
	{"plan suspended in Git", (*world).pushSuspend},
	{"new images", (*world).pushImages},
	{"revert", (*world).pushRevert},
	{"plan edited", (*world).pushEdit},
	{"plan deleted", (*world).pushDeletion},
	{"plan broken", (*world).pushBroken},
	{"file broken", (*world).pushBrokenFile},
	{"plan moved to another source", (*world).pushMove},
	{"plan renamed", (*world).pushRename},
	{"target changed", (*world).pushTarget},
	{"contesting plan", (*world).pushContest},
}

// happen schedules what happens in a run.
func (w *world) happen() {
	if w.odds("calm run", "", 150) {
		return
	}
	for i := range w.pick("happenings", "", 9) {
		h := one(&w.chance, "happening", itoa(i), happenings...)
		w.after(w.span("happening at", itoa(i), time.Millisecond, stormTime), func() {
			if h.do(w) {
				w.count(h.kind)
			}
		})
	}
}

func (w *world) anyWork(kind string) *workload { return one(&w.chance, kind, "work", w.workloads...) }

func (w *world) scaleUp() bool {
	work := w.anyWork("scale up")
	w.scale(work, work.replicas+1+w.pick("scale", work.name, 4))
	return true
}

func (w *world) scaleDown() bool {
	work := w.anyWork("scale down")
	w.scale(work, max(0, work.replicas-1-w.pick("scale", work.name, 4)))
	return true
}

func (w *world) deletePod() bool {
	p := w.some("delete")
	if p != nil {
		w.remove(p)
	}
	return p != nil
}

// setQuota lets a workload have no more pods than it has without one, for a while;
// that one is deleted.
func (w *world) setQuota() bool {
	p := w.some("quota")
	if p == nil || p.work.kind == "Pod" {
		return false
	}
	p.work.quota = max(1, len(w.existing(p.work))-1)
	w.tell("%s may have %d pods", p.work.name, p.work.quota)
	w.remove(p)
	w.after(w.span("quota", p.work.name, time.Second, 4*time.Minute), func() { w.liftQuota(p.work) })
	return true
}

func (w *world) liftQuota(work *workload) {
	work.quota = 0
	w.control(work)
}

// announce says of a pod that it is about to be taken away; that may come to nothing.
func (w *world) announce() bool {
	p := w.some("announce")
	if p == nil {
		return false
	}
	p.leaving = true
	w.tell("pod %s is about to be evicted", p.name)
	w.store(p)
	w.after(w.span("announced", p.uid, time.Second, 2*time.Minute), func() {
		if p.leaving && w.odds("announced", p.uid, 500) {
			w.remove(p)
			return
		}
		w.stays(p)
	})
	return true
}

// stays takes back that a pod is about to be taken away.
func (w *world) stays(p *pod) {
	if p.leaving && !p.gone {
		p.leaving = false
		w.store(p)
	}
}

func (w *world) loseNode() bool {
	n := one(&w.chance, "lose", "node", w.nodes...)
	w.lose(n)
	w.after(w.span("node away", n.name, time.Second, 3*time.Minute), func() { w.find(n) })
	return true
}

func (w *world) jamNode() bool {
	n := one(&w.chance, "jam", "node", w.nodes...)
	n.jam = true
	w.tell("node %s can pull nothing", n.name)
	w.after(w.span("jammed", n.name, time.Second, 3*time.Minute), func() { n.jam = false })
	return true
}

func (w *world) crashOne() bool {
	p := w.some("crash")
	if p == nil || p.kubelet.busy {
		return false
	}
	b := p.boxes[len(p.boxes)-1]
	if !b.program.running {
		return false
	}
	w.crash(p, b, w.span("restart", p.uid, 100*time.Millisecond, 10*time.Second))
	return true
}

// unready is a readiness probe that fails for a while.
func (w *world) unready() bool {
	p := w.some("unready")
	if p == nil {
		return false
	}
	b := p.boxes[len(p.boxes)-1]
	id := b.program.id
	if !b.program.up {
		return false
	}
	w.tell("the probe of pod %s fails", p.name)
	b.program.up = false
	w.changed(p)
	w.publish(p)
	w.after(w.span("unready", p.uid, 500*time.Millisecond, time.Minute), func() {
		if b.program.id == id && b.program.running && !p.gone {
			b.program.up = true
			w.changed(p)
			w.publish(p)
		}
	})
	return true
}

// jumpClock sets the clock of the process's machine; from then on times prove
// nothing in this run.
func (w *world) jumpClock() bool {
	if w.process == nil {
		return false
	}
	w.process.skew += w.span("clock", "jump", 0, time.Minute) - 30*time.Second
	w.skewed, w.jumped = true, time.Now()
	w.tell("the clock of patchwave jumps: it is %s off", w.process.skew)
	return true
}

func (w *world) handOver() bool {
	if w.process == nil || w.process.stands() || w.started > mostDeaths {
		return false
	}
	w.process.handover()
	return true
}
