package gitsrc

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/gitsrc/gittest"
)

func TestPasswords(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.door.next = gittest.RequirePassword("s3cret", w.door.next)
	w.pollFails("authentication required", "tokenFile")

	w.options.TokenFile = filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(w.options.TokenFile, []byte("wr0ng"), 0o600))
	w.restart()
	if err := w.pollFails("authentication required"); strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("error %q shows the token", err)
	}
	must(t, os.WriteFile(w.options.TokenFile, []byte("s3cret\n"), 0o600))
	w.shows(w.poll(), map[string]string{"a.yaml": "1"})

	w.options = Options{URL: strings.Replace(w.server.URL, "//", "//ada:s3cret@", 1) + w.repo.Path(), Dir: t.TempDir()}
	w.restart()
	w.poll()
	w.server.Close()
	if err := w.pollFails(w.server.URL); strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %q shows the password", err)
	}
}

// A server that quotes what it was sent gets none of it into the log.
func TestEchoedCredentialsAreHidden(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("x-access-token:s3cret"))
	for _, answer := range []http.HandlerFunc{
		func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, r.Header.Get("Authorization"), http.StatusUnauthorized)
		},
		func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "s3cret", http.StatusTeapot) },
		func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", answerType)
			_, _ = w.Write(appendPacket(nil, "ERR s3cret "+r.Header.Get("Authorization")))
		},
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://s3cret.invalid/"+encoded, http.StatusTemporaryRedirect)
		},
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "s3cret"+strings.Repeat("x", 5000))
		},
	} {
		w := newWorld(t)
		w.options.TokenFile = filepath.Join(t.TempDir(), "token")
		must(t, os.WriteFile(w.options.TokenFile, []byte("s3cret"), 0o600))
		w.restart()
		w.door.instead(answer)
		err := w.pollFails("following")
		if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), encoded) || len(err.Error()) > 1500 {
			t.Errorf("error %q", err)
		}
	}
}

func TestServerDownThenBack(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	w.door.instead(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusBadGateway) })
	w.pollFails("502 Bad Gateway")
	w.door.instead(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	w.pollFails("EOF")
	w.door.instead(nil)
	w.pollSame()
	w.commit(map[string]string{"a.yaml": "2"})
	w.shows(w.poll(), map[string]string{"a.yaml": "2"})
}

func TestNoServerAtAll(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := listener.Addr().String()
	must(t, listener.Close())
	source, err := Open(Options{URL: "http://" + address + "/acme/plans.git", Dir: t.TempDir()})
	must(t, err)
	if _, err := source.Poll(t.Context()); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
}

func TestNoSuchRepository(t *testing.T) {
	w := newWorld(t)
	w.options.URL = w.server.URL + "/acme/other.git"
	w.restart()
	w.pollFails("repository not found", "check the URL")
}

// A server that hangs at any step is cut off by the context.
func TestHangingServer(t *testing.T) {
	for name, before := range map[string]int{"at the look": 0, "at the list": 1, "at the pack": 2} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"a.yaml": "1"})
			arrived := make(chan struct{})
			left := before
			w.door.instead(func(rw http.ResponseWriter, request *http.Request) {
				if left--; left >= 0 {
					w.door.next.ServeHTTP(rw, request)
					return
				}
				// The server notices that a client left once the body is read.
				_, _ = io.Copy(io.Discard, request.Body)
				close(arrived)
				<-request.Context().Done()
			})
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-arrived; cancel() }()
			if _, err := w.source.Poll(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			w.door.instead(nil)
			w.shows(w.poll(), map[string]string{"a.yaml": "1"})
		})
	}
}

// cut ends an answer after so many bytes, as a lost connection does.
type cut struct {
	http.ResponseWriter
	left int
}

