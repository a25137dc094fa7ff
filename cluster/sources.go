package cluster

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
)

// sourcesAnnotation is what the Lease of a leader says of the sources that it follows.
// It travels with the renewals, and costs no write of its own.
const sourcesAnnotation = "patchwave.dev/sources"

const (
	mostSources = 20  // that a Lease tells of
	mostOfError = 300 // characters of an error
)

// SourceState is what the leader knows of a source of plans.
type SourceState struct {
	Name string `json:"name"`
	// Revision is the newest commit that was read, "" before the first.
	Revision string `json:"revision,omitempty"`
	// ReadAt is when the repository was last seen to be at it.
	ReadAt time.Time `json:"readAt,omitzero"`
	// Error is why it cannot be read now, "" where it can.
	Error string `json:"error,omitempty"`
	// Since is when it could first not be read.
	Since time.Time `json:"since,omitzero"`
}

// Announce has the Leases say how the sources stand, from the next renewal on.
func (c *Connection) Announce(sources []SourceState) error {
	if c.leases == nil {
		return nil
	}
	told := make([]SourceState, 0, min(mostSources, len(sources)))
	for _, source := range sources[:min(mostSources, len(sources))] {
		if runes := []rune(source.Error); len(runes) > mostOfError {
			source.Error = string(runes[:mostOfError]) + "…"
		}
		told = append(told, source)
	}
	note, err := json.Marshal(told)
	if err != nil {
		return fmt.Errorf("announcing the sources: %w", err)
	}
	c.leases.sources.Store(new(string(note)))
	return nil
}

// Lacks reports whether the leader is known not to follow a source of that name: it has
// said which it follows.
func (l Leader) Lacks(source string) bool {
	if len(l.Sources) == 0 || len(l.Sources) >= mostSources {
		return false
	}
	return !slices.ContainsFunc(l.Sources, func(s SourceState) bool { return s.Name == source })
}

// announced are the sources that a Lease tells of; none where it makes no sense.
func announced(l *coordinationv1.Lease) []SourceState {
	var sources []SourceState
	if json.Unmarshal([]byte(l.Annotations[sourcesAnnotation]), &sources) != nil {
		return nil
	}
	return sources[:min(mostSources, len(sources))]
}

// announce notes on a Lease what was announced last; one that another process has
// written says nothing of ours.
func (l *lease) announce(wanted *coordinationv1.Lease) {
	delete(wanted.Annotations, sourcesAnnotation)
	if l.sources == nil || l.sources.Load() == nil {
		return
	}
	if wanted.Annotations == nil {
		wanted.Annotations = map[string]string{}
	}
	wanted.Annotations[sourcesAnnotation] = *l.sources.Load()
}
