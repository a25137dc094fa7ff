// Command game is the program in the test images: an HTTP server whose manners are set by environment variables. As
// "pause" it does nothing, as a pod's sandbox must, and as "sleep" it waits, for hooks.
package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "game:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		return play()
	case args[0] == "pause":
		pause()
		return nil
	case args[0] == "sleep" && len(args) == 2:
		return sleep(args[1])
	default:
		return fmt.Errorf("reading the arguments %q: known are none, `pause` and `sleep 3s`", args)
	}
}

// pause ends at the first signal that asks for it.
func pause() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGINT, syscall.SIGTERM)
	<-asked
}

func sleep(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("reading how long to sleep: %w", err)
	}
	time.Sleep(d)
	return nil
}

// play serves until it is told to end, and then for as long as its manners say.
func play() error {
	m, err := readManners(os.Getenv)
	if err != nil {
		return err
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	if m.crash > 0 {
		time.AfterFunc(m.crash, func() { fmt.Println("crashing, as told"); os.Exit(1) })
	}
	if endsWithin(asked, m.start) && !m.deaf {
		return nil
	}
	server := &http.Server{Addr: m.address, Handler: routes(m.version)}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	fmt.Printf("version %s serves on %s\n", m.version, m.address)
	for {
		select {
		case err := <-failed:
			return fmt.Errorf("serving: %w", err)
		case <-asked:
			if !m.deaf {
				return leave(server, m.stop, failed)
			}
			fmt.Println("SIGTERM ignored, as told")
		}
	}
}

// endsWithin waits, and tells whether the end was asked for meanwhile.
func endsWithin(asked <-chan os.Signal, d time.Duration) bool {
	select {
	case <-asked:
		return true
	case <-time.After(d):
		return false
	}
}

// leave serves on for a while, then takes no new connection and finishes the requests in flight.
func leave(server *http.Server, stop time.Duration, failed <-chan error) error {
	fmt.Printf("told to end: serving for %s more\n", stop)
	server.SetKeepAlivesEnabled(false)
	time.Sleep(stop)
	err := shutdown(server)
	if served := <-failed; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = served
	}
	return err
}
