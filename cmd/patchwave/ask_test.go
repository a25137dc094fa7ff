package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// heeding names the kubeconfig of a cluster with plan games/lobby, whose requests are heeded
// at once. Its plan has more fields, and its status is another after that.
func heeding(t *testing.T, plan, before, after string) {
	t.Helper()
	status := before
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == http.MethodPatch:
			status = `"heeded":"` + requested(t, r.Body) + `"` + after
		case strings.HasSuffix(r.URL.Path, "/selfsubjectreviews"):
			_, _ = io.WriteString(w, `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview","status":{"userInfo":{"username":"bob"}}}`)
			return
		}
		_, _ = io.WriteString(w, `{"apiVersion":"patchwave.dev/v1alpha1","kind":"Upgrade","metadata":{"name":"lobby","namespace":"games","resourceVersion":"5"},
			"spec":{"source":"games","digest":"sha256:1","plan":{"target":{"kind":"Deployment","name":"lobby"},"images":[]`+plan+`}},"status":{`+status+`}}`)
	}))
	t.Cleanup(server.Close)
	t.Setenv("KUBECONFIG", filepath.Join(files(t, map[string]string{"kubeconfig": kubeconfig(server.URL)}), "kubeconfig"))
}

// requested is the ID of the request in a patch of the record.
func requested(t *testing.T, body io.Reader) string {
	t.Helper()
	var patch struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
	}
	var request struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(body).Decode(&patch); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(patch.Metadata.Annotations["patchwave.dev/request"]), &request); err != nil {
		t.Error(err)
	}
	return request.ID
}

const (
	byAda = `"suspension":{"by":"ada","at":"2099-01-01T00:00:00Z","until":"2099-01-01T02:00:00Z"}`
	byBob = `,"suspension":{"by":"bob","at":"2099-01-01T00:00:00Z"`
)

func TestSuspend(t *testing.T) {
	for _, test := range []struct{ args, before, after, want string }{
		{"suspend lobby", ``, byBob + `}`, "suspended by bob"},
		{"suspend lobby --for 2h", ``, byBob + `,"until":"2099-01-01T02:00:00Z"}`, "suspended by bob, until 2099-01-01T02:00:00Z"},
		{"suspend lobby", byAda, byBob + `,"until":"2099-01-01T02:00:00Z"}`, "suspended by bob, until 2099-01-01T02:00:00Z, as before; --for sets another end"},
		{"suspend lobby --for 3h", byAda, byBob + `,"until":"2099-01-01T03:00:00Z"}`, "suspended by bob, until 2099-01-01T03:00:00Z"},
		{"suspend lobby", ``, ``, "suspended, and resumed since"},
	} {
		heeding(t, "", test.before, test.after)
		runs(t, anywhere, []line{{test.args, test.args, 0, "plan games/lobby: " + test.want + "\n", ""}})
	}
}

// What Git suspends no command resumes: it says what does.
func TestResume(t *testing.T) {
	const inGit = "the plan in Git suspends it, and only a commit ends that: take `suspend` out there"
	stalled := func(reason string) string {
		return `"conditions":[{"type":"Stalled","status":"True","reason":"` + reason + `","message":"","lastTransitionTime":"2099-01-01T00:00:00Z"}]`
	}
	for name, test := range map[string]struct{ plan, before, out, errs string }{
		"whose pods are fought over":   {``, stalled("Fight"), "resumed", ""},
		"whose template was changed":   {``, stalled("TemplateChanged"), "resumed", ""},
		"between two commits":          {``, stalled("RevisionsAlternate"), "resumed", ""},
		"that has failed":              {``, stalled("Halted"), "", "it is not suspended"},
		"by a person":                  {``, byAda, "resumed", ""},
		"in Git":                       {`,"suspend":{"reason":"INC-231"}`, ``, "", inGit},
		"in Git, until a time":         {`,"suspend":{"until":"2099-01-01T00:00:00Z"}`, ``, "", "the plan in Git suspends it until 2099-01-01T00:00:00Z, and only a commit ends that before: take `suspend` out there"},
		"in Git, until a time before":  {`,"suspend":{"until":"2001-01-01T00:00:00Z"}`, ``, "", "it is not suspended"},
		"by a person and in Git":       {`,"suspend":{}`, byAda, "resumed, but " + inGit, ""},
		"by a person, in Git till now": {`,"suspend":{"until":"2001-01-01T00:00:00Z"}`, byAda, "resumed", ""},
		"by nobody":                    {``, ``, "", "it is not suspended"},
	} {
		heeding(t, test.plan, test.before, "")
		want := line{name, "resume lobby", 0, "plan games/lobby: " + test.out + "\n", ""}
		if test.errs != "" {
			want = line{name, "resume lobby", 2, "", "Error: plan games/lobby: " + test.errs + "\n"}
		}
		runs(t, anywhere, []line{want})
	}
}

// What came of an approval is said of the wave that was approved.
func TestApprove(t *testing.T) {
	const waits = `"wave":{"finished":2,"of":3,"awaitsApproval":2},"attempt":{"digest":"sha256:1","approvals":[{"wave":1,"by":"ada","at":"2099-01-01T00:00:00Z"}]}`
	const held = `,"conditions":[{"type":"Ready","status":"False","reason":"Soaking","message":"it soaks","lastTransitionTime":"2099-01-01T00:00:00Z"}]`
	for _, test := range []struct{ name, after, want string }{
		{"as asked", `,"wave":{"of":3},"attempt":{"digest":"sha256:1","approvals":[{"wave":1,"by":"ada","at":"2099-01-01T00:00:00Z"},{"wave":2,"by":"bob","at":"2099-01-01T00:00:00Z"}]}`, "wave 2 of 3 approved by bob"},
		{"it waits for that no more", `,"wave":{"of":3},"attempt":{"digest":"sha256:1","approvals":[{"wave":1,"by":"ada","at":"2099-01-01T00:00:00Z"}]}` + held, "not approved: it does not wait for that any more: it soaks"},
	} {
		heeding(t, "", waits, test.after)
		runs(t, anywhere, []line{{test.name, "approve lobby", 0, "plan games/lobby: " + test.want + "\n", ""}})
	}
}
