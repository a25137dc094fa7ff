package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every fault fits the source as it is: what has moved on is seen at once, and
// not only when all are planted.
func TestFaultsFit(t *testing.T) {
	for _, f := range faults {
		text, err := os.ReadFile(filepath.Join("..", f.file))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), f.old); n != 1 {
			t.Errorf("%s: its text is %d times in %s", f.name, n, f.file)
		}
	}
}
