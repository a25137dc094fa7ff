package gitsrc

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchwave/patchwave/gitsrc/gittest"
)

// world is a real Git server, a door in front of it that counts and can be
// told to misbehave, and a source that follows it.
type world struct {
	t       *testing.T
	repo    *gittest.Repository
	door    *door
	server  *httptest.Server
	options Options
	source  *Source
}

type door struct {
	next http.Handler

	mu       sync.Mutex
	asked    []string // method and path of every request
	in, out  int64    // bytes of bodies
	override http.Handler
	noV2     bool
}

func (d *door) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	d.mu.Lock()
	d.asked = append(d.asked, request.Method+" "+filepath.Base(request.URL.Path))
	next := d.next
	if d.override != nil {
		next = d.override
	}
	if d.noV2 {
		request.Header.Del("Git-Protocol")
	}
	d.mu.Unlock()
	request.Body = &countedBody{request.Body, d}
	next.ServeHTTP(&countedAnswer{w, d}, request)
}

func (d *door) count(in, out int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.in, d.out = d.in+int64(in), d.out+int64(out)
}

// instead puts a handler in the server's place; nil gives the server back.
func (d *door) instead(handler http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.override = nil
	if handler != nil {
		d.override = handler
	}
}

// since returns what was asked after the last call, and the bytes.
func (d *door) since() (asked []string, in, out int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked, in, out = d.asked, d.in, d.out
	d.asked, d.in, d.out = nil, 0, 0
	return asked, in, out
}

type countedBody struct {
	io.ReadCloser
	door *door
}

func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.door.count(n, 0)
	return n, err
}

type countedAnswer struct {
	http.ResponseWriter
	door *door
}

func (c *countedAnswer) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.door.count(0, n)
	return n, err
}

func newWorld(t *testing.T) *world {
	t.Helper()
	repo, err := gittest.NewRepository(t.TempDir(), "acme/plans")
	must(t, err)
	handler, err := repo.Handler()
	must(t, err)
	w := &world{t: t, repo: repo, door: &door{next: handler}}
	w.server = httptest.NewServer(w.door)
	t.Cleanup(w.server.Close)
	w.options = Options{URL: w.server.URL + repo.Path(), Dir: t.TempDir(), Wanted: isYAML}
	w.restart()
	return w
}

func isYAML(name string) bool {
	return filepath.Ext(name) == ".yaml" || filepath.Ext(name) == ".yml"
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// restart is a new process on the same folder.
func (w *world) restart() {
	w.t.Helper()
	source, err := Open(w.options)
	must(w.t, err)
	w.source = source
}

func (w *world) commit(files map[string]string) string {
	w.t.Helper()
	id, err := w.repo.Commit("change the plans\n\nfor a test", files)
	must(w.t, err)
	return id
}

func (w *world) git(arguments ...string) string {
	w.t.Helper()
	printed, err := w.repo.Git(arguments...)
	must(w.t, err)
	return printed
}

// poll expects a new snapshot.
func (w *world) poll() *Snapshot {
	w.t.Helper()
	snapshot, err := w.source.Poll(w.t.Context())
	must(w.t, err)
	if snapshot == nil {
		w.t.Fatal("Poll sees nothing new")
	}
	return snapshot
}

func (w *world) pollSame() {
	w.t.Helper()
	snapshot, err := w.source.Poll(w.t.Context())
	must(w.t, err)
	if snapshot != nil {
		w.t.Fatalf("Poll gives %s, where nothing is new", snapshot.Revision())
	}
}

// pollFails expects an error that holds all the texts.
func (w *world) pollFails(texts ...string) error {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	snapshot, err := w.source.Poll(ctx)
	if err == nil || snapshot != nil {
		w.t.Fatalf("Poll gives %v, %v; want an error", snapshot, err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			w.t.Errorf("error %q does not say %q", err, text)
		}
	}
	return err
}

// shows expects exactly these files.
func (w *world) shows(s *Snapshot, want map[string]string) {
	w.t.Helper()
	got := files(w.t, s)
	for name, content := range want {
		if got[name] != content {
			w.t.Errorf("file %q is %q, want %q", name, got[name], content)
		}
	}
	if len(got) != len(want) {
		w.t.Errorf("got %d files %v, want %d", len(got), got, len(want))
	}
}

func files(t *testing.T, s *Snapshot) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(s.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(s.Files(), name)
		found[name] = string(content)
		return err
	})
	must(t, err)
	return found
}

// packs are the pack files of the store.
func (w *world) packs(extension string) []string {
	w.t.Helper()
	found, err := filepath.Glob(filepath.Join(w.options.Dir, "store.git", "objects", "pack", "pack-*."+extension))
	must(w.t, err)
	return found
}

func (w *world) remove(files []string) {
	w.t.Helper()
	if len(files) == 0 {
		w.t.Fatal("there is nothing to damage")
	}
	for _, file := range files {
		must(w.t, os.Remove(file))
	}
}