func (c *cut) Write(p []byte) (int, error) {
	if len(p) > c.left {
		_, _ = c.ResponseWriter.Write(p[:c.left])
		c.ResponseWriter.(*countedAnswer).ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(p)
	return c.ResponseWriter.Write(p)
}

func TestCutAnswers(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	w.commit(map[string]string{"a.yaml": strings.Repeat("plan ", 100)})
	for request, cuts := range [][]int{{3, 10, 50}, {0, 50, 200}, {0, 5, 20, 80, 200}} {
		for _, left := range cuts {
			before := request
			w.door.instead(func(rw http.ResponseWriter, asked *http.Request) {
				if before--; before < 0 {
					rw = &cut{rw, left}
				}
				w.door.next.ServeHTTP(rw, asked)
			})
			w.pollFails("following")
			if torn, _ := filepath.Glob(filepath.Join(w.options.Dir, "store.git", "objects", "pack", "tmp_*")); len(torn) > 0 {
				t.Errorf("request %d cut after %d bytes: %q is left", request, left, torn)
			}
		}
	}
	w.door.instead(nil)
	w.shows(w.poll(), map[string]string{"a.yaml": strings.Repeat("plan ", 100)})
}

func TestServerWithoutV2(t *testing.T) {
	w := newWorld(t)
	w.door.noV2 = true
	w.pollFails("the repository is empty")
	w.commit(map[string]string{"a.yaml": "1"})
	w.shows(w.poll(), map[string]string{"a.yaml": "1"})
	w.door.since()
	w.pollSame()
	if asked, _, _ := w.door.since(); !slices.Equal(asked, []string{"GET refs"}) {
		t.Errorf("asked %q: it was not learned that v2 is unknown here", asked)
	}
	w.commit(map[string]string{"a.yaml": "2"})
	w.shows(w.poll(), map[string]string{"a.yaml": "2"})
	w.git("branch", "--move", "main", "trunk")
	w.pollFails(`no branch "main"`, "trunk")
}

// moved redirects everything to another server.
func moved(to string, code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to+r.URL.RequestURI(), code)
	})
}

func TestRedirectsCarryNoToken(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		w := newWorld(t)
		w.commit(map[string]string{"a.yaml": "1"})
		seen := 0
		w.door.instead(func(rw http.ResponseWriter, request *http.Request) {
			seen++
			if _, _, given := request.BasicAuth(); given {
				t.Errorf("%s %s came with the token", request.Method, request.URL)
			}
			w.door.next.ServeHTTP(rw, request)
		})
		first := httptest.NewServer(moved(w.server.URL, code))
		defer first.Close()
		w.options.URL = first.URL + w.repo.Path()
		w.options.TokenFile = filepath.Join(t.TempDir(), "token")
		must(t, os.WriteFile(w.options.TokenFile, []byte("s3cret"), 0o600))
		w.restart()
		w.shows(w.poll(), map[string]string{"a.yaml": "1"})
		w.pollSame()
		w.commit(map[string]string{"a.yaml": "2"})
		w.shows(w.poll(), map[string]string{"a.yaml": "2"})
		if seen == 0 {
			t.Error("the redirect was not followed")
		}
	}
}

// movedTo has the server send everything below one path on to another.
func (w *world) movedTo(old, new string, code int) {
	w.door.instead(func(rw http.ResponseWriter, request *http.Request) {
		if rest, isOld := strings.CutPrefix(request.URL.RequestURI(), old); isOld {
			http.Redirect(rw, request, new+rest, code)
			return
		}
		w.door.next.ServeHTTP(rw, request)
	})
}

// A repository that has moved costs no more than one that has not, and its queue
// and heads are seen.
func TestMovedRepository(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			w := newWorld(t)
			w.door.next = gittest.RequirePassword("s3cret", w.door.next)
			w.movedTo("/old/name.git", w.repo.Path(), code)
			w.options.URL = strings.Replace(w.server.URL, "//", "//ada:s3cret@", 1) + "/old/name.git"
			w.restart()
			tip := w.commit(map[string]string{"a.yaml": "1"})
			w.shows(w.poll(), map[string]string{"a.yaml": "1"})
			w.refs(100)
			w.git("update-ref", "refs/heads/gh-readonly-queue/main/pr-7-abc", tip)
			w.door.since()
			w.pollSame()
			if asked, in, out := w.door.since(); !slices.Equal(asked, []string{"POST git-upload-pack"}) || in > 120 || out > 120 {
				t.Errorf("asked %q with %d bytes up and %d down", asked, in, out)
			}
			if got, want := w.source.Moved(), w.server.URL+w.repo.Path(); got != want {
				t.Errorf("moved to %q, want %q", got, want)
			}
			if queued, err := w.source.Queue(t.Context()); err != nil || len(queued) != 1 {
				t.Errorf("queued %v, %v", queued, err)
			}
			head := w.propose(tip, map[string]string{"a.yaml": "2"})
			w.holds(w.proposal(head), "a.yaml=2")
		})
	}
}

