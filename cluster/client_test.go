package cluster

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The machine's clock says noon; a Date tells half a second late on average.
func TestTheClockFollowsTheServers(t *testing.T) {
	for name, test := range map[string]struct {
		ahead time.Duration // of the server's whole second
		want  time.Duration
	}{
		"in step":                  {0, 0},
		"a little ahead":           {time.Second, 0},
		"a little behind":          {-2 * time.Second, 0},
		"two seconds are followed": {2 * time.Second, 2500 * time.Millisecond},
		"three seconds behind":     {-3 * time.Second, -2500 * time.Millisecond},
		"an hour ahead":            {time.Hour, time.Hour + 500*time.Millisecond},
		"an hour behind":           {-time.Hour, -time.Hour + 500*time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c Connection
				c.correct(time.Now().UTC().Add(test.ahead).Format(http.TimeFormat))
				if got := time.Until(c.Now()); got != test.want {
					t.Errorf("off by %s, want %s", got, test.want)
				}
			})
		})
	}
}

func TestTheClockKeepsWhatItWasToldLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Connection
		c.correct(time.Now().UTC().Add(time.Hour).Format(http.TimeFormat))
		c.correct("")
		c.correct("yesterday")
		if got := time.Until(c.Now()); got < time.Hour {
			t.Errorf("an answer without a Date set the clock to %s", got)
		}
		c.correct(time.Now().UTC().Format(http.TimeFormat))
		if got := time.Until(c.Now()); got.Abs() > time.Second { // half a second is a Date's middle
			t.Errorf("the clock is off by %s after the server's was set right", got)
		}
	})
}

func TestTheClockIsSetByAnyAnswer(t *testing.T) {
	c := showing(t)
	server := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	serve(t, c, server)
	_, _ = c.kube.CoreV1().Pods("games").Get(t.Context(), "p", metav1.GetOptions{})
	if ahead := time.Until(c.Now()); ahead < 59*time.Minute {
		t.Errorf("the clock is %s ahead", ahead)
	}
}

func TestConnectReadsTheKubeconfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := `
apiVersion: v1
kind: Config
current-context: one
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: u, user: {token: secret}}]
contexts:
  - {name: one, context: {cluster: c, user: u, namespace: games}}
  - {name: two, context: {cluster: c, user: u}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for context, want := range map[string]string{"": "games", "one": "games", "two": "default"} {
		c, err := Connect(file, context)
		if err != nil || c.Namespace != want {
			t.Errorf("context %q: %v, %v", context, c, err)
		}
	}
	for _, wrong := range [][2]string{{file, "three"}, {file + "x", ""}} {
		if _, err := Connect(wrong[0], wrong[1]); err == nil || !strings.Contains(err.Error(), "--kubeconfig") {
			t.Errorf("%v: got %v, which does not say what to do", wrong, err)
		}
	}
}
