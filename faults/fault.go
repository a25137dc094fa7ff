package main

import (
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
)

// fault is one text of one file in the place of another.
type fault struct {
	name, file, old, new string
	// pkg and test are what catches it.
	pkg, test string
}

// change returns the source with the fault in it. It has to fit one place alone.
func (f fault) change(source string) (string, error) {
	if n := strings.Count(source, f.old); n != 1 {
		return "", fmt.Errorf("DOES NOT FIT %s: its text is there %d times", f.file, n)
	}
	return strings.Replace(source, f.old, f.new, 1), nil
}

var failing = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// judge says what became of the tests. A fault that does not compile is caught by none.
func (f fault) judge(out string, err error) (verdict string, caught bool) {
	names := failing.FindAllStringSubmatch(out, -1)
	switch {
	case err == nil:
		return "NOT CAUGHT by " + f.pkg + " " + f.test, false
	case len(names) == 0:
		return "NOT TRIED: " + firstLines(out), false
	}
	return "caught by " + f.pkg + " " + names[len(names)-1][1], true
}

// tell prints the verdict, and counts what was not caught.
func (f fault) tell(verdict string, caught bool, survived *atomic.Int32) {
	if !caught {
		survived.Add(1)
	}
	fmt.Printf("%-48s %s\n", f.name, verdict)
}

func firstLines(text string) string {
	lines := strings.SplitN(text, "\n", 4)
	return strings.Join(lines[:min(3, len(lines))], " ")
}
