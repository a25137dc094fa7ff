package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchwave/patchwave/testlog"
)

//go:embed testdata/examples.json
var examples []byte

const secret = "It's a Secret to Everybody"

// receiver takes events signed with a secret, and tells what it has looked at.
func receiver(t testing.TB, secret string) (*Receiver, *[]string, *testlog.Log) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	var looked []string
	log := &testlog.Log{}
	rc := &Receiver{SecretFile: file, Look: func(repository string) { looked = append(looked, repository) }, Log: log.Logger(slog.LevelInfo)}
	return rc, &looked, log
}

func sign(algorithm string, make func() hash.Hash, body, secret string) string {
	mac := hmac.New(make, []byte(secret))
	io.WriteString(mac, body)
	return algorithm + "=" + hex.EncodeToString(mac.Sum(nil))
}

// post sends an event with further headers, name after value.
func post(rc http.Handler, event, body string, headers ...string) int {
	request := httptest.NewRequest(http.MethodPost, Path, strings.NewReader(body))
	request.Header.Set("X-GitHub-Event", event)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	rc.ServeHTTP(recorder, request)
	return recorder.Code
}

func signedPost(rc http.Handler, event, body string) int {
	return post(rc, event, body, "X-Hub-Signature-256", sign("sha256", sha256.New, body, secret))
}

func TestExamplesAreTaken(t *testing.T) {
	var all []struct {
		Event   string
		Payload json.RawMessage
	}
	if err := json.Unmarshal(examples, &all); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, example := range all {
		rc, looked, _ := receiver(t, secret+"\n")
		if code := signedPost(rc, example.Event, string(example.Payload)); code != http.StatusAccepted {
			t.Errorf("%s is answered %d", example.Event, code)
		}
		seen[example.Event]++
		if wanted := example.Event != "ping"; wanted != (len(*looked) == 1) || wanted && !strings.Contains((*looked)[0], "/") {
			t.Errorf("%s: looked at %q", example.Event, *looked)
		}
	}
	for _, event := range []string{"ping", "push", "pull_request", "merge_group"} {
		if seen[event] < 2 {
			t.Errorf("there are %d examples of %s", seen[event], event)
		}
	}
}

func TestSignatures(t *testing.T) {
	const body, vector = "Hello, World!", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	if !signed(vector, []byte(body), []byte(secret)) {
		t.Error("GitHub's own vector is refused")
	}
	const event = `{"repository":{"full_name":"acme/plans"}}`
	right := sign("sha256", sha256.New, event, secret)
	for name, test := range map[string]struct {
		secret  string
		headers []string
		code    int
	}{
		"right":             {secret, []string{"X-Hub-Signature-256", right}, 202},
		"missing":           {secret, nil, 401},
		"wrong":             {secret, []string{"X-Hub-Signature-256", right[:len(right)-1] + "0"}, 401},
		"of another secret": {"other", []string{"X-Hub-Signature-256", right}, 401},
		"SHA-1 only":        {secret, []string{"X-Hub-Signature", sign("sha1", sha1.New, event, secret)}, 401},
		"SHA-1 as SHA-256":  {secret, []string{"X-Hub-Signature-256", sign("sha1", sha1.New, event, secret)}, 401},
		"no hexadecimal":    {secret, []string{"X-Hub-Signature-256", "sha256=xyz"}, 401},
		"empty secret":      {"\n", []string{"X-Hub-Signature-256", sign("sha256", sha256.New, event, "")}, 500},
	} {
		rc, looked, log := receiver(t, test.secret)
		if code := post(rc, "push", event, test.headers...); code != test.code {
			t.Errorf("%s: answered %d, wanted %d", name, code, test.code)
		}
		if taken := len(*looked) > 0; taken != (test.code == 202) {
			t.Errorf("%s: looked at %q", name, *looked)
		}
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s: the secret was logged: %s", name, log)
		}
	}
}

