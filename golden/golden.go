// Package golden compares what a test has made with a file that a person has
// looked at.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

var plain = strings.NewReplacer(" ", "-", "/", "-")

// Compare looks whether a file of a folder, named like the case, has this text.
// With the flag -update it writes the file.
func Compare(t *testing.T, folder, name, got string) {
	t.Helper()
	file := filepath.Join(folder, plain.Replace(name))
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s has changed (-want +got); look at it, and run with -update if it is right:\n%s", file, diff)
	}
}
