package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// dataDir is where a pod mounts a volume to look at its content from outside.
const dataDir = "/data"

func routes(version string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		host, _ := os.Hostname()
		fmt.Fprintln(w, version, host)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /slow", answerLate)
	mux.HandleFunc("GET /data/{name}", readFile)
	mux.HandleFunc("PUT /data/{name}", writeFile)
	return mux
}

// answerLate is a request that is in flight for as long as ?for says.
func answerLate(w http.ResponseWriter, r *http.Request) {
	d, err := time.ParseDuration(r.URL.Query().Get("for"))
	if err != nil {
		http.Error(w, "use /slow?for=2s: "+err.Error(), http.StatusBadRequest)
		return
	}
	time.Sleep(d)
	fmt.Fprintln(w, "late by", d)
}

func readFile(w http.ResponseWriter, r *http.Request) {
	data, err := os.ReadFile(filepath.Join(dataDir, filepath.Base(r.PathValue("name"))))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	_, _ = w.Write(data)
}

func writeFile(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = os.WriteFile(filepath.Join(dataDir, filepath.Base(r.PathValue("name"))), data, 0o644)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
