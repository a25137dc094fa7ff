package simulation

import (
	"slices"
	"time"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
)

// hub is a GitHub that keeps commit statuses.
type hub struct {
	shown  map[place]report.CommitStatus
	tips   []string // every commit that was read
	writes int
}

type place struct{ repository, sha, context string }

func newHub() hub { return hub{shown: map[place]report.CommitStatus{}} }

func placeOf(s report.CommitStatus) place { return place{s.Repository, s.SHA, s.Context} }

func (h *hub) seen(source, sha string) {
	if tip := source + " " + sha; !slices.Contains(h.tips, tip) {
		h.tips = append(h.tips, tip)
	}
}

// publishLater brings what follows from the whole to GitHub, once its paced
// writer gets to it. Last words of what is gone by then are still said.
func (p *process) publishLater(readings []reconciler.Reading, records []reconciler.Record) {
	for _, r := range readings {
		if !slices.Contains(p.tips[r.Source], r.Commit) {
			p.tips[r.Source] = append(p.tips[r.Source], r.Commit)
		}
	}
	view := report.View{Instance: "prod", Readings: readings, Records: records, Past: p.tips}
	p.wants(report.Statuses(view))
	if p.writing {
		return
	}
	p.writing = true
	p.after(p.span("github", "writer", 500*time.Millisecond, 3*time.Second), p.writeStatuses)
}

// Heard tells whether GitHub shows what is wanted.
func (p *process) Heard() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !slices.ContainsFunc(p.wanted, func(s report.CommitStatus) bool { return !p.hub.met(s) })
}

func (p *process) wants(statuses []report.CommitStatus) {
	for _, old := range p.wanted {
		at := placeOf(old)
		followed := slices.ContainsFunc(statuses, func(s report.CommitStatus) bool { return placeOf(s) == at })
		if old.State != report.Pending && !followed && !p.hub.met(old) {
			statuses = append(statuses, old)
		}
	}
	p.wanted = statuses
}

// writeStatuses writes what GitHub does not show yet.
func (p *process) writeStatuses() {
	p.writing = false
	if p.dead {
		return
	}
	if p.stands() {
		p.writing = true
		p.after(p.span("github", "not led", time.Second, 3*time.Second), p.writeStatuses)
		return
	}
	if p.strikes("GitHub is down", "github") {
		p.writing = true
		p.after(p.span("github", "outage", 5*time.Second, 2*time.Minute), p.writeStatuses)
		return
	}
	for _, status := range p.wanted {
		if p.hub.met(status) {
			continue
		}
		p.led13("status", status.Context)
		p.hub.writes++
		p.hub.shown[placeOf(status)] = status
		p.tell("github: %s %s %s: %s", status.SHA[34:], status.Context, status.State, status.Description)
	}
}

// met tells whether GitHub shows enough.
func (h *hub) met(s report.CommitStatus) bool {
	shown, ok := h.shown[placeOf(s)]
	same := shown.State == s.State && shown.Description == s.Description
	return ok && (same || s.OnlyUnfinished && shown.State != report.Pending)
}
