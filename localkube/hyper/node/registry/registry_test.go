package registry

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/patchwave/patchwave/localkube/hyper/tags"
)

func TestATagSaysHowTheProgramBehaves(t *testing.T) {
	for tag, want := range map[string]string{
		"v1":                  "GAME_VERSION=v1",
		"v1_again":            "GAME_VERSION=v1",
		"v2-start5s":          "GAME_VERSION=v2-start5s GAME_START=5s",
		"v3-stop1.5s-deaf":    "GAME_VERSION=v3-stop1.5s-deaf GAME_STOP=1.5s GAME_DEAF=1",
		"crash":               "GAME_VERSION=crash GAME_CRASH=300ms",
		"v4-crash2s":          "GAME_VERSION=v4-crash2s GAME_CRASH=2s",
		"v5-startling-slower": "GAME_VERSION=v5-startling-slower",
	} {
		if got := strings.Join(environment(tags.Read(tag)), " "); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

func TestATagSaysHowTheRegistryBehaves(t *testing.T) {
	if o := tags.Read("v1-slow4s"); o.Slow != 4*time.Second || o.Missing || o.Broken {
		t.Errorf("slow: %+v", o)
	}
	if o := tags.Read("bad-1"); !o.Missing {
		t.Errorf("bad: %+v", o)
	}
	if o := tags.Read("v1-error"); !o.Broken {
		t.Errorf("error: %+v", o)
	}
}

// lab is a registry on a port.
type lab struct {
	t    *testing.T
	host string
}

func newLab(t *testing.T) lab {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("not really one"), 0o755); err != nil {
		t.Fatal(err)
	}
	handler, err := New(program)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return lab{t, strings.TrimPrefix(server.URL, "http://")}
}

func (l lab) pull(image string) (v1.Image, error) {
	l.t.Helper()
	ref, err := name.ParseReference(l.host + "/" + image)
	if err != nil {
		l.t.Fatal(err)
	}
	return remote.Image(ref)
}

func (l lab) digest(image string) string {
	l.t.Helper()
	pulled, err := l.pull(image)
	if err != nil {
		l.t.Fatal(err)
	}
	digest, err := pulled.Digest()
	if err != nil {
		l.t.Fatal(err)
	}
	return digest.String()
}

func TestImagesAreMadeWhenAskedFor(t *testing.T) {
	l := newLab(t)
	pulled, err := l.pull("game:v1-stop1s")
	if err != nil {
		t.Fatal(err)
	}
	config, err := pulled.ConfigFile()
	if err != nil || !slices.Contains(config.Config.Env, "GAME_STOP=1s") || config.OS != "linux" {
		t.Errorf("config %+v, %v", config, err)
	}
	layers, err := pulled.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("layers %v, %v", layers, err)
	}
	if size, err := layers[0].Size(); err != nil || size == 0 {
		t.Errorf("layer of %d bytes, %v", size, err)
	}
	if l.digest("game:v1") == l.digest("game:v2") {
		t.Error("two versions are one image")
	}
	if l.digest("game:v1") != l.digest("game:v1_again") {
		t.Error("one version is two images")
	}
	if l.digest("pause:1") == l.digest("game:1") {
		t.Error("the sandbox plays")
	}
}

func TestFaults(t *testing.T) {
	l := newLab(t)
	for tag, want := range map[string]int{"bad-1": http.StatusNotFound, "v1-error": http.StatusInternalServerError} {
		response, err := http.Get("http://" + l.host + "/v2/game/manifests/" + tag)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", tag, response.StatusCode, want)
		}
	}
	began := time.Now()
	l.digest("game:v1-slow120ms")
	if took := time.Since(began); took < 120*time.Millisecond {
		t.Errorf("slow only by %s", took)
	}
}

func TestWhatWasPushedIsServed(t *testing.T) {
	l := newLab(t)
	pulled, err := l.pull("game:v1")
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(l.host + "/mine:bad-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, pulled); err != nil {
		t.Fatal(err)
	}
	if l.digest("mine:bad-1") != l.digest("game:v1") {
		t.Error("another image is served")
	}
}
