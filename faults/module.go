package main

import (
	"io/fs"
	"path"
	"strings"
)

// module shows the Go source of a folder, with what its tests read, and
// nothing that was built or belongs to another module.
type module struct{ fs.FS }

var leftOut = map[string]bool{".git": true, ".localkube": true, "bin": true, "localkube": true}

// ReadDir leaves out what a copy does not need.
func (m module) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(m.FS, name)
	var kept []fs.DirEntry
	for _, entry := range entries {
		if name == "." && leftOut[entry.Name()] || strings.HasSuffix(path.Base(entry.Name()), ".test") {
			continue
		}
		kept = append(kept, entry)
	}
	return kept, err
}
