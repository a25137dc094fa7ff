package registry

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// program is where the images have their only file.
const program = "/game"

// newLayer holds the program, and the folder that volumes may be mounted on.
func newLayer(path string) (v1.Layer, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the program of the test images: %w", err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, header := range []*tar.Header{
		{Name: "data/", Typeflag: tar.TypeDir, Mode: 0o777},
		{Name: program[1:], Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(content))},
	} {
		if err := w.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("packing %q: %w", header.Name, err)
		}
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("packing the program: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("packing the program: %w", err)
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(archive.Bytes())), nil
	})
}

// newImage is the one layer, with the command and environment of its own.
func newImage(layer v1.Layer, command, env []string) (v1.Image, error) {
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, fmt.Errorf("making an image: %w", err)
	}
	image, err = mutate.ConfigFile(image, mustConfig(image, command, env))
	if err != nil {
		return nil, fmt.Errorf("configuring an image: %w", err)
	}
	return image, nil
}

// mustConfig cannot fail on an image made in memory.
func mustConfig(image v1.Image, command, env []string) *v1.ConfigFile {
	file, err := image.ConfigFile()
	if err != nil {
		panic(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", runtime.GOARCH
	file.Config.Entrypoint, file.Config.Env = command, env
	return file
}
