package gitsrc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// maxPacks is where a store is made anew: each open pack costs every read.
const maxPacks = 50

// patience is the wait between two fresh clones that do not help, so that a
// broken server is not asked for everything at every poll.
const patience = 10 * time.Minute

// mirror follows a server by a bare store on disk, with full history: go-git
// loses objects of shallow ones when the branch moves backwards.
type mirror struct {
	*remote
	store  store
	target target
	vain   error     // why the last fresh clone did not help
	vainAt time.Time // when a fresh clone was last tried
}

func openMirror(t target, o Options, parsed *url.URL) (*mirror, error) {
	if parsed.Host == "" {
		return nil, errors.New("the URL names no host: write it as https://host/owner/name")
	}
	if o.Dir == "" {
		return nil, errors.New("no folder is given for the store: set Dir")
	}
	m := &mirror{remote: newRemote(t, o, parsed), store: store{dir: o.Dir}, target: t}
	return m, m.store.sweep()
}

// snapshot reads the tip, fetching what is missing. Where the store turns out
// to be damaged, it is replaced.
func (m *mirror) snapshot(ctx context.Context, tip plumbing.Hash, previous *Snapshot) (*Snapshot, error) {
	if !m.store.exists() {
		return m.startOver(ctx, previous)
	}
	next, err := m.catchUp(ctx, tip, previous)
	if err == nil || !errors.Is(err, errDamaged) || ctx.Err() != nil {
		return next, err
	}
	return m.startOver(ctx, previous)
}

func (m *mirror) catchUp(ctx context.Context, tip plumbing.Hash, previous *Snapshot) (*Snapshot, error) {
	handle, err := m.store.open(m.store.current())
	if err != nil {
		return nil, err
	}
	if at, err := handle.Reference(m.branch); err != nil || at.Hash() != tip {
		if tip, err = m.fetchWithin(ctx, fetchTimeout, handle); err != nil {
			// A download that was cut off leaves its half.
			return nil, errors.Join(err, m.store.sweepDownloads())
		}
	}
	return m.target.read(ctx, handle, tip, previous)
}

// startOver makes a fresh clone, but not again soon after one in vain.
func (m *mirror) startOver(ctx context.Context, previous *Snapshot) (*Snapshot, error) {
	if m.vain != nil && time.Since(m.vainAt) < patience {
		return nil, fmt.Errorf("a fresh clone did not help, the next comes within %s: %w", patience, m.vain)
	}
	next, err := m.clone(ctx, previous)
	m.vain, m.vainAt = nil, time.Now()
	if errors.Is(err, errDamaged) {
		m.vain = err
	}
	return next, errors.Join(err, os.RemoveAll(m.store.fresh()))
}

// clone clones beside the store and swaps when the clone proves whole.
func (m *mirror) clone(ctx context.Context, previous *Snapshot) (*Snapshot, error) {
	if err := os.RemoveAll(m.store.fresh()); err != nil {
		return nil, fmt.Errorf("clearing the place for a clone: %w", err)
	}
	handle, err := m.store.open(m.store.fresh())
	if err != nil {
		return nil, err
	}
	tip, err := m.fetchWithin(ctx, cloneTimeout, handle)
	if err != nil {
		return nil, fmt.Errorf("cloning: %w", err)
	}
	next, err := m.target.read(ctx, handle, tip, previous)
	if errors.Is(err, errDamaged) || ctx.Err() != nil {
		return nil, err
	}
	// A plan folder that is not there is no fault of the clone: keep it.
	return next, errors.Join(err, m.store.swap())
}

func (m *mirror) fetchWithin(ctx context.Context, limit time.Duration, into *filesystem.Storage) (plumbing.Hash, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tip, err := m.fetch(ctx, into)
	if err != nil && ctx.Err() != nil {
		// go-git drops the cause, which callers ask for.
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return tip, err
}

// rest compacts the store while nothing is new, so that no commit waits for
// it. Its failure is no trouble, the store is good as it is; but it is not
// tried again at once.
func (m *mirror) rest(ctx context.Context) {
	if m.store.packs() <= maxPacks || time.Since(m.vainAt) < patience {
		return
	}
	m.vainAt = time.Now()
	_, _ = m.startOver(ctx, nil)
}
