package gitsrc

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

const (
	maxLink   = 4096      // bytes of a link's text; Linux takes no longer one
	maxHops   = 40        // links on the way of one, as on Linux
	maxLooked = 2_000_000 // entries looked at for all links of a commit
)

// way goes through a commit's folders as the system does through those on a disk.
type way struct {
	*reader
	at   []plumbing.Hash // the folders come through, the commit's own first; none outside of it
	left []string        // the names still to go
	hops int
}

// leads says what a link in a folder leads to within the commit. What lies outside
// of it, or is not there, or is a submodule is irregular.
func (r *reader) leads(link plumbing.Hash, folder string) (fs.FileMode, error) {
	w := &way{reader: r, at: []plumbing.Hash{r.top}, left: strings.Split(folder, "/")}
	if leads, err := w.walk(); err != nil || leads != fs.ModeDir {
		return leads, err
	}
	if err := w.turn(link); err != nil {
		return 0, err
	}
	return w.walk()
}

// walk goes on to the end.
func (w *way) walk() (fs.FileMode, error) {
	for len(w.left) > 0 && len(w.at) > 0 {
		name := w.left[0]
		w.left = w.left[1:]
		if leads, ends, err := w.step(name); ends || err != nil {
			return leads, err
		}
	}
	if len(w.at) == 0 {
		return fs.ModeIrregular, nil
	}
	return fs.ModeDir, nil
}

// step goes on by one name, and reports whether the way ends there.
func (w *way) step(name string) (leads fs.FileMode, ends bool, err error) {
	switch name {
	case "", ".":
		return 0, false, nil
	case "..":
		w.at = w.at[:len(w.at)-1]
		return 0, false, nil
	}
	entry, err := w.lookup(name)
	switch {
	case err != nil:
		return 0, false, err
	case entry == nil || entry.Mode == filemode.Submodule || w.hops > maxHops:
		return fs.ModeIrregular, true, nil
	case entry.Mode == filemode.Dir:
		w.at = append(w.at, entry.Hash)
		return 0, false, nil
	case entry.Mode == filemode.Symlink:
		return 0, false, w.turn(entry.Hash)
	case len(w.left) > 0: // as if the file were a folder
		return fs.ModeIrregular, true, nil
	}
	return 0, true, nil
}

// turn goes where a link says; out of the commit where that is an absolute path.
func (w *way) turn(link plumbing.Hash) error {
	w.hops++
	text, err := w.object(plumbing.BlobObject, link, maxLink)
	var large *tooLarge
	switch {
	case errors.As(err, &large):
		w.at = nil
		return nil
	case err != nil:
		return err
	case strings.HasPrefix(string(text), "/"):
		w.at = nil
	}
	w.left = append(strings.Split(string(text), "/"), w.left...)
	return nil
}

// lookup finds a name in the folder come to; nil where it is not there.
func (w *way) lookup(name string) (*object.TreeEntry, error) {
	if w.looked > maxLooked {
		return nil, nil
	}
	entries, err := w.entries(w.at[len(w.at)-1])
	if err != nil {
		return nil, err
	}
	w.looked += len(entries)
	for i := range entries {
		if entries[i].Name == name {
			return &entries[i], nil
		}
	}
	return nil, nil
}
