package main

import "io/fs"

// single shows one file of a folder alone.
type single struct {
	fs.FS
	name string
}

// ReadDir lists the one file, whatever else the folder holds.
func (s single) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(s.FS, name)
	for _, entry := range entries {
		if entry.Name() == s.name {
			return []fs.DirEntry{entry}, err
		}
	}
	return nil, err
}