func TestWhatIsNoEvent(t *testing.T) {
	rc, looked, _ := receiver(t, secret)
	large := `{"repository":{"full_name":"acme/plans"},"x":"` + strings.Repeat("x", maxBody) + `"}`
	form := "payload=%7B%7D"
	for name, test := range map[string]struct{ got, want int }{
		"too large":       {signedPost(rc, "push", large), 413},
		"no JSON":         {signedPost(rc, "push", "{"), 400},
		"a form":          {post(rc, "push", form, "X-Hub-Signature-256", sign("sha256", sha256.New, form, secret), "Content-Type", "application/x-www-form-urlencoded"), 415},
		"another event":   {signedPost(rc, "star", `{"repository":{"full_name":"acme/plans"}}`), 202},
		"no repository":   {signedPost(rc, "push", `{}`), 202},
		"one of two JSON": {signedPost(rc, "push", `{} {}`), 400},
	} {
		if test.got != test.want {
			t.Errorf("%s: answered %d, wanted %d", name, test.got, test.want)
		}
	}
	for path, want := range map[string]int{Path: 405, "/": 404} {
		recorder := httptest.NewRecorder()
		rc.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
		if recorder.Code != want {
			t.Errorf("GET %s is answered %d, wanted %d", path, recorder.Code, want)
		}
	}
	if len(*looked) > 0 {
		t.Errorf("looked at %q", *looked)
	}
	rc.SecretFile = "/no/such/file"
	if code := signedPost(rc, "push", "{}"); code != 500 {
		t.Errorf("without a secret's file: %d", code)
	}
}

// Anybody can send what is not signed: that fills no log.
func TestRefusalsAreToldOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rc, _, log := receiver(t, secret)
		for range 120 {
			post(rc, "push", "{}")
			time.Sleep(700 * time.Millisecond)
		}
		text := log.String()
		if strings.Count(text, "webhooks are refused") != 2 || !strings.Contains(text, "count=1 ") || !strings.Contains(text, "count=86 ") {
			t.Errorf("in a minute and a half it logs\n%s", text)
		}
	})
}

// lines are those of a log.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestServe(t *testing.T) {
	rc, looked, _ := receiver(t, secret)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	ended, logged := make(chan error), make(lines, 100)
	rc.Log = slog.New(slog.NewTextHandler(logged, nil))
	go func() { ended <- rc.Serve(ctx, address) }()
	if line := <-logged; !strings.Contains(line, "cannot listen for webhooks") {
		t.Errorf("while the address is taken it logs %s", line)
	}
	free.Close()
	const event = `{"repository":{"full_name":"acme/plans"}}`
	request, _ := http.NewRequest(http.MethodPost, "http://"+address+Path, nil)
	for code := 0; code != http.StatusAccepted; { // until it listens
		select {
		case err := <-ended:
			t.Fatalf("it does not listen: %v", err)
		default:
		}
		request.Body = io.NopCloser(strings.NewReader(event))
		request.Header = http.Header{"X-Github-Event": {"push"}, "Content-Type": {"application/json"}, "X-Hub-Signature-256": {sign("sha256", sha256.New, event, secret)}}
		if response, err := http.DefaultClient.Do(request); err == nil {
			code = response.StatusCode
			response.Body.Close()
		}
	}
	cancel()
	if err := <-ended; err != nil || len(*looked) != 1 {
		t.Errorf("ended with %v, looked at %q", err, *looked)
	}
	rc.SecretFile = "/no/such/file"
	if err := rc.Serve(t.Context(), address); err == nil {
		t.Error("it serves without a secret")
	}
}

// Whatever arrives, nothing that is not signed is looked at, and nothing panics.
func FuzzReceiver(f *testing.F) {
	f.Add("push", `{"repository":{"full_name":"acme/plans"}}`, "sha256=00", "application/json")
	f.Add("ping", "", "", "")
	f.Add("push", "{", sign("sha256", sha256.New, "{", secret), "application/json")
	rc, looked, _ := receiver(f, secret)
	f.Fuzz(func(t *testing.T, event, body, signature, content string) {
		*looked = nil
		right := signature == sign("sha256", sha256.New, body, secret)
		code := post(rc, event, body, "X-Hub-Signature-256", signature, "Content-Type", content)
		if !right && (code != http.StatusUnauthorized || len(*looked) > 0) {
			t.Errorf("unsigned, and answered %d, looked at %q", code, *looked)
		}
		signedPost(rc, event, body)
	})
}
