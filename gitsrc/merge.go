package gitsrc

import (
	"container/heap"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// merge joins two folders by what each has changed since a third.
type merge struct {
	both    []string
	changed bool // they have changed something,
	brings  bool // and something of it is not ours yet
}

func (m *merge) folders(at string, before, ours, theirs *folder) *folder {
	merged := &folder{}
	for _, name := range namesOf(before, ours, theirs) {
		path := strings.TrimPrefix(at+"/"+name, "./")
		chosen := m.choose(path, before.child(name), ours.child(name), theirs.child(name))
		switch {
		case chosen.folder != nil:
			merged.add(name, chosen.folder)
		case chosen.blob != nil:
			merged.addFile(name, chosen.blob)
		case chosen.link != nil:
			merged.addLink(name, chosen.link)
		}
	}
	return merged
}

func (m *merge) choose(path string, before, ours, theirs node) node {
	switch {
	case theirs.same(before):
		return ours
	case theirs.same(ours):
		m.changed = true
		return ours
	case ours.same(before):
		m.changed, m.brings = true, true
		return theirs
	case ours.folder != nil && theirs.folder != nil: // which may differ in what is not read alone
		return node{folder: m.folders(path, before.folder, ours.folder, theirs.folder)}
	}
	m.both, m.changed, m.brings = append(m.both, path), true, true
	return theirs
}

// same tells whether two entries hold the same, or are both missing.
func (n node) same(other node) bool { return n.hash() == other.hash() }

func (n node) hash() plumbing.Hash {
	switch {
	case n.folder != nil:
		return n.folder.hash
	case n.blob != nil:
		return n.blob.hash
	case n.link != nil:
		return n.link.hash
	}
	return plumbing.ZeroHash
}

func namesOf(folders ...*folder) []string {
	var names []string
	for _, f := range folders {
		if f != nil {
			for _, child := range f.children {
				names = append(names, child.name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// maxSearched bounds how many commits are looked at for a merge base.
const maxSearched = 10_000

// The sides that a commit was reached from.
const (
	fromHead = 1 << iota
	fromBase
	fromBoth = fromHead | fromBase
)

// mergeBase finds where two histories parted: the newest commit that they
// share; zero where they share none.
func (r *reader) mergeBase(ctx context.Context, head, base plumbing.Hash) (plumbing.Hash, error) {
	sides := map[plumbing.Hash]int{head: fromHead}
	sides[base] |= fromBase
	next := &newest{}
	if err := next.add(r, head, base); err != nil {
		return plumbing.ZeroHash, err
	}
	for searched := 0; next.Len() > 0; searched++ {
		at := heap.Pop(next).(*object.Commit)
		switch {
		case sides[at.Hash] == fromBoth:
			return at.Hash, nil
		case ctx.Err() != nil:
			return plumbing.ZeroHash, ctx.Err()
		case searched == maxSearched:
			return plumbing.ZeroHash, fmt.Errorf("it shares none of the newest %d commits with the branch: rebase it", maxSearched)
		}
		for _, parent := range at.ParentHashes {
			known := sides[parent]
			sides[parent] |= sides[at.Hash]
			if sides[parent] != known { // once more where clocks were wrong
				if err := next.add(r, parent); err != nil {
					return plumbing.ZeroHash, err
				}
			}
		}
	}
	return plumbing.ZeroHash, nil
}

// newest is a heap of commits.
type newest []*object.Commit

func (n newest) Len() int           { return len(n) }
func (n newest) Less(i, j int) bool { return n[i].Committer.When.After(n[j].Committer.When) }
func (n newest) Swap(i, j int)      { n[i], n[j] = n[j], n[i] }

// Push and Pop are container/heap's.
func (n *newest) Push(commit any) { *n = append(*n, commit.(*object.Commit)) }

func (n *newest) Pop() any {
	last := (*n)[len(*n)-1]
	*n = (*n)[:len(*n)-1]
	return last
}

func (n *newest) add(r *reader, hashes ...plumbing.Hash) error {
	for _, hash := range hashes {
		commit, err := r.commit(hash)
		if err != nil {
			return err
		}
		commit.Hash = hash
		heap.Push(n, commit)
	}
	return nil
}
