package gitsrc

import (
	"context"
	"path"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// unused reports whether a folder without wanted files never had any: a path that
// was set to another folder looks so, and not one whose plans were taken out.
func (r *reader) unused(ctx context.Context, commit *object.Commit, root *folder) (bool, error) {
	if root.size.files > 0 {
		return false, nil
	}
	seen := map[place]bool{}
	for range maxSearched {
		if len(commit.ParentHashes) == 0 || r.objects.HasEncodedObject(commit.ParentHashes[0]) != nil {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		var err error
		if commit, err = r.commit(commit.ParentHashes[0]); err != nil {
			return false, err
		}
		at, absent, err := r.descend(commit.TreeHash, r.path)
		if err != nil {
			return false, err
		}
		if absent != nil {
			continue
		}
		if some, err := r.holds(at, ".", 1, seen); some || err != nil {
			return false, err
		}
	}
	return true, nil
}

// place is a folder, and where it is.
type place struct {
	folder plumbing.Hash
	at     string
}

// holds reports whether a wanted file lies in a folder or below it; the folders
// looked at before have none.
func (r *reader) holds(folder plumbing.Hash, at string, depth int, seen map[place]bool) (bool, error) {
	if seen[place{folder, at}] || depth > MaxDepth || r.looked > maxLooked {
		return false, nil
	}
	seen[place{folder, at}] = true
	entries, err := r.entries(folder)
	if err != nil {
		return false, err
	}
	r.looked += len(entries)
	for _, entry := range entries {
		some, name := false, path.Join(at, entry.Name)
		switch entry.Mode {
		case filemode.Dir:
			some, err = r.holds(entry.Hash, name, depth+1, seen)
		case filemode.Regular, filemode.Executable:
			some = r.wanted(name)
		}
		if some || err != nil {
			return some, err
		}
	}
	return false, nil
}
