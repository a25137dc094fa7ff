package cluster

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"
)

// seenPod is as much of a pod as an upgrade controller can rely on.
type seenPod struct {
	Metadata struct {
		Name              string
		Generation        int64
		DeletionTimestamp *string
	}
	Status struct {
		Phase                 string
		ObservedGeneration    int64
		Conditions            []struct{ Type, Status string }
		InitContainerStatuses []seenContainer
		ContainerStatuses     []seenContainer
	}
}

type seenContainer struct {
	Name, Image, ImageID, ContainerID string
	Ready                             bool
	Started                           *bool
	RestartCount                      int
	State, LastState                  seenState
}

type seenState struct {
	Running    *struct{}
	Waiting    *struct{ Reason string }
	Terminated *struct {
		Reason   string
		ExitCode int
	}
}

// watcher hands each pod's events to who plays with it.
type watcher struct {
	mu      sync.Mutex
	records map[string]*record
}

func watchPods(l *lab) *watcher {
	l.t.Helper()
	w := &watcher{records: map[string]*record{}}
	request, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, l.url("?watch=1"), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	client := http.Client{Transport: l.a.client.Transport} // a watch outlasts the others' time limit
	response, err := client.Do(request)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { response.Body.Close() })
	go w.read(l.t, json.NewDecoder(response.Body))
	return w
}

func (w *watcher) read(t *testing.T, events *json.Decoder) {
	for {
		var event struct {
			Type   string
			Object seenPod
		}
		if err := events.Decode(&event); err != nil {
			if t.Context().Err() == nil {
				t.Errorf("watching pods: %v", err)
			}
			return
		}
		w.of(event.Object.Metadata.Name).saw(event.Object, event.Type == "DELETED")
	}
}

// of answers the record of a pod, whoever asks first: its watcher or its player.
func (w *watcher) of(name string) *record {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.records[name] == nil {
		w.records[name] = &record{ids: map[string][]string{}, moved: time.Now()}
	}
	return w.records[name]
}
