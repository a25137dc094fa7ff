// Package registry is a container registry that makes test images up when they are asked for. The tag says how the
// program in the image behaves, and how the registry itself does.
package registry

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/spf13/cobra"

	"github.com/patchwave/patchwave/localkube/hyper/tags"
)

// pauseRepository holds the image of every pod's sandbox.
const pauseRepository = "pause"

// manifest is the request a pull begins with. One by digest is none of a tag's.
var manifest = regexp.MustCompile(`^/v2/(.+)/manifests/([A-Za-z0-9_][A-Za-z0-9_.-]*)$`)

// maker keeps images in memory. All that were made once, or pushed by somebody, are served as they are.
type maker struct {
	store http.Handler
	layer v1.Layer
	mu    sync.Mutex
}

// New makes the registry, with the program at the path given in all its images.
func New(program string) (http.Handler, error) {
	layer, err := newLayer(program)
	if err != nil {
		return nil, err
	}
	return &maker{store: registry.New(registry.Logger(log.New(io.Discard, "", 0))), layer: layer}, nil
}

// ServeHTTP puts the orders of a tag before the store.
func (m *maker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := manifest.FindStringSubmatch(r.URL.Path)
	if asked == nil || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		m.store.ServeHTTP(w, r)
		return
	}
	if err := m.provide(r.Context(), asked[1], asked[2]); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	m.store.ServeHTTP(w, r)
}

// provide makes the image where the store lacks it and the tag does not forbid it.
func (m *maker) provide(ctx context.Context, repository, tag string) error {
	o := tags.Read(tag)
	if err := pause(ctx, o.Slow); err != nil {
		return err
	}
	if o.Broken {
		return fmt.Errorf("tag %q asks for an error", tag)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if o.Missing || m.has(repository, tag) {
		return nil
	}
	command := []string{program}
	if repository == pauseRepository {
		command = append(command, "pause")
	}
	image, err := newImage(m.layer, command, environment(o))
	if err != nil {
		return err
	}
	return m.push(ctx, repository, tag, image)
}

func (m *maker) has(repository, tag string) bool {
	answer := httptest.NewRecorder()
	m.store.ServeHTTP(answer, httptest.NewRequest(http.MethodHead, "/v2/"+repository+"/manifests/"+tag, nil))
	return answer.Code == http.StatusOK
}

// push goes straight to the store.
func (m *maker) push(ctx context.Context, repository, tag string, image v1.Image) error {
	ref, err := name.NewTag("registry.local/"+repository+":"+tag, name.Insecure)
	if err != nil {
		return fmt.Errorf("naming an image: %w", err)
	}
	if err := remote.Write(ref, image, remote.WithContext(ctx), remote.WithTransport(direct{m.store})); err != nil {
		return fmt.Errorf("storing image %q: %w", ref, err)
	}
	return nil
}

// direct carries requests to a handler, without a network.
type direct struct{ to http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	d.to.ServeHTTP(answer, r)
	response := answer.Result()
	response.Request = r
	return response, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// NewCommand is the registry's process.
func NewCommand() *cobra.Command {
	var address, program string
	command := &cobra.Command{
		Use:  "registry",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			handler, err := New(program)
			if err != nil {
				return err
			}
			server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: time.Minute}
			return fmt.Errorf("serving images on %s: %w", address, server.ListenAndServe())
		},
	}
	command.Flags().StringVar(&address, "address", ":5000", "address to serve on")
	command.Flags().StringVar(&program, "program", "", "the program in the images")
	return command
}
