package gitsrc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// What one snapshot may hold. Above MaxFile only that file cannot be read;
// above the others there is no snapshot.
const (
	MaxFile  = 1 << 20   // bytes of one YAML file
	MaxBytes = 256 << 20 // bytes of all YAML files
	MaxFiles = 20_000    // YAML files
	MaxDepth = 32        // folders within folders

	maxEntries = 500_000 // files and folders of any kind that are looked at
	maxTree    = 16 << 20
	maxCommit  = 4 << 20
)

// reader reads one commit by a strict recursion: go-git's own walks end
// normally at a subtree that is missing, and plans would seem deleted.
type reader struct {
	objects storer.EncodedObjectStorer
	wanted  func(path string) bool
	total   size
	top     plumbing.Hash // the commit's own folder, which links may lead about in
	path    string        // of the plans' folder in it
	looked  int           // entries looked at along links
}

// size is what a folder holds, all below it included.
type size struct {
	entries, files int
	bytes          int64
}

func (s *size) add(o size) {
	s.entries += o.entries
	s.files += o.files
	s.bytes += o.bytes
}

// folder reads a tree, or takes it over from known, which was read at the same place,
// where it is the same.
func (r *reader) folder(ctx context.Context, hash plumbing.Hash, at string, depth int, known *folder) (*folder, error) {
	if known != nil && known.hash == hash && !known.links {
		return known, r.count(known.size)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if depth > MaxDepth {
		return nil, fmt.Errorf("folder %q is more than %d deep: narrow the source's path", at, MaxDepth)
	}
	entries, err := r.entries(hash)
	if err != nil {
		return nil, fmt.Errorf("reading folder %q: %w", at, err)
	}
	f := &folder{hash: hash}
	for i := range entries {
		if err := r.entry(ctx, f, &entries[i], path.Join(at, entries[i].Name), depth, known); err != nil {
			return nil, err
		}
	}
	return f, f.sort(at)
}

// entry reads one entry into its folder.
func (r *reader) entry(ctx context.Context, f *folder, e *object.TreeEntry, at string, depth int, known *folder) error {
	f.size.entries++
	if err := r.count(size{entries: 1}); err != nil {
		return err
	}
	switch {
	case e.Name == "." || e.Name == ".." || strings.Contains(e.Name, "/"):
		return fmt.Errorf("folder %q holds %q: no Git program writes that", path.Dir(at), e.Name)
	case e.Mode == filemode.Submodule:
		f.add(e.Name, submodule(e.Hash))
	case e.Mode == filemode.Symlink:
		leads, err := r.leads(e.Hash, path.Join(r.path, path.Dir(at)))
		if err != nil {
			return fmt.Errorf("following link %q: %w", at, err)
		}
		f.addLink(e.Name, &link{e.Hash, leads})
	case e.Mode == filemode.Dir:
		child, err := r.folder(ctx, e.Hash, at, depth+1, known.subfolder(e.Name))
		if err != nil {
			return err
		}
		f.add(e.Name, child)
	case r.wanted(at):
		child, err := r.file(e.Hash, at, known.file(e.Name))
		if err != nil {
			return err
		}
		f.addFile(e.Name, child)
	}
	return nil
}

// submodule is a folder as it lies in a work tree, with nothing to be seen in it
// but that it is a repository of its own.
func submodule(commit plumbing.Hash) *folder {
	mark := &blob{hash: plumbing.ComputeHash(plumbing.BlobObject, nil)}
	return &folder{hash: commit, children: []node{{name: ".git", blob: mark}}}
}

// file reads a blob, or takes it over where it is the same.
func (r *reader) file(hash plumbing.Hash, at string, known *blob) (*blob, error) {
	if known == nil || known.hash != hash {
		var err error
		if known, err = r.blob(hash); err != nil {
			return nil, fmt.Errorf("reading file %q: %w", at, err)
		}
	}
	return known, r.count(size{files: 1, bytes: int64(len(known.data))})
}

func (r *reader) blob(hash plumbing.Hash) (*blob, error) {
	data, err := r.object(plumbing.BlobObject, hash, MaxFile)
	var large *tooLarge
	if errors.As(err, &large) {
		return &blob{hash: hash, size: large.size, err: large}, nil
	}
	return &blob{hash: hash, size: int64(len(data)), data: data}, err
}

// count keeps the whole within its bounds.
func (r *reader) count(more size) error {
	r.total.add(more)
	switch {
	case r.total.entries > maxEntries:
		return fmt.Errorf("there are more than %d files and folders: narrow the source's path", maxEntries)
	case r.total.files > MaxFiles:
		return fmt.Errorf("there are more than %d YAML files: narrow the source's path", MaxFiles)
	case r.total.bytes > MaxBytes:
		return fmt.Errorf("the YAML files have more than %d bytes: narrow the source's path", MaxBytes)
	}
	return nil
}

func (r *reader) entries(hash plumbing.Hash) ([]object.TreeEntry, error) {
	raw, err := r.object(plumbing.TreeObject, hash, maxTree)
	if err != nil {
		return nil, err
	}
	decoded := &object.Tree{}
	if err := decoded.Decode(encoded(plumbing.TreeObject, raw)); err != nil {
		return nil, err
	}
	slices.SortFunc(decoded.Entries, func(a, b object.TreeEntry) int { return cmp.Compare(a.Name, b.Name) })
	return decoded.Entries, nil
}

// tooLarge is an object above its limit.
type tooLarge struct{ size, limit int64 }

func (e *tooLarge) Error() string {
	return fmt.Sprintf("it has %d bytes, and %d are allowed", e.size, e.limit)
}

// object reads one object whole and checks it against its own name, so that a
// rotten disk cannot show another plan.
func (r *reader) object(kind plumbing.ObjectType, hash plumbing.Hash, limit int64) ([]byte, error) {
	// Asked first, so that a huge object is never held in memory.
	if size, err := r.objects.EncodedObjectSize(hash); err == nil && size > limit {
		return nil, &tooLarge{size, limit}
	}
	found, err := r.objects.EncodedObject(kind, hash)
	if err != nil {
		return nil, damaged(kind, hash, err)
	}
	if found.Size() > limit {
		return nil, &tooLarge{found.Size(), limit}
	}
	content, err := found.Reader()
	if err != nil {
		return nil, damaged(kind, hash, err)
	}
	defer content.Close()
	data, err := io.ReadAll(io.LimitReader(content, limit+1))
	if err != nil {
		return nil, damaged(kind, hash, err)
	}
	if plumbing.ComputeHash(kind, data) != hash {
		return nil, damaged(kind, hash, errors.New("its content is another's"))
	}
	return data, nil
}

func damaged(kind plumbing.ObjectType, hash plumbing.Hash, err error) error {
	return fmt.Errorf("%w: reading %s %s: %w", errDamaged, kind, hash, err)
}

func encoded(kind plumbing.ObjectType, raw []byte) plumbing.EncodedObject {
	o := &plumbing.MemoryObject{}
	o.SetType(kind)
	_, _ = o.Write(raw) // into memory: cannot fail
	return o
}
