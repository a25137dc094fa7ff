package gitsrc

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// shell runs commands of a person in a folder of its own, which it returns.
func (w *world) shell(commands string) string {
	w.t.Helper()
	dir := w.t.TempDir()
	command := exec.Command("sh", "-e", "-c", commands)
	command.Dir = dir
	command.Env = append(os.Environ(),
		"SERVED="+w.repo.Dir(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com")
	if out, err := command.CombinedOutput(); err != nil {
		w.t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// What people have on their disks is read, or refused in plain words.
func TestRepositoriesOnThisMachine(t *testing.T) {
	const clone = `git clone -q "file://$SERVED" c; cd c; `
	for name, test := range map[string]struct{ commands, folder, refused string }{
		"a sparse checkout":            {`git clone -q --no-checkout "file://$SERVED" c; cd c; git sparse-checkout set b; git checkout -q main`, "c", ""},
		"with a sparse index":          {`git clone -q --no-checkout "file://$SERVED" c; cd c; git sparse-checkout set --sparse-index b; git checkout -q main`, "c", ""},
		"a work tree":                  {clone + `git worktree add -q --detach ../w`, "w", ""},
		"the .git of a clone":          {clone, "c/.git", ""},
		"a work tree of a sparse one":  {clone + `git sparse-checkout set b; git worktree add -q --detach ../w`, "w", ""},
		"a separate folder":            {`git clone -q --separate-git-dir g "file://$SERVED" c`, "c", ""},
		"a format that is known":       {clone + `git config core.repositoryformatversion 1; git config extensions.objectFormat sha1`, "c", ""},
		"a partial clone":              {`git clone -q --filter=blob:none --no-checkout "file://$SERVED" c`, "c", "partial clone"},
		"a partial clone, checked out": {`git clone -q --filter=blob:none "file://$SERVED" c`, "c", ""},
		"SHA-256":                      {`git init -q --object-format=sha256 -b main c; cd c; git commit -q --allow-empty -m x`, "c", "SHA-256"},
		"another storage of refs":      {clone + `git config core.repositoryformatversion 1; git config extensions.refStorage reftable`, "c", "extension refstorage=reftable"},
		"an unknown extension":         {clone + `git config extensions.weather rain`, "c", "extension weather=rain"},
		"no repository":                {"mkdir c", "c", "there is no repository"},
		"a .git that leads nowhere":    {"mkdir c; echo 'gitdir: ../nowhere' > c/.git", "c", "there is no repository"},
		"a .git of something else":     {"mkdir c; echo x > c/.git", "c", "leads to no repository"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"a.yaml": "1", "b/c.yaml": "2"})
			w.git("config", "uploadpack.allowFilter", "true")
			w.options = Options{URL: filepath.Join(w.shell(test.commands), test.folder), Wanted: isYAML}
			w.restart()
			if test.refused != "" {
				w.pollFails(test.refused)
				return
			}
			w.shows(w.poll(), map[string]string{"a.yaml": "1", "b/c.yaml": "2"})
		})
	}
}

// A server whose repository, or whose protocol, cannot be read is told of in words.
func TestServersThatCannotBeRead(t *testing.T) {
	newer := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, request *http.Request) {
			request.Header.Set("Git-Protocol", "version=2")
			next.ServeHTTP(rw, request)
		})
	}
	for name, prepare := range map[string]func(w *world) string{
		"SHA-256": func(*world) string { return "names its objects by SHA-256" },
		"SHA-256, without version 2": func(w *world) string {
			w.door.noV2 = true
			return "names its objects by SHA-256"
		},
		"version 2 alone": func(w *world) string {
			w.door.next = newer(w.door.next)
			return "protocol version 2 alone"
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"a.yaml": "1"})
			say := prepare(w)
			if name != "version 2 alone" {
				must(t, os.RemoveAll(w.repo.Dir()))
				w.shell(`git init -q --object-format=sha256 -b main c; cd c; git commit -q --allow-empty -m x; git clone -q --bare . "$SERVED"`)
			}
			w.pollFails(say, "mirror")
			w.pollFails(say, "mirror")
		})
	}
}
