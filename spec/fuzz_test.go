package spec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// FuzzLoad: whatever the text, Load returns; every position it names lies in
// the file; and what it takes for a plan is the same plan when written again.
func FuzzLoad(f *testing.F) {
	for _, row := range slices.Concat(spoiledValues, spoiledShapes) {
		f.Add([]byte(strings.Replace(base, row.old, row.new, 1)))
	}
	for _, row := range folders {
		for _, text := range row.files {
			if len(text) < 1<<16 {
				f.Add([]byte(text))
			}
		}
	}
	f.Add([]byte("a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n<<: *b\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		plans, problems := Load(fstest.MapFS{"a.yaml": {Data: text}})
		for _, problem := range problems {
			inside(t, text, problem.Position)
		}
		for _, plan := range plans {
			inside(t, text, plan.Position)
			readsTheSame(t, plan)
		}
	})
}

func inside(t *testing.T, text []byte, at Position) {
	t.Helper()
	lines := strings.Split(string(text), "\n")
	if at.File != "a.yaml" || at.Line < 1 || at.Line > len(lines) || at.Column < 1 {
		t.Fatalf("%v is not in the file of %d lines", at, len(lines))
	}
	if length := utf8.RuneCountInString(lines[at.Line-1]); at.Column > length+1 {
		t.Fatalf("%v is not in the line of %d characters", at, length)
	}
}

func readsTheSame(t *testing.T, plan Plan) {
	t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	again, problems := Load(fstest.MapFS{"a.yaml": {Data: text}})
	if len(again) != 1 || again[0].Digest() != plan.Digest() {
		t.Fatalf("%s reads as %v with %v", text, again, problems)
	}
}

// BenchmarkLoad reads 2,000 plans in as many files.
func BenchmarkLoad(b *testing.B) {
	fsys := fstest.MapFS{}
	for i := range 2000 {
		text := strings.Replace(base, "name: lobby", fmt.Sprintf("name: lobby-%d", i), 1)
		fsys[fmt.Sprintf("plan-%04d.yaml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	for b.Loop() {
		if plans, problems := Load(fsys); len(plans) != 2000 || len(problems) > 0 {
			b.Fatalf("got %d plans and %v", len(plans), problems)
		}
	}
}
