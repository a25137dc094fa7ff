package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// load asks a URL again and again, each time over a new connection, at a
// steady rate.
type load struct {
	answered, lost atomic.Int64
	first          atomic.Pointer[string] // why the first one was lost
	stop           chan struct{}
	running        sync.WaitGroup
}

const perSecond = 125

func ask(url string) *load {
	l := &load{stop: make(chan struct{})}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	l.running.Go(func() {
		ticker := time.NewTicker(time.Second / perSecond)
		defer ticker.Stop()
		for {
			select {
			case <-l.stop:
				return
			case <-ticker.C:
				l.running.Go(func() { l.one(client, url) })
			}
		}
	})
	return l
}

func (l *load) one(client *http.Client, url string) {
	asked, way := time.Now(), atomic.Value{}
	way.Store("no connection")
	request, _ := http.NewRequest(http.MethodGet, url, nil)
	response, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { way.Store(fmt.Sprint("connected after ", time.Since(asked))) },
		WroteRequest: func(httptrace.WroteRequestInfo) { way.Store(fmt.Sprint("asked after ", time.Since(asked))) },
	})))
	why := ""
	if err != nil {
		why = fmt.Sprintf("%s, at %s: %v", way.Load(), asked.UTC().Format(time.TimeOnly), err)
	} else {
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
			why = response.Status
		}
	}
	if why == "" {
		l.answered.Add(1)
		return
	}
	l.lost.Add(1)
	l.first.CompareAndSwap(nil, &why)
}

// end stops asking, and waits for the answers still to come.
func (l *load) end() (answered, lost int64, why string) {
	close(l.stop)
	l.running.Wait()
	if first := l.first.Load(); first != nil {
		why = *first
	}
	return l.answered.Load(), l.lost.Load(), why
}
