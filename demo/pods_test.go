package main

import (
	"slices"
	"strings"
	"testing"
)

func TestDifferences(t *testing.T) {
	before := []row{{Name: "a", UID: "1", IP: "10.0.0.1", Image: "i:1"}, {Name: "b", UID: "2", IP: "10.0.0.2", Image: "i:1"}}
	want := upgraded(before, "i:2", 1, true)
	for _, test := range []struct {
		name   string
		change func([]row) []row
		want   string
	}{
		{"none", func(r []row) []row { return r }, ""},
		{"another pod", func(r []row) []row { r[0].UID = "3"; return r }, "pod a: its UID is 3 and should be 1"},
		{"another address", func(r []row) []row { r[1].IP = "10.0.0.3"; return r }, "pod b: its IP is 10.0.0.3 and should be 10.0.0.2"},
		{"another node", func(r []row) []row { r[1].Node = "n"; return r }, "pod b: its node is n and should be "},
		{"restarted twice", func(r []row) []row { r[0].Restarts++; return r }, "pod a: its number of restarts is 2 and should be 1"},
		{"not ready", func(r []row) []row { r[0].Ready = false; return r }, "pod a: its readiness is false and should be true"},
		{"old image", func(r []row) []row { r[0].Image = "i:1"; return r }, "pod a: its image is i:1 and should be i:2"},
		{"gone", func(r []row) []row { return r[1:] }, "pod a is gone"},
		{"replaced", func(r []row) []row { r[0].Name = "c"; return r }, "pod a is gone; pod c is new"},
	} {
		have := test.change(slices.Clone(want))
		if got := strings.Join(differences(want, have), "; "); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if before[0].Restarts != 0 {
		t.Error("upgraded changes what it is given")
	}
}

func TestBeforeAndAfter(t *testing.T) {
	before := []row{{Name: "a", Node: "n", UID: "1", IP: "10.0.0.1"}}
	got := beforeAndAfter(before, upgraded(before, "i:2", 2, true))
	if want := []string{"a", "n", "1", "10.0.0.1", "0 → 2"}; !slices.Equal(got[1], want) {
		t.Errorf("got %q, want %q", got[1], want)
	}
}
