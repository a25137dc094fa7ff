package preview

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

// Forge lists open pull requests.
type Forge interface {
	Pulls(ctx context.Context, repository, branch string) ([]report.Pull, error)
}

// Repository reads heads as if they were merged now.
type Repository interface {
	Propose(ctx context.Context, ref, head string) (*gitsrc.Proposal, error)
	Queue(ctx context.Context) ([]gitsrc.Queued, error)
}

// World is the live cluster, which is only looked at.
type World interface {
	Observe(ctx context.Context, plan reconciler.Plan) (reconciler.Observed, error)
	// Autoscalers are asked for only where pods would be restarted.
	Autoscalers(ctx context.Context, plan reconciler.Plan, observed reconciler.Observed) ([]reconciler.Autoscaler, error)
}

const (
	// calm is how long a preview stands before live pods alone change it.
	calm = 3 * time.Minute
	// lagging is how long GitHub may list a pull request that was merged; one that
	// is listed for longer is open, and the branch has the same.
	lagging = 15 * time.Minute
	// starting is how long the first read of a branch may take.
	starting = time.Minute
)

// Previewer follows the pull requests of one source.
type Previewer struct {
	Instance string
	Source   spec.Source
	Sources  []string // all that are configured, in their order
	GitHub   spec.GitHub
	Forge    Forge
	Git      Repository
	World    World
	Hours    calendar.Hours // the operator's windows and freezes
	Now      func() time.Time
	Desk     *Desk
	Log      *slog.Logger

	known  map[string]*loaded       // by head and base
	failed map[string]failure       // by ref
	wanted map[string]report.Wanted // by ref
	merges map[string]time.Time     // by ref and head: when the branch was first seen to have it
	since  time.Time
	pulls  []report.Pull // as they were listed last
	queued []gitsrc.Queued
}

// failure is a head that cannot be read, and why, in the words of the first time:
// those of the next may be others each time.
type failure struct{ head, why string }

// loaded are the plans of one head, merged.
type loaded struct {
	*gitsrc.Proposal
	plans    []spec.Plan
	problems []spec.Problem
}

// candidate is a head that may be merged.
type candidate struct {
	ref, head string
	pull      report.Pull // its Number is 0 in a merge queue
}

