package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/patchwave/patchwave/preview"
	"github.com/patchwave/patchwave/report/webhook"
	"github.com/patchwave/patchwave/spec"
)

// bell wakes those who follow a repository when GitHub says that it has changed.
type bell struct {
	sources []spec.Source
	wake    []chan struct{} // by source
	desk    *preview.Desk

	mu    sync.Mutex
	moved map[string]string // by source: its repository, where that has moved
}

func newBell(sources []spec.Source, desk *preview.Desk) *bell {
	b := &bell{sources: sources, desk: desk, moved: map[string]string{}}
	for range sources {
		b.wake = append(b.wake, make(chan struct{}, 1))
	}
	return b
}

// ring has a repository's branches and pull requests looked at now.
func (b *bell) ring(repository string) {
	for i, source := range b.sources {
		if !b.isOf(source, repository) {
			continue
		}
		select {
		case b.wake[i] <- struct{}{}:
		default: // it is awake already
		}
		b.desk.Look(source.Name)
	}
}

// isOf reports whether a source lives in a repository, under its configured name or
// the one it has moved to: GitHub's events bear the new one.
func (b *bell) isOf(source spec.Source, repository string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return repository != "" && (strings.EqualFold(source.Repository(), repository) || strings.EqualFold(b.moved[source.Name], repository))
}

// mover takes the URL that a source's repository has moved to, "" where it has not.
func (b *bell) mover(source spec.Source) func(url string) {
	return func(url string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.moved[source.Name] = spec.Source{URL: url}.Repository()
	}
}

// listen receives GitHub's events. Without it the polls find all that it would
// have told.
func (b *bell) listen(ctx context.Context, config spec.Webhook, log *slog.Logger) {
	receiver := &webhook.Receiver{SecretFile: config.SecretFile, Look: b.ring, Log: log}
	if err := receiver.Serve(ctx, config.Address); err != nil {
		log.Error("no webhooks are received; patchwave goes on by polling", "error", err)
	}
}
