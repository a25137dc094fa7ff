package githubtest

import (
	"cmp"
	"net/http"
)

// Fault is a way for requests to go wrong. Without Status, Hang or After the
// connection is closed without an answer.
type Fault struct {
	// Match chooses the requests. Default: those that write.
	Match func(Request) bool
	// Times is how many of them it meets. Default 1.
	Times int

	// After carries the request out first, so that only its answer is lost.
	After bool
	// Status is answered, with Header (canonical keys; they go before the rate
	// headers of this server) and Message.
	Status  int
	Header  http.Header
	Message string
	// Hang gives no answer until the client gives up.
	Hang bool
}

// Inject adds a fault. Of several that match, the earliest added strikes.
func (s *Server) Inject(fault Fault) {
	fault.Times = cmp.Or(fault.Times, 1)
	if fault.Match == nil {
		fault.Match = Request.IsWrite
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault)
}

// strike returns the fault that a request meets, if any.
func (s *Server) strike(index int) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fault := range s.faults {
		if fault.Times > 0 && fault.Match(s.requests[index]) {
			fault.Times--
			return fault
		}
	}
	return nil
}

// fail gives the fault's answer, or none.
func (s *Server) fail(w http.ResponseWriter, c *call, fault *Fault) {
	if fault.Hang {
		<-c.request.Context().Done()
	}
	if fault.Hang || fault.Status == 0 {
		panic(http.ErrAbortHandler) // which closes the connection
	}
	header := w.Header()
	s.mu.Lock()
	s.hour.take()
	s.hour.headers(header, s.options.Limit)
	s.requests[c.index].Status = fault.Status
	s.mu.Unlock()
	header.Set("Content-Type", "application/json; charset=utf-8")
	for key, values := range fault.Header {
		header[http.CanonicalHeaderKey(key)] = values
	}
	w.WriteHeader(fault.Status)
	message := cmp.Or(fault.Message, http.StatusText(fault.Status))
	_, _ = w.Write(encode(problem(fault.Status, message).body))
}
