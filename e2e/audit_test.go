package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

var upgrades = schema.GroupVersionResource{Group: "patchwave.dev", Version: "v1alpha1", Resource: "upgrades"}

// write is a line of the API server's audit log.
type write struct {
	Verb string `json:"verb"`
	User struct {
		Username string              `json:"username"`
		Extra    map[string][]string `json:"extra"`
	} `json:"user"`
	ObjectRef struct {
		Resource, Subresource, Namespace, Name string
	} `json:"objectRef"`
	Stage string `json:"stage"`
}

// audited is how long the audit log is by now; tests that count writes are
// skipped where the cluster keeps none.
func (p *play) audited() int64 {
	p.t.Helper()
	name := os.Getenv(auditVariable)
	if name == "" {
		p.t.Skipf("SKIPPED: %s names no audit log of the API server", auditVariable)
	}
	info, err := os.Stat(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return info.Size()
}

// writes are patchwave's own since then, in this test's namespace or to its Lease.
func (p *play) writes(since int64) []write {
	p.t.Helper()
	file, err := os.Open(os.Getenv(auditVariable))
	if err != nil {
		p.t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(since, 0); err != nil {
		p.t.Fatal(err)
	}
	var all []write
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var w write
		if json.Unmarshal(lines.Bytes(), &w) != nil || w.Stage != "ResponseComplete" {
			continue // the last line may be half written
		}
		mine := w.ObjectRef.Namespace == p.Namespace || strings.HasSuffix(w.ObjectRef.Name, p.Instance)
		if strings.HasSuffix(w.User.Username, ":patchwave") && mine && changes[w.Verb] {
			all = append(all, w)
		}
	}
	return all
}

var changes = map[string]bool{"create": true, "update": true, "patch": true, "delete": true}

// writesPerPod checks how often each pod was written since then.
func (p *play) writesPerPod(since int64, want int) {
	p.t.Helper()
	count := map[string]int{}
	for _, w := range p.writes(since) {
		if w.ObjectRef.Resource == "pods" {
			count[w.ObjectRef.Name]++
		}
	}
	for name := range p.pods() {
		if count[name] != want {
			p.t.Errorf("pod %s was written %d times, want %d", name, count[name], want)
		}
	}
}

// ownersUnwritten checks that patchwave has written to no owner of pods since then.
func (p *play) ownersUnwritten(since int64) {
	p.t.Helper()
	for _, w := range p.writes(since) {
		switch w.ObjectRef.Resource {
		case "deployments", "replicasets", "statefulsets", "daemonsets":
			p.t.Errorf("an owner of pods was written: %+v", w)
		}
	}
}

// quiet watches for a while that nothing is written but the Lease, and that
// the Lease is: a silent log would prove nothing. GitHub is only asked whether
// there are pull requests, which costs nothing while there are none.
func (p *play) quiet(span time.Duration) {
	p.t.Helper()
	since, requests := p.audited(), len(p.GitHub.Requests())
	time.Sleep(span) // absence can only be seen by waiting
	leases := 0
	for _, w := range p.writes(since) {
		if w.ObjectRef.Resource == "leases" {
			leases++
			continue
		}
		p.t.Errorf("a converged plan caused a write: %+v", w)
	}
	if leases == 0 {
		p.t.Error("not even the Lease was renewed: the audit log shows nothing")
	}
	asked := map[string]bool{}
	for i, request := range p.GitHub.Requests() {
		free := request.Status == http.StatusNotModified // GitHub counts no such read
		if i >= requests && (request.IsWrite() || asked[request.URL] && !free) {
			p.t.Errorf("a converged plan caused %s %s at GitHub, answered %d", request.Method, request.URL, request.Status)
		}
		asked[request.URL] = true
	}
}

// printed tells whether patchwave's log has a text.
func (p *play) printed(text string) bool {
	log, err := os.ReadFile(p.process.Log)
	return err == nil && strings.Contains(string(log), text)
}
