package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

func TestManners(t *testing.T) {
	set := map[string]string{"GAME_VERSION": "v1", "GAME_STOP": "3s", "GAME_DEAF": "1", "GAME_CRASH": "300ms"}
	got, err := readManners(func(name string) string { return set[name] })
	want := manners{version: "v1", address: ":8080", stop: 3 * time.Second, crash: 300 * time.Millisecond, deaf: true}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	set["GAME_START"] = "soon"
	if _, err := readManners(func(name string) string { return set[name] }); err == nil || !strings.Contains(err.Error(), "GAME_START") {
		t.Errorf("error %v", err)
	}
}

func TestAnswers(t *testing.T) {
	server := httptest.NewServer(routes("v7"))
	defer server.Close()
	host, _ := os.Hostname()
	for path, want := range map[string]string{"/": "v7 " + host, "/healthz": "ok", "/slow?for=1ms": "late by 1ms"} {
		if got := get(t, server.URL+path); got != want {
			t.Errorf("%s answers %q, want %q", path, got, want)
		}
	}
}

// TestItServesOnAndFinishesWhatIsInFlight is the way a well-mannered program ends.
func TestItServesOnAndFinishesWhatIsInFlight(t *testing.T) {
	server := httptest.NewUnstartedServer(routes("v1"))
	listener := server.Listener
	failed := make(chan error, 1)
	go func() { failed <- server.Config.Serve(listener) }()
	url := "http://" + listener.Addr().String()

	inFlight := make(chan string, 1)
	go func() { inFlight <- get(t, url+"/slow?for=400ms") }()
	left := make(chan error, 1)
	go func() { left <- leave(server.Config, 200*time.Millisecond, failed) }()
	if got := get(t, url+"/healthz"); got != "ok" {
		t.Errorf("told to end, it answers %q", got)
	}
	if got := <-inFlight; got != "late by 400ms" {
		t.Errorf("the request in flight got %q", got)
	}
	if err := <-left; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(url + "/healthz"); err == nil {
		t.Error("it still serves")
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(string(data))
}
