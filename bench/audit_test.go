package bench

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// writes are what a contender wrote in its namespace, as the API server's audit log has it.
type writes struct {
	pods, refused   int // of the pods, those refused are counted as well
	records, others int
	kubelets        int // the simulated kubelets' own, of the same pods
}

type line struct {
	Verb, UserAgent, Stage string
	User                   struct{ Username string }
	ObjectRef              struct{ Resource, Namespace string }
	ResponseStatus         struct{ Code int }
}

// logged is how long the audit log is by now.
func logged(t *testing.T) int64 {
	t.Helper()
	info, err := os.Stat(os.Getenv(auditVariable))
	if err != nil {
		t.Fatalf("%s names no audit log: %v", auditVariable, err)
	}
	return info.Size()
}

// count reads the log from there on.
func count(t *testing.T, since int64, c contender) writes {
	t.Helper()
	file, err := os.Open(os.Getenv(auditVariable))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(since, 0); err != nil {
		t.Fatal(err)
	}
	var sum writes
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l line
		whole := json.Unmarshal(lines.Bytes(), &l) == nil // the last one may be half written
		if whole && l.Stage == "ResponseComplete" && l.ObjectRef.Namespace == c.watched().namespace {
			sum.add(l, c.name())
		}
	}
	return sum
}

func (w *writes) add(l line, name string) {
	changes := slices.Contains([]string{"create", "update", "patch", "delete"}, l.Verb)
	mine := strings.HasPrefix(l.UserAgent, name)
	switch {
	case changes && mine && l.ObjectRef.Resource == "pods":
		w.pods++
		if l.ResponseStatus.Code >= 400 {
			w.refused++
		}
	case changes && mine && l.ObjectRef.Resource == "upgrades":
		w.records++
	case changes && mine:
		w.others++
	case changes && l.ObjectRef.Resource == "pods":
		w.kubelets++
	}
}
