package bench

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

const profiledAt = "127.0.0.1:16060"

// served is added to patchwave for a profile, and only then: it has no such
// door otherwise.
const served = `package main

import (
	"net/http"
	_ "net/http/pprof"
)

func init() { go http.ListenAndServe("` + profiledAt + `", nil) }
`

// overlay has the go command see one file more.
func overlay(t *testing.T, dir string) string {
	t.Helper()
	added, list := filepath.Join(dir, "served.go"), filepath.Join(dir, "overlay.json")
	place, err := filepath.Abs("../cmd/patchwave/served.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{place: added}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{added: []byte(served), list: text} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// startProfile takes a CPU profile of patchwave's first seconds of a roll-out.
func startProfile(t *testing.T, c contender, tag string) (wait func()) {
	t.Helper()
	if *profile == "" || c.name() != "patchwave" {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer, err := http.Get("http://" + profiledAt + "/debug/pprof/profile?seconds=15")
		if err != nil {
			t.Error(err)
			return
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		if err := os.WriteFile(filepath.Join(*profile, tag+".pprof"), text, 0o644); err != nil {
			t.Error(err)
		}
	}()
	return func() { <-done }
}
