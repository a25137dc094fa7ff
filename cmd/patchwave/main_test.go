package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/patchwave/patchwave/cluster"
)

func TestWhatIsPrinted(t *testing.T) {
	for args, want := range map[string]string{
		"version":         `^patchwave \S.* \(go1\.\d+.*, \w+/\w+\)\n$`,
		"":                `(?s)^patchwave reads upgrade plans from Git.*validate .*Use "patchwave \[command\] --help"`,
		"completion bash": `complete .*__start_patchwave`,
		"help run":        `--config string`,
	} {
		code, out, errs := patchwave(t, strings.Fields(args)...)
		if code != 0 || errs != "" || !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("patchwave %s: exit code %d, %s, out:\n%s", args, code, errs, out)
		}
	}
}

func TestInstallPrintsTheManifests(t *testing.T) {
	want, err := cluster.Manifests("ops", []string{"games", "chat"})
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := patchwave(t, "install", "-n", "ops", "--namespaces", "games,chat")
	if code != 0 || errs != "" || out != want {
		t.Errorf("exit code %d, %s, out:\n%s", code, errs, out)
	}
}

// inCluster names the kubeconfig of a cluster that answers like this.
func inCluster(t *testing.T, code int, answer string) (asked *string) {
	t.Helper()
	asked = new(string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/leases") {
			_, _ = w.Write([]byte(leaseList(leaseOf("prod", time.Now(), ""))))
			return
		}
		*asked = r.URL.Path
		w.WriteHeader(code)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	t.Setenv("KUBECONFIG", filepath.Join(files(t, map[string]string{"kubeconfig": kubeconfig(server.URL)}), "kubeconfig"))
	return asked
}

// inClusterOf names the kubeconfig of a cluster that has an answer for some paths,
// and for all others that there is nothing.
func inClusterOf(t *testing.T, answers map[string]string, nothing string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, known := answers[r.URL.Path]
		if !known {
			w.WriteHeader(http.StatusNotFound)
			answer = nothing
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	t.Setenv("KUBECONFIG", filepath.Join(files(t, map[string]string{"kubeconfig": kubeconfig(server.URL)}), "kubeconfig"))
}

// leaseOf is the Lease of an instance in namespace games, which process one renewed at
// a time and where it said something of its sources.
func leaseOf(instance string, renewed time.Time, sources string) string {
	return fmt.Sprintf(`{"metadata":{"name":"patchwave-%s","namespace":"games","annotations":{"patchwave.dev/sources":%q}},"spec":{
		"holderIdentity":"one","leaseDurationSeconds":15,"acquireTime":"2026-01-02T03:04:05.000000Z","renewTime":%q}}`,
		instance, sources, renewed.UTC().Format("2006-01-02T15:04:05.000000Z07:00"))
}

func leaseList(leases ...string) string {
	return `{"apiVersion":"coordination.k8s.io/v1","kind":"LeaseList","items":[` + strings.Join(leases, ",") + `]}`
}

// led is said of process one.
const led = "instance prod: one leads since 2026-01-02T03:04:05Z in games\n\n"

const oneUpgrade = `{"apiVersion":"patchwave.dev/v1alpha1","kind":"Upgrade","metadata":{"name":"lobby","namespace":"games"},
	"spec":{"source":"games","digest":"sha256:1","plan":{"target":{"kind":"Deployment","name":"lobby"},"images":[]}},
	"status":{"conditions":[{"type":"Ready","status":"False","message":"wave 2 of 3: 1 of 4 pods updated"}],
	"attempt":{"revision":"main@sha1:abc"},"wave":{"finished":1,"of":3},"pods":{"shown":"1/4"}}}`

const (
	oneRow  = led + "NAMESPACE   NAME    READY   WAVE   UPDATED   FAILED   MESSAGE\ngames       lobby   False   1/3    1/4       0        wave 2 of 3: 1 of 4 pods updated\n"
	wideRow = led + "NAMESPACE   NAME    READY   WAVE   UPDATED   FAILED   MESSAGE                            REVISION\n" +
		"games       lobby   False   1/3    1/4       0        wave 2 of 3: 1 of 4 pods updated   main@sha1:abc\n"
	list = "/apis/patchwave.dev/v1alpha1/namespaces/games/upgrades"
)

func TestStatus(t *testing.T) {
	asked := inCluster(t, 200, `{"apiVersion":"patchwave.dev/v1alpha1","kind":"UpgradeList","items":[`+oneUpgrade+`]}`)
	runs(t, anywhere, []line{
		{"of the context's namespace", "status", 0, oneRow, ""},
		{"wide", "status -o wide", 0, wideRow, ""},
		{"everywhere, by name", "status -A lobby", 0, oneRow, ""},
		{"everywhere, by another name", "status -A chat", 0, led, "No plans found in the cluster.\n"},
	})
	for args, want := range map[string]string{"status": list, "status -n chat": strings.Replace(list, "games", "chat", 1), "status -A": "/apis/patchwave.dev/v1alpha1/upgrades"} {
		patchwave(t, strings.Fields(args)...)
		if *asked != want {
			t.Errorf("%s asked for %s", args, *asked)
		}
	}
	for format, want := range map[string]string{"json": `"name": "lobby"`, "yaml": "    name: lobby\n"} {
		if code, out, _ := patchwave(t, "status", "-o", format); code != 0 || !strings.Contains(out, want) {
			t.Errorf("as %s, exit code %d:\n%s", format, code, out)
		}
	}
}

func TestStatusTellsOfDrift(t *testing.T) {
	drifted := `{"type":"Drifted","status":"True","reason":"Reported","message":"pod a, container server: app:v9 since noon"}`
	inCluster(t, 200, strings.Replace(oneUpgrade, `"conditions":[`, `"conditions":[`+drifted+`,`, 1))
	row := strings.Replace(oneRow, "1 of 4 pods updated", "1 of 4 pods updated; pod a, container server: app:v9 since noon", 1)
	runs(t, anywhere, []line{{"drift", "status lobby", 0, row, ""}})
}

func TestStatusOfOnePlan(t *testing.T) {
	asked := inCluster(t, 200, oneUpgrade)
	runs(t, anywhere, []line{{"lobby", "status lobby", 0, oneRow, ""}})
	if *asked != list+"/lobby" {
		t.Errorf("asked for %s", *asked)
	}
}

func TestStatusSaysWhatIsAmiss(t *testing.T) {
	inCluster(t, 404, "404 page not found")
	_, _, missing := patchwave(t, "status")
	inCluster(t, 403, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"upgrades is forbidden","code":403}`)
	_, _, forbidden := patchwave(t, "status")
	t.Setenv("KUBECONFIG", filepath.Join(files(t, map[string]string{"kubeconfig": kubeconfig("http://127.0.0.1:1")}), "kubeconfig"))
	code, _, unreachable := patchwave(t, "status")
	for got, want := range map[string]string{
		missing:     "`patchwave install` prints what it needs",
		forbidden:   "Error: reading upgrades: upgrades is forbidden\n",
		unreachable: "connection refused; see that the cluster is up, and is the one that --kubeconfig and --context name\n",
	} {
		if !strings.Contains(got, want) || code != 2 {
			t.Errorf("exit code %d, %q does not say %q", code, got, want)
		}
	}
}
