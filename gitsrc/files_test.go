package gitsrc

import (
	"errors"
	"io/fs"
	"sync"
	"testing"
	"testing/fstest"
)

func TestFilesKeepTheLawsOfFS(t *testing.T) {
	w := newWorld(t)
	// Git orders "a" (a folder) after "a.yaml"; a file system does not.
	w.commit(map[string]string{"a/x.yaml": "1", "a.yaml": "22", "a/b/y.yml": "3", "z/README": "none"})
	s := w.poll()
	must(t, fstest.TestFS(s.Files(), "a.yaml", "a/x.yaml", "a/b/y.yml", "z"))
	if _, err := fs.Stat(s.Files(), "z/README"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is no YAML: %v", err)
	}
	if info, err := fs.Stat(s.Files(), "a.yaml"); err != nil || info.Size() != 2 || info.Name() != "a.yaml" {
		t.Errorf("got %v, %v", info, err)
	}
	for _, name := range []string{"../a.yaml", "/a.yaml", "a.yaml/x", ""} {
		if _, err := s.Files().Open(name); err == nil {
			t.Errorf("%q can be opened", name)
		}
	}
}

func TestReadersCannotChangeASnapshot(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	s := w.poll()
	content, err := fs.ReadFile(s.Files(), "a.yaml")
	must(t, err)
	content[0] = 'x'
	w.shows(s, map[string]string{"a.yaml": "1"})
}

func TestManyReadersWhilePolling(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1", "b/c.yaml": "1"})
	s := w.poll()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if content, err := readFile(s, "b/c.yaml"); err != nil || content != "1" {
					t.Errorf("got %q, %v", content, err)
				}
			}
		})
		all.Go(func() {
			if _, err := w.source.Poll(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	w.commit(map[string]string{"b/c.yaml": "2"})
	all.Wait()
}