// The old name may come to be another repository's.
func TestMovedAndBack(t *testing.T) {
	w := newWorld(t)
	w.movedTo("/old/name.git", w.repo.Path(), http.StatusMovedPermanently)
	w.options.URL = w.server.URL + "/old/name.git"
	w.restart()
	w.commit(map[string]string{"a.yaml": "1"})
	w.poll()
	back := func(rw http.ResponseWriter, request *http.Request) {
		if rest, isOld := strings.CutPrefix(request.URL.Path, "/old/name.git"); isOld {
			request.URL.Path = w.repo.Path() + rest
			w.door.next.ServeHTTP(rw, request)
			return
		}
		http.NotFound(rw, request)
	}
	w.door.instead(back)
	w.pollFails("repository not found")
	w.pollSame()
	if moved := w.source.Moved(); moved != "" {
		t.Errorf("it is still said to be moved to %q", moved)
	}
	w.movedTo("/old/name.git", w.repo.Path(), http.StatusMovedPermanently)
	w.pollSame()
	w.source.from.(*mirror).movedAt = time.Now().Add(-2 * movedFor)
	w.door.instead(nil)
	w.door.next = http.HandlerFunc(func(rw http.ResponseWriter, request *http.Request) {
		if !strings.HasPrefix(request.URL.Path, "/old/") {
			t.Errorf("%s is asked long after the move", request.URL.Path)
		}
		http.NotFound(rw, request)
	})
	w.pollFails("repository not found")
}

// Not everything that sends us on has the repository elsewhere.
func TestSentOnToNoRepository(t *testing.T) {
	for to, say := range map[string]string{"/login": "", "/nowhere.git/info/refs": "not found", "/round": ""} {
		w := newWorld(t)
		w.commit(map[string]string{"a.yaml": "1"})
		w.door.instead(func(rw http.ResponseWriter, request *http.Request) {
			switch {
			case strings.HasPrefix(request.URL.Path, "/login"):
				if request.Method == http.MethodPost {
					t.Error("the page to sign in at is asked for refs")
				}
				_, _ = rw.Write([]byte("<html>sign in"))
			case strings.HasPrefix(request.URL.Path, "/nowhere.git"):
				http.NotFound(rw, request)
			default:
				http.Redirect(rw, request, to, http.StatusFound)
			}
		})
		w.pollFails(say)
		if moved := w.source.Moved(); moved != "" {
			t.Errorf("%s is taken for the repository: %q", to, moved)
		}
		if asked, _, _ := w.door.since(); len(asked) > 20 {
			t.Errorf("%s: asked %d times", to, len(asked))
		}
		w.door.instead(nil)
		w.shows(w.poll(), map[string]string{"a.yaml": "1"})
		w.door.since()
		w.pollSame()
		if asked, _, _ := w.door.since(); !slices.Equal(asked, []string{"POST git-upload-pack"}) {
			t.Errorf("afterwards asked %q", asked)
		}
	}
}

func TestRedirectsNeverLeaveTLS(t *testing.T) {
	w := newWorld(t)
	w.commit(map[string]string{"a.yaml": "1"})
	first := httptest.NewTLSServer(moved(w.server.URL, http.StatusTemporaryRedirect))
	defer first.Close()
	w.options.URL = first.URL + w.repo.Path()
	w.restart()
	m := w.source.from.(*mirror)
	m.client.Transport = bounded{first.Client().Transport}
	w.pollFails("redirects from https")
}

func TestEndlessAnswerIsCut(t *testing.T) {
	w := newWorld(t)
	var sent int64
	w.door.instead(func(rw http.ResponseWriter, request *http.Request) {
		rw.Header().Set("Content-Type", answerType)
		line := appendPacket(nil, strings.Repeat("a", 40)+" refs/heads/main"+strings.Repeat("x", 60000)+"\n")
		for request.Context().Err() == nil {
			n, err := rw.Write(line)
			if sent += int64(n); err != nil {
				return
			}
		}
	})
	w.pollFails("reading refs")
	w.server.Close() // waits for the handler
	if sent > 16*maxBranch {
		t.Errorf("the server could send %d bytes", sent)
	}
}

func TestBoundedBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(make([]byte, maxProblem+1))
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	must(t, err)
	response, err := newClient().Do(request)
	must(t, err)
	defer response.Body.Close()
	if _, err := response.Body.Read(make([]byte, 1)); err != nil {
		t.Errorf("reading within the limit: %v", err)
	}
	var failed error
	for failed == nil {
		_, failed = response.Body.Read(make([]byte, 1<<12))
	}
	if !strings.Contains(failed.Error(), "sends more than 16384 bytes") {
		t.Errorf("got %v", failed)
	}
}
