package spec

import (
	"strings"
	"testing"

	"github.com/distribution/reference"
)

const (
	digestA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func TestSameImage(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"nginx", "nginx", true},
		{"nginx", "nginx:latest", true},
		{"nginx", "docker.io/library/nginx:latest", true},
		{"index.docker.io/library/nginx", "nginx", true},
		{"acme/app:1", "docker.io/acme/app:1", true},
		{"nginx:1", "nginx:2", false},
		{"nginx", "ghcr.io/library/nginx", false},
		{"registry:5000/app", "registry:5000/app:latest", true},
		{"registry:5000/app", "registry/app:5000", false},
		{"registry:5000/app:1", "registry:5000/app:2", false},
		{"localhost/app", "docker.io/localhost/app", false},
		{"app:1@" + digestA, "app@" + digestA, true},
		{"app:1@" + digestA, "docker.io/library/app:2@" + digestA, true},
		{"app@" + digestA, "app@" + digestB, false},
		{"app@" + digestA, "other@" + digestA, false},
		{"app:1@" + digestA, "app:1", false},
		{"App", "app", false},
		{"not an image", "not an image", true},
		{"", "", true},
		{"", "nginx", false},
	} {
		if got := SameImage(row.a, row.b); got != row.want {
			t.Errorf("SameImage(%q, %q) is %v", row.a, row.b, got)
		}
		if SameImage(row.a, row.b) != SameImage(row.b, row.a) {
			t.Errorf("SameImage(%q, %q) depends on their order", row.a, row.b)
		}
	}
}

func TestImageDigest(t *testing.T) {
	for image, want := range map[string]string{
		"app": "", "app:1": "", "registry:5000/app": "", "no image!": "", "": "",
		"app@" + digestA:   digestA,
		"app:1@" + digestB: digestB,
		"registry.example.com:5000/a/b:1@" + digestA: digestA,
		"app@" + strings.TrimSuffix(digestA, "a"):    "",
	} {
		if got := ImageDigest(image); got != want {
			t.Errorf("ImageDigest(%q) is %q, not %q", image, got, want)
		}
	}
}

func TestSameRegistry(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"nginx", "docker.io/library/nginx", true},
		{"nginx", "acme/nginx", true},
		{"registry:5000/app:v1", "registry:5000/team/app", true},
		{"registry:5000/app:v1", "registry/app:v1", false},
		{"ghcr.io/acme/lobby", "quay.io/acme/lobby", false},
	} {
		if got := SameRegistry(test.a, test.b); got != test.want {
			t.Errorf("SameRegistry(%q, %q) = %t", test.a, test.b, got)
		}
	}
}

func TestMoves(t *testing.T) {
	for image, want := range map[string]bool{
		"nginx": true, "nginx:1.27": false, "registry:5000/app": true, "registry:5000/app:v1": false,
		"ghcr.io/acme/lobby:latest": true, "ghcr.io/acme/lobby@sha256:" + strings.Repeat("a", 64): false, "No Image": false,
	} {
		if got := Moves(image); got != want {
			t.Errorf("Moves(%q) = %t", image, got)
		}
	}
}

// The shortcut never answers otherwise than the parser.
func FuzzSameImage(f *testing.F) {
	f.Add("nginx", "docker.io/library/nginx:latest")
	f.Add("registry:5000/app", "registry:5000/app:latest")
	f.Add("app:v1@"+digestA, "app@"+digestA)
	f.Fuzz(func(t *testing.T, a, b string) {
		first, errA := reference.ParseDockerRef(a)
		second, errB := reference.ParseDockerRef(b)
		want := a == b || errA == nil && errB == nil && first.String() == second.String()
		if got := SameImage(a, b); got != want {
			t.Errorf("SameImage(%q, %q) = %t", a, b, got)
		}
	})
}
