package builder

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// progress shows one line that moves on a terminal, and a line every quarter of a minute elsewhere.
type progress struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	began    time.Time
	name     string
	done     int
	total    int
	ended    chan struct{}
	idle     sync.WaitGroup
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, terminal: isTerminal(out), began: time.Now(), ended: make(chan struct{})}
	every := 15 * time.Second
	if p.terminal {
		every = time.Second
	}
	p.idle.Go(func() { p.tick(every) })
	return p
}

// phase begins a part of the work; a total of 0 is unknown.
func (p *progress) phase(name string, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name, p.done, p.total = name, 0, total
}

func (p *progress) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
}

// stop ends the line, with the time the whole took.
func (p *progress) stop() {
	close(p.ended)
	p.idle.Wait()
	p.show()
	if p.terminal {
		fmt.Fprintln(p.out)
	}
}

func (p *progress) tick(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-ticker.C:
			p.show()
		}
	}
}

func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprintf(p.out, "\r\033[K%s", p.line(time.Since(p.began)))
		return
	}
	fmt.Fprintln(p.out, p.line(time.Since(p.began)))
}

// line counts packages against all there are: those compiled before are skipped, so it may end below the total.
func (p *progress) line(elapsed time.Duration) string {
	text := fmt.Sprintf("  %4.0f s  %s", elapsed.Seconds(), p.name)
	switch {
	case p.total > 0:
		text += fmt.Sprintf(", %d of at most %d packages", p.done, p.total)
	case p.done > 0:
		text += fmt.Sprintf(", %d so far", p.done)
	}
	return text
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
