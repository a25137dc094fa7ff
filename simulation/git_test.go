package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/spec"
)

// sources are the repositories that patchwave follows, in their order.
var sources = []string{"a", "b"}

// git is what the branches hold.
type git struct {
	w    *world
	tips map[string]commit
	past map[string][]commit // by source, all there were
	n    int
}

// commit is a commit as it is read.
type commit struct {
	sha      string
	plans    []spec.Plan
	problems []spec.Problem
}

// push puts a commit on a source's branch.
func (g *git) push(source, what string, plans []spec.Plan, problems ...spec.Problem) {
	g.n++
	c := commit{sha: fmt.Sprintf("%040x", g.n), plans: plans, problems: problems}
	g.past[source] = append(g.past[source], c)
	g.tips[source] = c
	for _, plan := range plans {
		g.w.book.plans[plan.Digest()] = plan
		g.w.tell("git: source %s, commit %d: %s: %s is %s of %d waves %s", source, g.n, what, plan.Metadata.Name,
			plan.Spec.Images[0].Image, len(plan.Spec.Waves), short(plan.Digest()))
	}
	if len(plans) == 0 {
		g.w.tell("git: source %s, commit %d: %s: no plans, %d problems", source, g.n, what, len(problems))
	}
	if g.w.process != nil {
		g.bring(g.w.process, source, g.w.span("poll", source, 10*time.Millisecond, 5*time.Second))
	}
}

// pushForce sets a branch back to an older commit.
func (w *world) pushForce() bool {
	source := one(&w.chance, "force push", "source", sources...)
	past := w.git.past[source]
	c := past[w.pick("force push", "commit", len(past))]
	if c.sha == w.git.tips[source].sha {
		return false
	}
	w.git.tips[source] = c
	w.tell("git: source %s is forced back to commit %s", source, c.sha[34:])
	for _, plan := range c.plans {
		w.book.spoiled[plan.Key()] = true // one commit may roll a plan out twice
	}
	if w.process != nil {
		w.git.bring(w.process, source, w.span("poll", source, 10*time.Millisecond, 5*time.Second))
	}
	return true
}

// introduce has a new process read its sources.
func (g *git) introduce(p *process) {
	for _, source := range sources {
		wait := g.w.span("first poll", source, time.Millisecond, 3*time.Second)
		if g.w.strikes("source unread after a start", source) {
			wait = g.w.span("unread", source, 20*time.Second, 2*time.Minute)
		}
		g.bring(p, source, wait)
	}
}

// bring has a process read a source's tip, whatever that is by then. The loop
// calls back, so the world's lock is not held.
func (g *git) bring(p *process, source string, wait time.Duration) {
	time.AfterFunc(wait, func() {
		g.w.mu.Lock()
		tip, known := g.tips[source]
		if !known || p.dead || g.w.over || p.readings[source].Commit == tip.sha {
			g.w.mu.Unlock()
			return
		}
		g.w.steps++
		said := reconciler.Reading{
			Source: source, Repository: "acme/" + source, Commit: tip.sha, Revision: "main@sha1:" + tip.sha,
			Plans: tip.plans, Problems: tip.problems,
		}
		p.readings[source] = reading{said, time.Now()}
		g.w.hub.seen(source, tip.sha)
		g.w.tell("patchwave: reads source %s at %s", source, tip.sha[34:])
		g.w.mu.Unlock()
		p.loop.Read(said)
	})
}

// plan is the named plan at a source's tip.
func (c commit) plan(name string) (spec.Plan, bool) {
	i := slices.IndexFunc(c.plans, func(p spec.Plan) bool { return p.Metadata.Name == name })
	if i < 0 {
		return spec.Plan{}, false
	}
	return c.plans[i], true
}

// with are the commit's plans with one changed or added; without with one less.
func (c commit) with(plan spec.Plan) []spec.Plan {
	return append(c.without(plan.Metadata.Name), plan)
}

func (c commit) without(name string) []spec.Plan {
	return slices.DeleteFunc(slices.Clone(c.plans), func(p spec.Plan) bool { return p.Metadata.Name == name })
}