// Follow looks at the pull requests until the context ends: at every interval,
// and when the desk is told to look.
func (p *Previewer) Follow(ctx context.Context) {
	p.known, p.failed, p.wanted, p.merges = map[string]*loaded{}, map[string]failure{}, map[string]report.Wanted{}, map[string]time.Time{}
	p.since = p.Now()
	wake := p.Desk.listen(p.Source.Name)
	ticker := time.NewTicker(time.Duration(p.Source.Interval))
	defer ticker.Stop()
	var trouble report.Trouble
	for ctx.Err() == nil {
		switch err := p.look(ctx); {
		case ctx.Err() != nil:
		case err == nil:
			trouble.Ends()
		case trouble.Worth(err, p.Now()):
			p.Log.Warn("cannot look at pull requests; what was said of them stands", "source", p.Source.Name, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		case <-wake:
		}
	}
}

// look says anew what each open pull request would do.
func (p *Previewer) look(ctx context.Context) error {
	view, read := p.Desk.view(p.Source.Name)
	if !read && p.Now().Sub(p.since) < starting {
		return nil // there is nothing to compare with yet
	}
	candidates, trouble := p.candidates(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !read {
		p.blind(candidates)
		return trouble
	}
	known, failed, wanted, merges := map[string]*loaded{}, map[string]failure{}, map[string]report.Wanted{}, map[string]time.Time{}
	for _, c := range candidates {
		key := c.head + view.base.Commit
		after, err := p.load(ctx, c, key)
		switch {
		case err != nil:
			failed[c.ref], wanted[c.ref] = p.unreadable(c, err)
		case !view.knows(after.Base): // the branch has just moved
			wanted[c.ref] = p.wanted[c.ref]
		case after.Contained && p.lags(c, merges): // it was merged, and is still listed
			known[key] = after
			wanted[c.ref] = p.merged(c)
		default:
			known[key] = after
			wanted[c.ref] = p.tell(ctx, c, view, after)
		}
	}
	p.known, p.failed, p.wanted, p.merges = known, failed, wanted, merges
	p.Desk.put(p.Source.Name, wanted)
	return trouble
}

// candidates are the open pull requests and the merge queue, each as it was listed
// last: where one cannot be listed, the other goes on.
func (p *Previewer) candidates(ctx context.Context) ([]candidate, error) {
	pulls, errPulls := p.Forge.Pulls(ctx, p.Source.Repository(), p.Source.Branch)
	if errPulls == nil {
		p.pulls = pulls
	}
	queued, errQueued := p.Git.Queue(ctx)
	if errQueued == nil {
		p.queued = queued
	}
	var all []candidate
	for _, pull := range p.pulls {
		all = append(all, candidate{fmt.Sprintf("refs/pull/%d/head", pull.Number), pull.Head, pull})
	}
	for _, q := range p.queued {
		all = append(all, candidate{q.Ref, q.Head, report.Pull{}})
	}
	return all, errors.Join(errPulls, errQueued)
}

// load reads a head, unless that was done already.
func (p *Previewer) load(ctx context.Context, c candidate, key string) (*loaded, error) {
	if known := p.known[key]; known != nil {
		return known, nil
	}
	proposal, err := p.Git.Propose(ctx, c.ref, c.head)
	if err != nil {
		return nil, err
	}
	plans, problems := p.Source.Load(proposal.Files)
	return &loaded{proposal, plans, append(problems, p.Source.Absent(proposal.Absent)...)}, nil
}

// unreadable is what is said of a head that cannot be read: what was said
// before, until it fails twice and is no passing fault.
func (p *Previewer) unreadable(c candidate, err error) (failure, report.Wanted) {
	known := p.failed[c.ref]
	if known.head != c.head {
		p.Log.Warn("cannot read the head of a pull request; trying again", "source", p.Source.Name, "head", c.head, "error", err)
		return failure{c.head, err.Error()}, p.wanted[c.ref]
	}
	return known, report.Wanted{Statuses: []report.CommitStatus{p.status(c, report.Error, "it cannot be read: "+known.why)}}
}

// blind answers heads while the branch cannot be read: a check that is required
// would be awaited for ever.
func (p *Previewer) blind(candidates []candidate) {
	wanted := map[string]report.Wanted{}
	for _, c := range candidates {
		text := fmt.Sprintf("branch %s could not be read yet, as patchwave's log says", p.Source.Branch)
		wanted[c.ref] = report.Wanted{Statuses: []report.CommitStatus{p.status(c, report.Error, text)}}
	}
	p.wanted = wanted
	p.Desk.put(p.Source.Name, wanted)
}

// lags tells whether the branch has a head for so short a time that GitHub may not
// have noticed.
func (p *Previewer) lags(c candidate, merges map[string]time.Time) bool {
	since, seen := p.merges[c.ref+c.head]
	if !seen {
		since = p.Now()
	}
	merges[c.ref+c.head] = since
	return p.Now().Sub(since) < lagging
}

// merged is what is said of a head that the branch has already: what was said
// before, which the roll-out is compared with. Where that is not known the comment
// stands as it is.
func (p *Previewer) merged(c candidate) report.Wanted {
	if said := p.wanted[c.ref]; len(said.Statuses) > 0 && said.Statuses[0].SHA == c.head {
		return said
	}
	status := p.status(c, report.Success, "the branch has it already")
	status.OnlyUnfinished = true
	return report.Wanted{Statuses: []report.CommitStatus{status}}
}

func (p *Previewer) status(c candidate, state report.State, text string) report.CommitStatus {
	return report.CommitStatus{
		Repository: p.Source.Repository(), SHA: c.head, Context: p.Instance + "/plan",
		State: state, Description: report.OneLine(text), TargetURL: p.GitHub.TargetURL,
	}
}

// tell is what is to be shown on a head: the status, and on a pull request the
// comment, which one that changes no plan does without.
func (p *Previewer) tell(ctx context.Context, c candidate, view view, after *loaded) report.Wanted {
	proposal := p.proposal(ctx, c, view, after)
	state, text := proposal.Verdict()
	wanted := report.Wanted{Statuses: []report.CommitStatus{p.status(c, state, text)}}
	if c.pull.Number != 0 {
		wanted.Comments = []report.Comment{{
			Repository: p.Source.Repository(), Number: c.pull.Number, Marker: p.Instance + "/" + p.Source.Name,
			Stage: c.head, Calm: calm, Preview: proposal.Markdown(), OnlyShown: !proposal.Concerns(),
		}}
	}
	return wanted
}

func (p *Previewer) proposal(ctx context.Context, c candidate, view view, after *loaded) report.Proposal {
	merged := view.with(after)
	left := merged.side(p.Sources)
	changes, problems, known := Compare(view.side(p.Sources), left)
	proposal := report.Proposal{
		Instance: p.Instance, Source: p.Source.Name, Branch: p.Source.Branch, Page: c.pull.Page,
		Head: c.head, Base: after.Base, Both: after.Both, Problems: problems, Known: known, Changes: changes,
		Last:       len(changes) > 0 && len(left.byKey()) == 0,
		Summary:    p.GitHub.Preview == spec.PreviewSummary,
		SchemaOnly: c.pull.Fork && p.GitHub.Forks == spec.ForksSchemaOnly,
	}
	if !proposal.SchemaOnly && c.pull.Number != 0 { // nobody reads of a queue's head
		p.foresee(ctx, merged, changes)
	}
	return proposal
}
