package report

import (
	"io"
	"net/http"
	"sync"
)

// permit says whether anything may be written; the zero value and nil say yes.
type permit struct {
	mu  sync.Mutex
	may func() error
}

func (p *permit) ask() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	may := p.may
	p.mu.Unlock()
	if may == nil {
		return nil
	}
	return may()
}

// WriteWhile has all writes from now on ask a function first; one for which it
// returns an error is not sent, and tried again later. It is asked again as the text
// goes out: connecting takes time.
func (g *GitHub) WriteWhile(may func() error) {
	g.writes.mu.Lock()
	defer g.writes.mu.Unlock()
	g.writes.may = may
}

func isWrite(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// watch has the body of a write ask.
func (p *permit) watch(r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	r.Body = permitted{r.Body, p}
	if again := r.GetBody; again != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			return permitted{body, p}, err
		}
	}
}

// permitted is a body that is given out only while it may be.
type permitted struct {
	io.ReadCloser
	permit *permit
}

// Read fails where the permit does.
func (b permitted) Read(into []byte) (int, error) {
	if err := b.permit.ask(); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(into)
}
