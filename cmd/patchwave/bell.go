package main

import (
	"context"
	"log/slog"
	"strings"

	"github.com/patchwave/patchwave/preview"
	"github.com/patchwave/patchwave/report/webhook"
	"github.com/patchwave/patchwave/spec"
)

// bell wakes those who follow a repository when GitHub says that it has changed.
type bell struct {
	sources []spec.Source
	wake    []chan struct{} // by source
	desk    *preview.Desk
}

func newBell(sources []spec.Source, desk *preview.Desk) *bell {
	b := &bell{sources: sources, desk: desk}
	for range sources {
		b.wake = append(b.wake, make(chan struct{}, 1))
	}
	return b
}

// ring has a repository's branches and pull requests looked at now.
func (b *bell) ring(repository string) {
	for i, source := range b.sources {
		if !strings.EqualFold(source.Repository(), repository) {
			continue
		}
		select {
		case b.wake[i] <- struct{}{}:
		default: // it is awake already
		}
		b.desk.Look(source.Name)
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
