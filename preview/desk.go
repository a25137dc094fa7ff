package preview

import (
	"maps"
	"slices"
	"sync"

	"github.com/patchwave/patchwave/reconciler"
	"github.com/patchwave/patchwave/report"
)

// Desk is where the previewers of all sources meet: it knows what the branches
// have, and puts together what they want shown.
type Desk struct {
	show func(report.Wanted)

	mu       sync.Mutex
	readings []reconciler.Reading
	records  []reconciler.Record
	wanted   map[string]map[string]report.Wanted // by source and ref
	wake     map[string]chan struct{}            // by source
}

// NewDesk returns a desk that hands on what shall be shown, all of it each time.
func NewDesk(show func(report.Wanted)) *Desk {
	return &Desk{show: show, wanted: map[string]map[string]report.Wanted{}, wake: map[string]chan struct{}{}}
}

// Changed takes what was read and recorded. A branch that has moved is looked at
// again at once.
func (d *Desk) Changed(readings []reconciler.Reading, records []reconciler.Record) {
	d.mu.Lock()
	before := d.readings
	d.readings, d.records = readings, records
	d.mu.Unlock()
	for _, reading := range readings {
		same := func(r reconciler.Reading) bool { return r.Source == reading.Source && r.Commit == reading.Commit }
		if !slices.ContainsFunc(before, same) {
			d.Look(reading.Source)
		}
	}
}

// Look has the pull requests of a source looked at now.
func (d *Desk) Look(source string) {
	select {
	case d.listen(source) <- struct{}{}:
	default: // it will look anyway
	}
}

func (d *Desk) listen(source string) chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.wake[source] == nil {
		d.wake[source] = make(chan struct{}, 1)
	}
	return d.wake[source]
}

// view is what a preview is made against.
type view struct {
	base     reconciler.Reading // of the source
	readings []reconciler.Reading
	records  []reconciler.Record
}

func (d *Desk) view(source string) (view, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.readings, func(r reconciler.Reading) bool { return r.Source == source })
	if i < 0 {
		return view{}, false
	}
	return view{d.readings[i], d.readings, d.records}, true
}

// knows tells whether a commit is the branch's, or was. One that cannot be read
// is merged with the last that could.
func (v view) knows(commit string) bool {
	return commit == v.base.Commit || slices.Contains(v.base.Before, commit)
}

// with is the view as it would be after the merge.
func (v view) with(after *loaded) view {
	merged := v.base
	merged.Commit, merged.Plans, merged.Problems = after.Head, after.plans, after.problems
	if len(after.plans)+len(after.problems) > 0 {
		merged.Unused = ""
	}
	v.base, v.readings = merged, slices.Clone(v.readings)
	for i := range v.readings {
		if v.readings[i].Source == merged.Source {
			v.readings[i] = merged
		}
	}
	return v
}

// put shows what a source wants, beside what the others do. Sources may share
// a repository, and so a status.
func (d *Desk) put(source string, wanted map[string]report.Wanted) {
	d.mu.Lock()
	d.wanted[source] = wanted
	var all report.Wanted
	for _, name := range slices.Sorted(maps.Keys(d.wanted)) {
		for _, ref := range slices.Sorted(maps.Keys(d.wanted[name])) {
			all.Statuses = append(all.Statuses, d.wanted[name][ref].Statuses...)
			all.Comments = append(all.Comments, d.wanted[name][ref].Comments...)
		}
	}
	d.mu.Unlock()
	all.Statuses = report.Gravest(all.Statuses)
	d.show(all)
}
