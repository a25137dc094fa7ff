package gitsrc

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// folder and blob are what a snapshot is made of. They never change once
// read, so that snapshots share them.
type folder struct {
	hash     plumbing.Hash
	children []node // by name
	size     size
	links    bool // whether symbolic links lie in it or below
}

type blob struct {
	hash plumbing.Hash
	size int64
	data []byte
	err  error // why it cannot be read
}

// link is a symbolic link. What it leads to may change while it stays the same.
type link struct {
	hash  plumbing.Hash
	leads fs.FileMode // fs.ModeDir, 0 for a file, fs.ModeIrregular for neither
}

// node is a name and either a folder, a file or a link.
type node struct {
	name   string
	folder *folder
	blob   *blob
	link   *link
}

// exists reports whether the node is anything.
func (n node) exists() bool { return n.folder != nil || n.blob != nil || n.link != nil }

func (f *folder) add(name string, child *folder) {
	f.children = append(f.children, node{name: name, folder: child})
	f.size.add(child.size)
	f.links = f.links || child.links
}

func (f *folder) addLink(name string, child *link) {
	f.children = append(f.children, node{name: name, link: child})
	f.links = true
}

func (f *folder) addFile(name string, child *blob) {
	f.children = append(f.children, node{name: name, blob: child})
	f.size.add(size{files: 1, bytes: int64(len(child.data))})
}

// sort orders by name, where Git orders folders as if they ended in a slash.
func (f *folder) sort(at string) error {
	slices.SortFunc(f.children, func(a, b node) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(f.children); i++ {
		if f.children[i].name == f.children[i-1].name {
			return fmt.Errorf("folder %q holds %q twice: no Git program writes that", at, f.children[i].name)
		}
	}
	return nil
}

// child finds by name; the zero node is nothing.
func (f *folder) child(name string) node {
	if f == nil {
		return node{}
	}
	i, found := slices.BinarySearchFunc(f.children, name, func(n node, name string) int { return strings.Compare(n.name, name) })
	if !found {
		return node{}
	}
	return f.children[i]
}

func (f *folder) subfolder(name string) *folder { return f.child(name).folder }

func (f *folder) file(name string) *blob { return f.child(name).blob }
