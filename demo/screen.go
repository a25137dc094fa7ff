package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// screen prints line by line, so that it reads the same on a terminal and in a log.
type screen struct {
	mu    sync.Mutex
	out   io.Writer
	began time.Time // the part
	parts int
	times []string
}

func newScreen(out io.Writer) *screen { return &screen{out: out, began: time.Now()} }

// part runs one part of the demo under its title, and remembers how long it took.
func (s *screen) part(title string, play func() error) error {
	s.mu.Lock()
	s.parts++
	s.began = time.Now()
	fmt.Fprintf(s.out, "\n%d. %s\n", s.parts, title)
	s.mu.Unlock()
	if err := play(); err != nil {
		return fmt.Errorf("part %d, %q: %w", s.parts, title, err)
	}
	s.times = append(s.times, fmt.Sprintf("%.1f s", time.Since(s.began).Seconds()))
	return nil
}

// note prints what the demo itself does or has found.
func (s *screen) note(format string, arguments ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "   "+format+"\n", arguments...)
}

// tell prints what somebody was seen doing, and when in this part.
func (s *screen) tell(who, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "   %5.1f s  %-7s %s\n", time.Since(s.began).Seconds(), who, what)
}

// quote prints what somebody else wrote.
func (s *screen) quote(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range lines {
		fmt.Fprintln(s.out, "     │ "+line)
	}
}

// table prints rows of cells, the header first.
func (s *screen) table(rows [][]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, "   "+strings.Join(row, "\t"))
	}
	_ = w.Flush() // a reader that has gone ends the demo by its signal
}
