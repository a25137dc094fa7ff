package gitsrc

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func readFile(s *Snapshot, name string) (string, error) {
	content, err := fs.ReadFile(s.Files(), name)
	return string(content), err
}

// damages are ways in which a store rots between two polls.
var damages = map[string]func(w *world){
	"packs gone":   func(w *world) { w.remove(w.packs("pack")) },
	"indexes gone": func(w *world) { w.remove(w.packs("idx")) },
	"all gone":     func(w *world) { must(w.t, os.RemoveAll(w.options.Dir)) },
	"objects gone": func(w *world) {
		must(w.t, os.RemoveAll(filepath.Join(w.options.Dir, "store.git", "objects")))
	},
	"packs cut": func(w *world) {
		for _, pack := range w.packs("pack") {
			must(w.t, os.Chmod(pack, 0o600))
			must(w.t, os.Truncate(pack, 40))
		}
	},
	"indexes cut": func(w *world) {
		for _, index := range w.packs("idx") {
			must(w.t, os.Chmod(index, 0o600))
			must(w.t, os.Truncate(index, 100))
		}
	},
	"branch torn": func(w *world) {
		must(w.t, os.WriteFile(filepath.Join(w.options.Dir, "store.git", "refs", "heads", "main"), nil, 0o600))
	},
	"a bit flipped": func(w *world) {
		for _, pack := range w.packs("pack") {
			content, err := os.ReadFile(pack)
			must(w.t, err)
			for at := 12; at < len(content); at += 16 {
				content[at] ^= 4
			}
			must(w.t, os.Chmod(pack, 0o600))
			must(w.t, os.WriteFile(pack, content, 0o600))
		}
	},
}

func TestDamagedStoreHealsAtStart(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"a.yaml": "1", "b/b.yaml": "1"})
			w.poll()
			damage(w)
			w.restart()
			w.shows(w.poll(), map[string]string{"a.yaml": "1", "b/b.yaml": "1"})
			w.commit(map[string]string{"b/b.yaml": "2"})
			w.shows(w.poll(), map[string]string{"a.yaml": "1", "b/b.yaml": "2"})
		})
	}
}

func TestDamagedStoreHealsWhileFollowing(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"a.yaml": "1", "b/b.yaml": "1"})
			w.poll()
			damage(w)
			w.commit(map[string]string{"b/b.yaml": "2"})
			w.shows(w.poll(), map[string]string{"a.yaml": "1", "b/b.yaml": "2"})
		})
	}
}

// A subtree that is missing must never read as a smaller set of plans.
func TestEveryMissingObjectIsAnError(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1", "b/c/d.yaml": "2"})
	w.options = Options{URL: w.repo.Dir()}
	objects := strings.Fields(w.git("rev-list", "--objects", "--no-object-names", "main"))
	if len(objects) != 6 {
		t.Fatalf("%d objects, want a commit, three trees and two files", len(objects))
	}
	for _, id := range objects {
		file := filepath.Join(w.repo.Dir(), "objects", id[:2], id[2:])
		must(t, os.Rename(file, file+".away"))
		w.restart()
		w.pollFails("damaged", id, "git fsck")
		must(t, os.Rename(file+".away", file))
	}
	w.restart()
	w.shows(w.poll(), map[string]string{"a.yaml": "1", "b/c/d.yaml": "2"})
}

// Where the server itself is damaged it is not asked for everything each time.
func TestFreshClonesInVainAreRare(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	w.source.from.(*mirror).vain = fmt.Errorf("%w: on the server", errDamaged)
	w.source.from.(*mirror).vainAt = time.Now()
	w.remove(w.packs("pack"))
	w.commit(map[string]string{"a.yaml": "2"})
	w.pollFails("a fresh clone did not help", "on the server")
	w.source.from.(*mirror).vainAt = time.Now().Add(-patience)
	w.shows(w.poll(), map[string]string{"a.yaml": "2"})
}

func TestLeftoversOfAKillAreSwept(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	torn := filepath.Join(w.options.Dir, "store.git", "objects", "pack", "tmp_pack_123")
	half := filepath.Join(w.options.Dir, "fresh.git", "objects", "pack")
	must(t, os.WriteFile(torn, []byte("PACK"), 0o600))
	must(t, os.MkdirAll(half, 0o700))
	w.restart()
	for _, gone := range []string{torn, half} {
		if _, err := os.Stat(gone); err == nil {
			t.Errorf("%q is still there", gone)
		}
	}
	w.shows(w.poll(), map[string]string{"a.yaml": "1"})
}

func TestKilledFirstClone(t *testing.T) {
	for _, place := range []string{"fresh.git", "store.git"} {
		w := newWorld(t)
		w.commit(map[string]string{"a.yaml": "1"})
		pack := filepath.Join(w.options.Dir, place, "objects", "pack")
		must(t, os.MkdirAll(pack, 0o700))
		must(t, os.WriteFile(filepath.Join(pack, "tmp_pack_1"), []byte("PACK"), 0o600))
		w.restart()
		w.shows(w.poll(), map[string]string{"a.yaml": "1"})
		if torn, _ := filepath.Glob(filepath.Join(w.options.Dir, "*", "objects", "pack", "tmp_*")); len(torn) > 0 {
			t.Errorf("%q is left", torn)
		}
	}
}

func TestKilledWithinSwap(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	must(t, os.Rename(filepath.Join(w.options.Dir, "store.git"), filepath.Join(w.options.Dir, "retired.git")))
	w.restart()
	w.door.since()
	w.poll()
	if asked, _, _ := w.door.since(); len(asked) != 1 {
		t.Errorf("asked %q: the retired store was not taken up", asked)
	}
}

func TestPacksAreCompactedAtRest(t *testing.T) {
	w := newWorld(t)
	for i := range maxPacks + 1 {
		w.commit(map[string]string{"a.yaml": fmt.Sprint(i)})
		w.poll()
	}
	if n := len(w.packs("pack")); n != maxPacks+1 {
		t.Fatalf("%d packs, want one a commit", n)
	}
	w.pollSame()
	if n := len(w.packs("pack")); n != maxPacks+1 {
		t.Errorf("%d packs: they were compacted soon after a fresh clone", n)
	}
	w.source.from.(*mirror).vainAt = time.Now().Add(-patience)
	w.pollSame()
	if n := len(w.packs("pack")); n != 1 {
		t.Errorf("%d packs after compaction", n)
	}
	w.commit(map[string]string{"b.yaml": "new"})
	w.shows(w.poll(), map[string]string{"a.yaml": fmt.Sprint(maxPacks), "b.yaml": "new"})
}
