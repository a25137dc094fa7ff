package gitsrc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// maxProposed bounds, in bytes, what one proposal may bring into the store:
// anyone may open a pull request.
const maxProposed = 64 << 20

// Proposal is what the branch would hold if a commit were merged into it now:
// file by file, what only one side has changed since they parted is that
// side's.
type Proposal struct {
	// Head is the commit proposed, Base the branch's that it was merged with.
	Head, Base string
	// Contained says that the branch has all that the head brings: it was merged.
	Contained bool
	// Both are files that both sides changed: they are shown as the head has them.
	Both []string
	// Files is the folder of the plans, as a Snapshot has it.
	Files fs.FS
	// Absent says why the folder would not be there, as a Snapshot does.
	Absent error
}

// Propose reads a commit that the server shows under a ref, such as
// refs/pull/7/head, and merges it with the branch as it was polled last. Nothing
// is written to the server. It works over HTTP alone.
func (s *Source) Propose(ctx context.Context, ref, head string) (*Proposal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, remote := s.from.(*mirror)
	if !remote || s.last == nil {
		return nil, errors.New("proposing a commit: the branch was not read over HTTP yet")
	}
	if !plumbing.IsHash(head) {
		return nil, fmt.Errorf("proposing %.80q: it is no commit", head)
	}
	proposal, err := m.propose(ctx, ref, plumbing.NewHash(head), s.last)
	if err != nil {
		return nil, s.target.explain(fmt.Errorf("proposing %s: %w", head, err))
	}
	return proposal, nil
}

func (m *mirror) propose(ctx context.Context, ref string, head plumbing.Hash, base *Snapshot) (*Proposal, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	handle, err := m.store.open(m.store.current())
	if err != nil {
		return nil, err
	}
	if handle.HasEncodedObject(head) != nil {
		if err := m.fetchHead(ctx, handle, plumbing.ReferenceName(ref), head); err != nil {
			return nil, errors.Join(err, m.store.sweepDownloads())
		}
	}
	r := m.target.reader(handle)
	parted, err := r.mergeBase(ctx, head, plumbing.NewHash(base.Commit))
	if err != nil {
		return nil, err
	}
	theirs, absent, err := m.target.folderAt(ctx, r, head, base.root)
	if err != nil {
		return nil, err
	}
	before, never, err := m.target.folderAt(ctx, r, parted, base.root)
	if err != nil {
		return nil, err
	}
	merging := merge{}
	root := merging.folders(".", before, base.root, theirs)
	switch {
	case len(root.children) > 0 || base.Absent == nil && never != nil:
		absent = nil
	case base.Absent != nil:
		absent = base.Absent
	}
	return &Proposal{
		Head: head.String(), Base: base.Commit, Both: merging.both, Files: tree{root}, Absent: absent,
		Contained: parted == head || merging.changed && !merging.brings,
	}, nil
}

// fetchHead brings one commit and its history into the store, without a ref of
// its own: nothing else ever depends on it.
func (m *mirror) fetchHead(ctx context.Context, into *filesystem.Storage, ref plumbing.ReferenceName, head plumbing.Hash) error {
	haves, err := m.haves(into)
	if err != nil {
		return err
	}
	session, tip, request, err := m.negotiate(ctx, ref)
	switch {
	case err != nil:
		return err
	case tip != head:
		return fmt.Errorf("%s stands at %s by now", ref, tip)
	}
	request.Wants, request.Haves = []plumbing.Hash{head}, haves
	return download(ctx, session, request, into, maxProposed)
}

// folderAt is the folder of the plans at a commit, or why it has none.
func (t target) folderAt(ctx context.Context, r *reader, at plumbing.Hash, known *folder) (root *folder, absent, err error) {
	if at.IsZero() {
		return nil, errNoCommit, nil
	}
	commit, err := r.commit(at)
	if err != nil {
		return nil, nil, err
	}
	r.total = size{} // the bounds are each commit's
	root, absent, err = r.root(ctx, commit.TreeHash, t.path, known)
	if err != nil {
		return nil, nil, fmt.Errorf("reading commit %s: %w", at, err)
	}
	return root, absent, nil
}

var errNoCommit = errors.New("there is no commit that both have")
