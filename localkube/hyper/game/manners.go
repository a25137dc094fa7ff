package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// manners are how the program behaves, beside serving.
type manners struct {
	version string
	address string
	start   time.Duration // before it serves
	stop    time.Duration // served on after SIGTERM
	crash   time.Duration // from start to exit code 1; 0 is never
	deaf    bool          // SIGTERM is ignored
}

// readManners reads the environment: the image sets it, and a pod may override it.
func readManners(env func(string) string) (manners, error) {
	m := manners{version: env("GAME_VERSION"), address: env("GAME_ADDRESS"), deaf: env("GAME_DEAF") != ""}
	if m.address == "" {
		m.address = ":8080"
	}
	for name, value := range map[string]*time.Duration{
		"GAME_START": &m.start, "GAME_STOP": &m.stop, "GAME_CRASH": &m.crash,
	} {
		if env(name) == "" {
			continue
		}
		d, err := time.ParseDuration(env(name))
		if err != nil {
			return manners{}, fmt.Errorf("reading %s: %w", name, err)
		}
		*value = d
	}
	return m, nil
}

// shutdown waits for requests in flight, but not for ever.
func shutdown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("finishing the requests in flight: %w", err)
	}
	return nil
}
