package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// owned names the kubeconfig of a cluster with plan games/lobby of an instance, whose
// Leases and pods are these, and returns what was written there.
func owned(t *testing.T, instance, status string, leases map[string]string, pods, deployments string) (written *string) {
	t.Helper()
	written = new(string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, lease, ofLease := strings.Cut(r.URL.Path, "/leases/patchwave-")
		resource := filepath.Base(r.URL.Path)
		switch {
		case ofLease && leases[lease] == "":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`)
		case ofLease:
			_, _ = io.WriteString(w, leases[lease])
		case resource == "pods":
			_, _ = io.WriteString(w, `{"apiVersion":"v1","kind":"PodList","items":[`+pods+`]}`)
		case resource == "deployments":
			_, _ = io.WriteString(w, `{"apiVersion":"apps/v1","kind":"DeploymentList","items":[`+deployments+`]}`)
		case resource != "lobby":
			_, _ = io.WriteString(w, `{"apiVersion":"apps/v1","kind":"AnyList","items":[]}`)
		default:
			if r.Method == http.MethodPatch {
				body, _ := io.ReadAll(r.Body)
				*written = string(body)
			}
			_, _ = io.WriteString(w, `{"apiVersion":"patchwave.dev/v1alpha1","kind":"Upgrade","metadata":{"name":"lobby","namespace":"games","uid":"u1","resourceVersion":"5"},
				"spec":{"instance":"`+instance+`","source":"games","digest":"sha256:1","plan":{"target":{"kind":"Deployment","name":"lobby"},"images":[]}},"status":{`+status+`}}`)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("KUBECONFIG", filepath.Join(files(t, map[string]string{"kubeconfig": kubeconfig(server.URL)}), "kubeconfig"))
	return written
}

// noted is an object with an annotation that says whose it is.
func noted(kind, name, annotation, instance, plan string) string {
	return `{"apiVersion":"v1","kind":"` + kind + `","metadata":{"name":"` + name + `","namespace":"games","annotations":{"patchwave.dev/` + annotation +
		`":"{\"plan\":\"` + plan + `\",\"instance\":\"` + instance + `\"}"}}}`
}

// A record is handed over as it was read, and only where its instance has let go of it.
func TestAdopt(t *testing.T) {
	now := time.Now()
	leads := leaseOf("old", now, "")
	const finish = ", and no other instance would finish that: run instance old until nothing is, and try again; `patchwave suspend lobby -n games` has it start no more"
	for _, test := range []struct {
		name, instance, status string
		leases                 map[string]string
		pods, deployments      string
		out, errs              string
	}{
		{name: "stopped", instance: "old", out: "handed from instance old to instance new, which nobody leads in this namespace now"},
		{name: "to one that runs", instance: "old", leases: map[string]string{"new": leaseOf("new", now.Add(time.Minute), "")}, out: "handed from instance old to instance new"},
		{name: "killed a while ago", instance: "old", leases: map[string]string{"old": leaseOf("old", now.Add(-time.Hour), "")}, out: "handed from instance old to instance new, which nobody leads in this namespace now"},
		{name: "it still runs", instance: "old", leases: map[string]string{"old": leads}, errs: "process one leads instance old in its namespace since 2026-01-02T03:04:05Z; stop that, and try again: one that was killed counts as gone after 15 s"},
		{name: "its own already", instance: "new", errs: "it belongs to instance new already"},
		{name: "nobody's", errs: "it belongs to no instance: the first that has it in Git takes it"},
		{name: "in the middle", instance: "old", status: `"pods":{"underWay":2}`, errs: "2 of its pods are under way" + finish},
		{name: "a pod drained", instance: "old", pods: noted("Pod", "lobby-a", "drain", "old", "games/lobby"), errs: "instance old holds pod lobby-a" + finish},
		{name: "a workload held", instance: "old", deployments: noted("Deployment", "lobby", "aligning", "old", "games/lobby"), errs: "instance old holds deployment lobby" + finish},
		{name: "another plan's pod", instance: "old", pods: noted("Pod", "chat-a", "drain", "old", "games/chat"), out: "handed from instance old to instance new, which nobody leads in this namespace now"},
		{name: "another instance's pod", instance: "old", pods: noted("Pod", "lobby-a", "drain", "third", "games/lobby"), out: "handed from instance old to instance new, which nobody leads in this namespace now"},
	} {
		written := owned(t, test.instance, test.status, test.leases, test.pods, test.deployments)
		want, patch := line{test.name, "adopt lobby --instance new", 0, "plan games/lobby: " + test.out + "\n", ""}, `{"metadata":{"resourceVersion":"5","uid":"u1"},"spec":{"instance":"new"}}`
		if test.errs != "" {
			want, patch = line{test.name, "adopt lobby --instance new", 2, "", "Error: plan games/lobby: " + test.errs + "\n"}, ""
		}
		runs(t, anywhere, []line{want})
		if *written != patch {
			t.Errorf("%s: wrote %s", test.name, *written)
		}
	}
	runs(t, anywhere, []line{
		{"to whom", "adopt lobby", 2, "", "Error: --instance is missing: name the instance that gets the plan, as its `name` in the configuration, or its --name, says\n"},
	})
}
