package gitsrc

import (
	"errors"
	"io"
	"strings"
	"testing"
)

const anID = "0123456789abcdef0123456789abcdef01234567"

func answer(lines ...string) string {
	var packets []byte
	for _, line := range lines {
		packets = appendPacket(packets, line)
	}
	return string(packets) + "0000"
}

func TestRequest(t *testing.T) {
	want := "0014command=ls-refs\n0001001fref-prefix refs/heads/main\n0000"
	if got := string(lsRefs("refs/heads/main")); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFindRef(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   string
		err    error
	}{
		"found":            {answer(anID + " refs/heads/main\n"), anID, nil},
		"with attributes":  {answer(anID + " refs/heads/main symref-target:refs/heads/x peeled:" + anID + "\n"), anID, nil},
		"without newline":  {answer(anID + " refs/heads/main"), anID, nil},
		"amid others":      {answer(anID+" refs/heads/main-2\n", anID+" refs/heads/main\n"), anID, nil},
		"only others":      {answer(anID + " refs/heads/main-2\n"), strings.Repeat("0", 40), nil},
		"nothing":          {"0000", strings.Repeat("0", 40), nil},
		"cut off":          {answer(anID + " refs/heads/x\n")[:30], "", io.ErrUnexpectedEOF},
		"no end":           {strings.TrimSuffix(answer(anID+" refs/heads/x\n"), "0000"), "", io.ErrUnexpectedEOF},
		"empty":            {"", "", io.ErrUnexpectedEOF},
		"an error":         {answer("ERR upload-pack: not our ref"), "", errNotV2},
		"version 0":        {answer(anID + " HEAD\x00multi_ack\n"), strings.Repeat("0", 40), nil},
		"HTML":             {"<html>", "", errNotV2},
		"a delimiter":      {"0001", "", errNotV2},
		"length 3":         {"0003", "", errNotV2},
		"too long":         {"fff1" + strings.Repeat("x", 70000), "", errNotV2},
		"an SHA-256":       {answer(strings.Repeat("a", 64) + " refs/heads/main\n"), "", errSHA256},
		"the zero id":      {answer(strings.Repeat("0", 40) + " refs/heads/main\n"), "", errNotV2},
		"no name":          {answer(anID + " \n"), "", errNotV2},
		"an empty packet":  {"0004" + "0000", "", errNotV2},
		"signs in lengths": {"+014command=ls-refs\n", "", errNotV2},
	} {
		got, err := findRef(strings.NewReader(c.answer), "refs/heads/main")
		if !errors.Is(err, c.err) || (c.err == nil && got.String() != c.want) {
			t.Errorf("%s: got %s, %v; want %s, %v", name, got, err, c.want, c.err)
		}
	}
}

// Whatever a server sends, an answer is read without a panic, a ref is only
// found where it stands, and an answer without its end concludes nothing.
func FuzzFindRef(f *testing.F) {
	f.Add(answer(anID + " refs/heads/main\n"))
	f.Add(answer(anID+" refs/heads/a\n", anID+" refs/heads/main symref-target:x\n"))
	f.Add(answer("ERR no"))
	f.Add("0001000200000004")
	f.Add("ffff")
	f.Fuzz(func(t *testing.T, sent string) {
		found, err := findRef(strings.NewReader(sent), "refs/heads/main")
		switch {
		case err != nil && !found.IsZero():
			t.Errorf("found %s with error %v", found, err)
		case !found.IsZero() && !strings.Contains(sent, " refs/heads/main"):
			t.Errorf("found %s, which was not sent", found)
		case err == nil && found.IsZero() && !strings.Contains(sent, "0000"):
			t.Error("an answer without end reads as complete")
		}
		names, _ := someBranches(strings.NewReader(sent), 5)
		if len(names) > 5 {
			t.Errorf("%d names", len(names))
		}
	})
}
