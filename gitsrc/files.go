package gitsrc

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"
)

// tree is a folder as a file system: fs.FS with ReadDir, ReadFile and Stat.
type tree struct{ root *folder }

func (t tree) find(op, name string) (node, error) {
	if !fs.ValidPath(name) {
		return node{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	at := node{name: ".", folder: t.root}
	if name == "." {
		return at, nil
	}
	for _, part := range strings.Split(name, "/") {
		at = at.folder.child(part)
	}
	if !at.exists() {
		return node{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return at, nil
}

// Open fails for a symbolic link, and for nothing else that is there; reading an
// oversized file does.
func (t tree) Open(name string) (fs.File, error) {
	n, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.folder != nil {
		return &openFolder{openNode{n, name}, n.folder.children}, nil
	}
	if n.link != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errLink}
	}
	return &openFile{openNode{n, name}, bytes.NewReader(n.blob.data)}, nil
}

var errLink = errors.New("it is a symbolic link, and links are not followed")

// ReadFile returns a copy, which the caller may change.
func (t tree) ReadFile(name string) ([]byte, error) {
	n, err := t.find("read", name)
	if err != nil {
		return nil, err
	}
	if n.link != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errLink}
	}
	if n.blob == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	if n.blob.err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: n.blob.err}
	}
	return bytes.Clone(n.blob.data), nil
}

// ReadDir lists a folder by name.
func (t tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if n.folder == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	return entries(n.folder.children), nil
}

// Stat describes a file or folder; of a link it says what that leads to, or that
// there is no such thing in the commit.
func (t tree) Stat(name string) (fs.FileInfo, error) {
	n, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	if n.link == nil {
		return info{n}, nil
	}
	if n.link.leads == fs.ModeIrregular {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return behind{info{n}}, nil
}

func entries(nodes []node) []fs.DirEntry {
	list := make([]fs.DirEntry, len(nodes))
	for i, n := range nodes {
		list[i] = fs.FileInfoToDirEntry(info{n})
	}
	return list
}

type openNode struct {
	node
	path string
}

func (o openNode) Stat() (fs.FileInfo, error) { return info{o.node}, nil }
func (o openNode) Close() error               { return nil }

type openFile struct {
	openNode
	content *bytes.Reader
}

func (f *openFile) Read(p []byte) (int, error) {
	if f.blob.err != nil {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: f.blob.err}
	}
	return f.content.Read(p)
}

type openFolder struct {
	openNode
	rest []node
}

func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.path, Err: fs.ErrInvalid}
}

func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.rest) {
		n = len(f.rest)
	}
	list := entries(f.rest[:n])
	f.rest = f.rest[n:]
	return list, nil
}

// info describes a node. Git keeps no times of files: they are zero.
type info struct{ node node }

func (i info) Name() string       { return i.node.name }
func (i info) IsDir() bool        { return i.node.folder != nil }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) Sys() any           { return nil }

func (i info) Size() int64 {
	if i.node.blob == nil {
		return 0
	}
	return i.node.blob.size
}

func (i info) Mode() fs.FileMode {
	switch {
	case i.IsDir():
		return fs.ModeDir | 0o555
	case i.node.link != nil:
		return fs.ModeSymlink | 0o444
	}
	return 0o444
}

// behind describes what a link leads to.
type behind struct{ info }

func (b behind) IsDir() bool       { return b.node.link.leads == fs.ModeDir }
func (b behind) Mode() fs.FileMode { return b.node.link.leads | 0o444 }
