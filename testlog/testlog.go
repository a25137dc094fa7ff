// Package testlog keeps what is logged, for tests that read it while it is written.
package testlog

import (
	"log/slog"
	"strings"
	"sync"
)

// Log keeps what is written to it. Its zero value is empty and ready to use, and it may
// be read and written at the same time.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer, and never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns all that was written since the last Reset.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Reset forgets what was written.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// Logger returns a logger of text that writes to l, of the level and above it.
func (l *Log) Logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: level}))
}
